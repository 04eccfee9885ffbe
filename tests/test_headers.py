"""Every answer of a production host scores 100 on the table of `tests/headers.py`: pages, errors, files, redirects."""

import re

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from matchmaking.common.clean_input import MAX_DEPTH
from tests.factories.catalog import AchievementFactory
from tests.factories.files import attach
from tests.headers import TABLE, Answer, production_settings, score
from tests.test_routes import ROUTES, concrete

HTTPS = {"secure": True}


@pytest.fixture(scope="module")
def of_production():
    return production_settings()


@pytest.fixture
def production(of_production):
    """A host with TLS; `django_db` keeps its own database."""
    with override_settings(**of_production, EMBEDDED=False):
        yield


@pytest.fixture
def visitor(production):
    return Client(raise_request_exception=False)


@pytest.fixture
def officer(production, university_officer):
    client = Client(raise_request_exception=False)
    client.force_login(university_officer)
    return client


def full_marks(response, **about):
    """Read the answer to its end and score it."""
    if response.streaming:
        b"".join(response.streaming_content)
        for close in response._resource_closers:
            close()
    points, lacking = score(Answer(response, **about))
    return "" if points == 100 else f"{points}: {', '.join(lacking)}"


def test_the_table_has_a_hundred_points():
    assert sum(points for points, _what, _holds in TABLE) == 100


def test_a_bare_answer_gets_points_only_for_what_it_does_not_do():
    bare = HttpResponse("x")
    bare["Access-Control-Allow-Origin"] = "*"
    assert score(Answer(bare))[0] == 10  # it sets no cookies, and nobody has signed in
    assert score(Answer(bare, signed_in=True))[0] == 7


@pytest.mark.parametrize("policy", ["script-src 'self' 'unsafe-inline'", "script-src 'self' 'unsafe-eval'",
                                    "script-src *", "script-src data:", "default-src *",
                                    "script-src https://cdn.example.org"])  # fmt: skip
def test_a_policy_with_a_hole_is_seen(policy):
    response = HttpResponse("x")
    response["Content-Security-Policy"] = policy
    assert "no inline, evaluated, foreign or data: script" in score(Answer(response))[1]


def test_cookies_without_guard_are_seen():
    response = HttpResponse("x")
    response.set_cookie("session", "x")
    assert {"cookies HttpOnly, SameSite, Secure", "cookies __Host-"} <= set(score(Answer(response))[1])
    assert "no-store for whoever has signed in" in score(Answer(response, signed_in=True))[1]


# Neither files nor forms; links in texts are the reader's own choice.
FOREIGN = re.compile(
    r"""<(?:script|img|iframe|source|audio|video|embed|link|form|use)\b[^>]*\s(?:src|href|action|srcset|data)="""
    r"""["']?(?:https?:)?//""",
    re.IGNORECASE,
)


def walk(client, method, **about):
    """{address: what its answer lacks or asks of another host} for every route."""
    poor = {}
    for route in ROUTES:
        if route["name"] == "account_logout":  # the rest of the walk would be anonymous
            continue
        answer = getattr(client, method)(concrete(route), **HTTPS)
        assert answer.status_code < 500, route["name"]
        page = "html" in answer.headers.get("Content-Type", "") and not answer.streaming
        foreign = FOREIGN.search(answer.content.decode()) if page else None
        if lacks := full_marks(answer, **about) or (foreign and foreign[0]):
            poor[concrete(route)] = lacks
    return poor


@pytest.mark.usefixtures("refusals_in_full_once")
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_scores_a_hundred_for_a_visitor_and_asks_no_other_host(db, visitor, method):
    assert walk(visitor, method) == {}


@pytest.mark.usefixtures("refusals_in_full_once")
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_scores_a_hundred_for_somebody_signed_in_and_asks_no_other_host(db, officer, method):
    """Without a token of the form, which is asked for first; what a POST does, the tests of its page look at."""
    assert walk(_strict(officer), method, signed_in=True) == {}


def _raise(error):
    def view(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        raise error

    return view


def _locked():
    cause = Exception()
    cause.pgcode = "55P03"
    error = OperationalError()
    error.__cause__ = cause
    return error


def test_every_error_scores_a_hundred(db, officer, visitor):
    deep = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    asked = [
        (400, True, officer.get("/needs/?q=%00", **HTTPS)),
        (400, True, officer.get("/", HTTP_HOST="evil.example", **HTTPS)),
        (400, True, officer.post("/api/needs/", deep, content_type="application/json", **HTTPS)),
        (400, False, visitor.get("/needs/?q=%ff", **HTTPS)),
        (403, True, officer.get("/organisations/roles/", **HTTPS)),
        (403, True, _strict(officer).post(reverse("set_language"), {"language": "en"}, **HTTPS)),
        (404, True, officer.get("/no/such/page/", **HTTPS)),
        (404, True, officer.get("/api/none/", **HTTPS)),
        (404, True, officer.get("/static/none.css", **HTTPS)),
        (404, False, visitor.get("/static/none.css", **HTTPS)),
        (405, True, officer.delete("/needs/", **HTTPS)),
        (405, True, officer.delete("/api/needs/", **HTTPS)),
        (405, False, visitor.put("/", **HTTPS)),
        (413, True, officer.generic("POST", "/imports/", b"x", "text/plain", CONTENT_LENGTH=str(10**9), **HTTPS)),
    ]
    assert [answer.status_code for _status, _who, answer in asked] == [status for status, _who, _answer in asked]
    poor = [(status, full_marks(answer, signed_in=who)) for status, who, answer in asked]
    assert [found for found in poor if found[1]] == []


def _strict(client):
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = client.cookies
    return strict


@pytest.mark.parametrize(
    ("path", "error", "status"),
    [("/", RuntimeError("secret detail"), 500), ("/api/needs/", RuntimeError("secret detail"), 500),
     ("/", _locked(), 503), ("/api/needs/", _locked(), 409)],
)  # fmt: skip
def test_what_breaks_scores_a_hundred_and_tells_nothing(db, officer, monkeypatch, path, error, status):
    monkeypatch.setattr("matchmaking.portal.first_screens.panels_for", _raise(error))
    monkeypatch.setattr("needs.api.NeedViewSet.get_queryset", _raise(error))
    answer = officer.get(path, **HTTPS)
    text = answer.content.decode()
    assert (answer.status_code, full_marks(answer, signed_in=True)) == (status, "")
    assert "secret detail" not in text
    assert "Traceback" not in text
    if status == 500:
        assert answer["X-Request-Id"] in text


def test_a_download_scores_a_hundred(db, officer, university_officer, university):
    record = AchievementFactory(state="draft", body__owner=university, body__created_by=university_officer)
    answer = officer.get(reverse("files:open", args=[attach(record, university_officer).uuid]), **HTTPS)
    assert answer.status_code == 200
    assert "sandbox" in answer["Content-Security-Policy"]
    assert full_marks(answer, signed_in=True) == ""


def test_too_many_tries_score_a_hundred(db, visitor, university_officer):
    for _try in range(6):
        answer = visitor.post(
            reverse("account_login"), {"login": university_officer.username, "password": "wrong"}, **HTTPS
        )
        assert full_marks(answer) == ""
    assert answer.status_code == 429


def test_static_files_score_a_hundred_and_may_be_kept(db, officer, visitor):
    for client in (officer, visitor):
        answer = client.get("/static/css/base.css", **HTTPS)
        assert (answer.status_code, full_marks(answer, shared=True)) == (200, "")
        assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_signing_in_and_out_score_a_hundred(db, visitor, enterprise_lead):
    enterprise_lead.set_password("a-long-try-2026")
    enterprise_lead.save()
    answer = visitor.post(
        reverse("account_login"), {"login": enterprise_lead.username, "password": "a-long-try-2026"}, **HTTPS
    )
    assert answer.status_code == 302
    assert "__Host-session" in answer.cookies
    assert full_marks(answer, signed_in=True) == ""
    answer = visitor.post(reverse("account_logout"), **HTTPS)
    assert full_marks(answer, signed_in=True) == ""


def test_http_leads_to_https_and_both_answers_are_guarded(db, visitor):
    answer = visitor.get("/needs/?q=a")
    assert answer["Location"] == "https://testserver/needs/?q=a"
    lacking = score(Answer(answer))[1]
    assert lacking == ["HSTS of at least a year, with subdomains"]  # a browser heeds it under TLS only


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_api_is_refused_over_http_and_not_led_on(db, visitor, method):
    """A program that is led on sends its token in the clear each time, and nobody notices."""
    answer = getattr(visitor, method)("/api/needs/", HTTP_AUTHORIZATION="Token 8f14e45fceea167a5a36dedd4bea2543")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "https" in answer.json()["detail"]
    assert "Location" not in answer
    assert score(Answer(answer, signed_in=True))[1] == ["HSTS of at least a year, with subdomains"]
    assert visitor.get("/api/needs/", **HTTPS).status_code == 200
    assert visitor.get("/api/docs/")["Location"].startswith("https://")  # a page for people


def test_an_embedded_instance_answers_programs_over_http(db, client):
    assert client.get("/api/needs/").status_code == 200


def test_an_embedded_instance_drops_the_prefix_and_hsts_only(db, client, university_officer):
    client.force_login(university_officer)
    for path in ("/", "/needs/", "/no/such/page/", "/api/needs/"):
        assert full_marks(client.get(path), signed_in=True, embedded=True) == "", path
    assert django_settings.SESSION_COOKIE_NAME == "session"
