"""What is damaged is refused with a sentence, on pages and by the API, before anything stores or counts it."""

import json
import time

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from matchmaking.common.clean_input import MAX_DEPTH, depth_exceeds
from matchmaking.wsgi import application
from tests.test_routes import ROUTES, concrete

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MANY = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1


@pytest.fixture
def calm():
    """A client that reads an error page instead of raising."""
    return Client(raise_request_exception=False)


def refused(answer, status=400):
    """The sentence of a refusal: of the page, or of the problem."""
    assert answer.status_code == status
    assert answer["X-Request-Id"]
    if answer["Content-Type"] == "application/problem+json":
        body = answer.json()
        assert body["status"] == status
        return body["detail"]
    text = answer.content.decode()
    assert "Traceback" not in text
    return text


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=%ed%a0%80", "%00=1", "q=a&q=%00", "q=\udce9"])
    def test_of_the_query(self, calm, query):
        sent = query.encode("utf-8", "surrogatepass").decode("latin-1")
        assert "无法保存" in refused(calm.get("/needs/", QUERY_STRING=sent))

    @pytest.mark.parametrize("path", ["/needs/%00/", "/static/%00", "/%00", "/api/%00"])
    def test_of_the_path(self, calm, path):
        refused(calm.get(path))

    @pytest.mark.parametrize("path", ["/%ff", "/static/css/%ff", "/static/..%2f..%2fmanage.py", "/%ed%a0%80"])
    def test_an_odd_path_leads_nowhere(self, calm, path):
        assert calm.get(path).status_code in {400, 404}

    @pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "other",
                                      settings.LANGUAGE_COOKIE_NAME])  # fmt: skip
    @pytest.mark.parametrize("value", ['"\\000"', "\x00", '"a\\000b"'])
    def test_of_a_cookie(self, calm, name, value):
        """A quoted cookie may hold NUL by its octal name: without the guard the session store meets it."""
        refused(calm.get("/needs/", HTTP_COOKIE=f"{name}={value}"))

    @pytest.mark.parametrize("cookie", ["session", "session=", "=x; ;;", "session=\xff\xfe; a=b", "a" * 9000,
                                        "session=x; session=y", 'session="', "session=%00"])  # fmt: skip
    def test_a_cookie_that_says_nothing_is_none(self, calm, cookie):
        assert calm.get("/needs/", HTTP_COOKIE=cookie).status_code == 200

    @pytest.mark.parametrize("body", ["login=%00&password=x", "login=%ff", "login=%ed%a0%80", "%00=x"])
    def test_of_a_form(self, calm, body):
        """A sign-in that cannot be stored would not be counted as a failure."""
        refused(calm.post(reverse("account_login"), body, content_type=FORM))

    def test_the_name_of_a_file_is_cleaned(self, calm):
        body = '--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00.xlsx"\r\n\r\nx\r\n--x--\r\n'
        kind = "multipart/form-data; boundary=x"
        assert calm.generic("POST", reverse("account_login"), body, content_type=kind).status_code < 500

    @pytest.mark.parametrize("border", ["", "; boundary=", "; boundary=é", "; boundary=" + "x" * 300])
    def test_of_a_form_in_parts_without_its_border(self, calm, border):
        kind = f"multipart/form-data{border}"
        refused(calm.generic("POST", reverse("account_login"), b"--x\r\n\r\n", content_type=kind))

    @pytest.mark.parametrize("charset", ["hex", "utf-16", "base64", "rot13", "gbk", "utf-7", "idna", "'zlib'"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_character_set_is_not_chosen_by_the_sender(self, charset, method):
        """Asked of the whole application: Django alone breaks while it makes the request, before any middleware."""
        asked = RequestFactory().generic(method, "/accounts/login/?next=/", b"login=a", content_type=FORM).environ
        seen = []
        body = b"".join(
            application(asked | {"CONTENT_TYPE": f"{FORM}; charset={charset}"}, lambda *given: seen.append(given))
        )
        assert seen[0][0].startswith("400")
        assert "UTF-8" in body.decode()

    @pytest.mark.parametrize("sort", ["", ";", "/", "text", "application/x-www-form-urlencoded;;;=", "multipart/mixed",
                                      "application/json; charset=utf-8", "a/b; charset", "\x7f/\xff"])  # fmt: skip
    def test_an_odd_content_type_is_no_error_of_ours(self, calm, sort):
        answer = calm.generic("POST", reverse("account_login"), b"{}", content_type=sort)
        assert answer.status_code in {200, 400, 403, 415}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_of_too_many_fields(self, calm, method):
        calm.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        many = "&".join(f"a{n}=1" for n in range(MANY))
        query, body = (many, "") if method == "GET" else ("", many)
        answer = calm.generic(method, "/accounts/login/", body, content_type=FORM, QUERY_STRING=query)
        assert "fields" in refused(answer)

    def test_of_too_long_a_text(self, calm):
        body = "login=" + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        refused(calm.post("/accounts/login/", body, content_type=FORM), status=413)

    def test_a_fragment_gets_one_sentence(self, calm):
        answer = calm.get("/needs/?q=%00", headers={"HX-Request": "true"})
        assert answer["Content-Type"].startswith("text/plain")
        assert "<" not in refused(answer)

    def test_the_sentence_is_in_the_language_of_the_reader(self, calm):
        calm.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert "cannot be stored" in refused(calm.get("/needs/?q=%00"))


def nested(levels, begin="[", end="]"):
    return begin * levels + end * levels


@pytest.mark.django_db
class TestPrograms:
    @pytest.mark.parametrize(
        "body",
        [nested(MAX_DEPTH + 1), nested(100_000), nested(MAX_DEPTH + 1, '{"a":', "}").replace("}", "1}", 1),
         "[" * 100_000, '{"a":' * 50_000, '["' + "[" * 50 + '",' + nested(40) + "]"],
        ids=["one more", "a hundred thousand", "objects", "never closed", "objects never closed", "beside a string"],
    )  # fmt: skip
    def test_too_deep(self, login, university_officer, body):
        answer = login(university_officer).post("/api/achievements/", body, content_type=JSON)
        assert str(MAX_DEPTH) in refused(answer)

    @pytest.mark.parametrize("body", [r'{"title": "\u0000"}', r'{"title": "\ud800"}', r'{"title": "\udc00"}',
                                      r'{"\u0000": 1}', r'{"a": "\ud800\u0041"}', r'{"a": "\\\u0000"}',
                                      '{"a": "\x00"}', r'{"a": "\uD83D"}'])  # fmt: skip
    def test_what_cannot_be_stored(self, login, university_officer, body):
        answer = login(university_officer).post("/api/achievements/", body, content_type=JSON)
        assert "无法保存" in refused(answer)

    @pytest.mark.parametrize("body", [b'{"a": "\xff"}', b"\xff\xfe{\x00}\x00", b"{", b"", b"[1,]", b'{"a":1,"a":2}',
                                      b"NaN", b'{"a":' + b"9" * 20_000 + b"}", b"\x1f\x8b\x08\x00\x00",
                                      b"\xef\xbb\xbf{]", b'"' + b"k" * 1_000_000, b"[}" * 40])  # fmt: skip
    def test_what_is_no_json(self, login, university_officer, body):
        answer = login(university_officer).generic("POST", "/api/achievements/", body, content_type=JSON)
        assert refused(answer)

    @pytest.mark.parametrize("text", [r'{"a": "\\u0000"}', r'{"a": "😀"}', r'{"a": "\ud83d\ude00"}',
                                      json.dumps({"a": "[" * 1000}), r'{"a": "\"[[[\\\\"}', "[[]]"])  # fmt: skip
    def test_what_only_looks_so_is_read(self, login, university_officer, text):
        answer = login(university_officer).post("/api/achievements/", text, content_type=JSON)
        assert "无法保存" not in answer.json()["detail"]
        assert str(MAX_DEPTH) not in answer.json()["detail"]

    def test_the_query_too(self, calm):
        assert "无法保存" in refused(calm.get("/api/needs/?q=%00"))

    def test_a_page_reads_no_deep_json_either(self, calm):
        refused(calm.post("/accounts/login/", nested(50), content_type=JSON))


class TestDepth:
    @pytest.mark.parametrize("levels", [0, 1, 31, 32, 33, 34, 64, 65])
    @pytest.mark.parametrize("pair", ["[]", "{}"])
    def test_is_counted_exactly(self, levels, pair):
        assert depth_exceeds(nested(levels, *pair).encode(), 32) is (levels > 32)

    def test_strings_do_not_count(self):
        assert not depth_exceeds(json.dumps(["[" * 99, '"[' * 99, "\\[" * 99]).encode(), 32)
        assert depth_exceeds(json.dumps(["\\"]).encode() + nested(40).encode(), 32)

    def test_beside_one_another_is_not_deep(self):
        assert not depth_exceeds(b"[" + b"[]," * 10_000 + b"[]]", 32)

    @pytest.mark.parametrize("body", [b"[" * 1_000_000, b"[]" * 500_000, b'"\\' * 500_000, b'\\"' * 500_000,
                                      b'"' * 1_000_000, b"[{" * 500_000, b'["' * 500_000])  # fmt: skip
    def test_costs_no_more_than_its_length(self, body):
        begun = time.process_time()
        depth_exceeds(body, 32)
        assert time.process_time() - begun < 5  # a quadratic scan of 1 MB takes many minutes


# What begins at another place: a signed assertion of an identity provider, which carries no token of ours.
EXEMPT = {"saml_acs", "saml_sls"}


def refuse_briefly(request, reason=""):
    """The page that refuses is the same at every route."""
    return HttpResponse(status=403)


@pytest.mark.django_db
class TestForgery:
    @pytest.mark.parametrize("methods", [("post",), ("put", "patch", "delete")])
    def test_every_route_refuses_what_carries_no_token(self, secretary, settings, methods):
        """By POST, and each by one of the other methods in turn."""
        settings.CSRF_FAILURE_VIEW = f"{__name__}.refuse_briefly"
        client = Client(enforce_csrf_checks=True)
        client.force_login(secretary)
        let_in = {
            route["name"]
            for place, route in enumerate(ROUTES)
            if getattr(client, methods[place % len(methods)])(concrete(route)).status_code != 403
        }
        assert let_in <= EXEMPT | {"api-nowhere"}  # an address that is none answers 404 to everybody

    def test_a_visitor_cannot_be_signed_in_by_another_site(self):
        client = Client(enforce_csrf_checks=True)
        for name in ("account_login", "account_signup", "account_reset_password"):
            assert client.post(reverse(name), {"login": "a", "password": "b"}).status_code == 403

    def test_a_token_of_a_program_needs_none(self, university_officer):
        from matchmaking.accounts.tokens import create_token

        _row, token = create_token(by=university_officer)
        client = Client(enforce_csrf_checks=True)
        answer = client.post("/api/achievements/", "{}", content_type=JSON, headers={"Authorization": f"Token {token}"})
        assert answer.status_code == 400
