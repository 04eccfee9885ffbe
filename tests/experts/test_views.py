"""Pages of the expert pool: the whole way in the browser's words, strangers, wrong roles, bad input, query counts."""

import io
from html import escape

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from experts.consenting import consent_text
from experts.enums import ExpertState as S
from experts.models import Expert
from matchmaking.accounts.models import Consent
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.experts import form_data, make_expert, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(university, university_officer, expert_user):
    def build(state=S.IN_POOL, **changes):
        return make_expert(university, university_officer, state=state, **{"user": expert_user, **changes})

    return build


def page(name, expert):
    return reverse(f"experts:{name}", args=[expert.uuid])


def test_the_whole_way(login, university_officer, expert_user, regional_officer_edu, enterprise):
    unit, person, officer = login(university_officer), login(expert_user), login(regional_officer_edu)
    assert unit.get(reverse("experts:expert_create")).status_code == 200
    response = unit.post(reverse("experts:expert_create"), form_data(conflicts=[enterprise.name]))
    expert = Expert.objects.get()
    assert (response.status_code, response["Location"]) == (302, expert.get_absolute_url())
    shown = person.get(page("expert_consent", expert)).content.decode()
    assert consent_text().text.strip().split("\n\n")[1] in shown
    given = {"version": expert.version, "digest": consent_text().digest, "agree": "on", "conflicts": "on",
             "publish": "on"}  # fmt: skip
    assert person.post(page("expert_consent", expert), given).status_code == 302
    assert unit.get(page("expert_agree", expert)).status_code == 200
    opinion = {"version": reload(expert).version, "opinion": "同意推荐。"}
    assert unit.post(page("expert_agree", expert), opinion).status_code == 302
    assert expert.name in officer.get(reverse("experts:expert_review")).content.decode()
    assert officer.get(page("expert_decide", expert)).status_code == 200
    decision = {"version": reload(expert).version, "decision": "pass"}
    assert officer.post(page("expert_decide", expert), decision).status_code == 302
    assert reload(expert).state == S.IN_POOL
    assert expert.name in login().get(reverse("experts:expert_list")).content.decode()


def test_bad_input_is_told_at_the_fields(login, university_officer):
    client = login(university_officer)
    codes = ["0101", "0102", "0103", "0104", "0201", "0202"]
    response = client.post(
        reverse("experts:expert_create"), form_data(name="", fields=codes, works=[{"title": "", "year": "2020"}])
    )
    form = response.context["form"]
    assert (response.status_code, set(form.errors)) == (422, {"name", "fields"})
    assert response.context["sheet"].works.forms[0].errors
    response = client.post(reverse("experts:expert_create"), form_data(conflicts=["没有这个单位"]))
    assert response.status_code == 422
    response = client.post(reverse("experts:expert_create"), form_data(term_to="2001-01-01"))
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["term_to"])
    assert not Expert.objects.exists()


def test_consent_needs_both_ticks_and_the_present_text(login, make, expert_user):
    expert, client = make(S.NOMINATED), login(expert_user)
    given = {"version": 1, "digest": consent_text().digest}
    response = client.post(page("expert_consent", expert), given)
    assert (response.status_code, set(response.context["form"].errors)) == (422, {"agree", "conflicts"})
    stale = {**given, "digest": "0" * 64, "agree": "on", "conflicts": "on"}
    assert client.post(page("expert_consent", expert), stale).status_code == 409
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("name", "state", "who", "status"),
    [
        ("expert_consent", S.NOMINATED, "university_officer", 403),
        ("expert_consent", S.NOMINATED, "regional_officer_edu", 404),
        ("expert_consent", S.IN_POOL, "stranger", 403),
        ("expert_agree", S.CONSENTED, "other_university_officer", 404),
        ("expert_agree", S.UNIT_AGREED, "university_officer", 403),
        ("expert_edit", S.IN_POOL, "university_officer", 403),
        ("expert_edit", S.IN_POOL, "expert_user", 200),
        ("expert_edit", S.RETURNED, "university_officer", 200),
        ("expert_edit", S.NOMINATED, "stranger", 404),
        ("expert_decide", S.UNIT_AGREED, "regional_officer_miit", 404),
        ("expert_decide", S.UNIT_AGREED, "other_regional_officer_edu", 404),
        ("expert_decide", S.IN_POOL, "regional_officer_edu", 409),
        ("expert_suspend", S.IN_POOL, "regional_officer_miit", 403),
        ("expert_suspend", S.IN_POOL, "regional_officer_edu", 200),
        ("expert_renew", S.EXPIRED, "regional_officer_edu", 200),
        ("expert_mine", None, "enterprise_lead", 403),
        ("expert_review", None, "university_officer", 403),
        ("expert_export", None, "expert_user", 403),
    ],
)
def test_who_opens_which_page(name, state, who, status, login, make, request):
    client = login(request.getfixturevalue(who))
    url = page(name, make(state)) if state else reverse(f"experts:{name}")
    assert client.get(url).status_code == status


def test_the_tick_for_the_comparison_is_called_by_the_name(login, make):
    make(S.IN_POOL, name="钱学", title="associate")
    page = login().get(reverse("experts:expert_list")).content.decode()
    assert 'data-compare-item="钱学"' in page


def test_a_search_in_the_own_entries_says_in_which_state_it_finds_something(login, university_officer, make):
    make(S.NOMINATED, name="钱学")
    make(S.IN_POOL, name="孙立")
    response = login(university_officer).get(reverse("experts:expert_mine"), {"group": "nominated", "q": "孙立"})
    found = [tab["url"] for tab in response.context["tabs"] if tab["count"]]
    assert len(found) == 1
    assert "group=pool&q=" in found[0]
    assert response.content.decode().count(escape(found[0])) == 2  # the tab, and below the results


def test_a_visitor_is_sent_to_sign_in(login, make):
    response = login().get(page("expert_consent", make(S.NOMINATED)))
    assert (response.status_code, "/accounts/login/" in response["Location"]) == (302, True)


def test_a_return_shows_its_notes_in_the_form(login, make, regional_officer_edu, university_officer):
    expert, officer = make(S.UNIT_AGREED), login(regional_officer_edu)
    missing = officer.post(page("expert_decide", expert), {"version": 1, "decision": "return"})
    assert (missing.status_code, list(missing.context["form"].errors)) == (422, ["reason", "reasons"])
    decision = {"version": 1, "decision": "return", "reasons": ["incomplete"], "reason": "请补充",
                "note_directions": "写出方法名称"}  # fmt: skip
    assert officer.post(page("expert_decide", expert), decision).status_code == 302
    unit = login(university_officer)
    assert "写出方法名称" in unit.get(page("expert_edit", expert)).content.decode()
    assert "写出方法名称" in unit.get(expert.get_absolute_url()).content.decode()
    assert unit.post(page("expert_submit", expert), {"version": reload(expert).version}).status_code == 302
    assert reload(expert).state == S.UNIT_AGREED


def test_an_admission_that_cannot_be_says_why(login, make, regional_officer_edu):
    expert = make(S.UNIT_AGREED, works=[])
    response = login(regional_officer_edu).post(page("expert_decide", expert), {"version": 1, "decision": "pass"})
    assert (response.status_code, bool(response.context["form"].non_field_errors())) == (422, True)


def test_the_person_says_how_many_needs_at_the_same_time(expert_user, university, university_officer, login):
    expert = make_expert(university, university_officer, user=expert_user)
    client = login(expert_user)
    posted = form_data(version=expert.version, capacity="3")
    assert client.post(page("expert_edit", expert), posted | {"capacity": "-1"}).status_code == 422
    assert client.post(page("expert_edit", expert), posted).status_code == 302
    expert.refresh_from_db()
    assert expert.capacity == 3
    client.post(page("expert_edit", expert), form_data(version=expert.version, capacity=""))
    expert.refresh_from_db()
    assert expert.capacity is None


def test_an_edit_on_an_old_version_keeps_the_text(login, make, university_officer):
    expert = make(S.RETURNED)
    response = login(university_officer).post(page("expert_edit", expert), form_data(version=9, position="我的职务"))
    assert (response.status_code, "我的职务" in response.content.decode()) == (409, True)


def test_the_unit_may_return_instead_of_agreeing(login, make, university_officer):
    expert, client = make(S.CONSENTED), login(university_officer)
    assert client.post(page("expert_agree", expert), {"do": "return", "back-version": 1}).status_code == 422
    back = {"do": "return", "back-version": 1, "back-reason": "职称有误"}
    assert client.post(page("expert_agree", expert), back).status_code == 302
    assert reload(expert).state == S.RETURNED


def test_leaving_is_the_persons_own_click(login, make, university_officer, expert_user):
    expert = make()
    assert login(university_officer).post(page("expert_leave", expert), {"version": 1}).status_code == 403
    assert login(expert_user).get(page("expert_leave", expert)).status_code == 405
    assert login(expert_user).post(page("expert_leave", expert), {"version": 1}).status_code == 302
    assert reload(expert).state == S.LEFT


def test_suspending_taking_back_and_renewing(login, make, regional_officer_edu):
    client, expert = login(regional_officer_edu), make()
    assert client.post(page("expert_suspend", expert), {"version": 1, "reason": "核实"}).status_code == 302
    assert client.post(page("expert_resume", expert), {"version": 2}).status_code == 302
    assert reload(expert).state == S.IN_POOL
    over = make(S.EXPIRED)
    assert client.post(page("expert_renew", over), {"version": 1, "term_to": "2001-01-01"}).status_code == 422
    assert client.post(page("expert_renew", over), {"version": 1, "term_to": "2099-01-01"}).status_code == 302
    assert reload(over).state == S.IN_POOL


def test_the_workbook_holds_what_the_person_sees_and_nothing_private(login, make, regional_officer_edu):
    make(), make(S.SUSPENDED, name="停用专家")
    response = login(regional_officer_edu).get(reverse("experts:expert_export"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row]
    assert "测试专家" in cells
    assert not {"停用专家", "000-0000", "1979", "expert_user@example.test"} & set(cells)


@pytest.mark.parametrize(
    ("name", "who", "state"),
    [
        ("expert_list", None, S.IN_POOL),
        ("expert_list", "university_officer", S.IN_POOL),
        ("expert_mine", "university_officer", S.IN_POOL),
        ("expert_review", "regional_officer_edu", S.UNIT_AGREED),
    ],
)
def test_queries_do_not_grow(name, who, state, login, make, request):
    client = login(request.getfixturevalue(who)) if who else login()
    counts = []
    for total in (3, 30):
        while Expert.objects.count() < total:
            make(state)
        client.get(reverse(f"experts:{name}"))
        vocabularies.warm()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse(f"experts:{name}")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12


def test_search_finds_by_direction_and_number(login, make):
    expert = make()
    for words in ("无损检测", expert.public_no, expert.public_no.lower()):
        assert expert.name in login().get(reverse("experts:expert_list"), {"q": words}).content.decode()
    assert expert.name not in login().get(reverse("experts:expert_list"), {"q": "红外光谱"}).content.decode()


def test_the_first_screen_shows_the_own_entry(login, make, expert_user):
    expert = make(S.NOMINATED)
    assert expert.public_no in login(expert_user).get(reverse("portal:home")).content.decode()
