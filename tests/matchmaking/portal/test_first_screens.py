"""The to-do lists of the start page: the same words and the same order as the queues they lead to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from catalog.enums import AchievementState
from catalog.services import revise_achievement
from matchmaking.accounts.enums import Role
from matchmaking.accounts.mandates.services import offer_mandate, sign_mandate
from matchmaking.activity.verifying import Finding, Verified, write_down
from matchmaking.intake import reviewed
from matchmaking.portal.first_screens import panels_for
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.jobs import JobFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
KINDS = ["achievement", "need", "expert", "team", "talent_post"]


def panels(client):
    return {panel.url: panel for panel in client.get("/").context["panels"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_panel_begins_as_its_queue_does(wait, login, secretary, kind):
    later, overdue, soon = wait(kind, 9, -2, 3)
    how = reviewed.find(kind)
    client = login(secretary)
    panel = panels(client)[reverse(how.queue)]
    assert panel.title == str(how.queue_name)
    assert panel.total == 3
    assert [item.url for item in panel.items] == [one.get_absolute_url() for one in (overdue, soon, later)]
    assert "逾期 2 天" in client.get("/").content.decode()
    assert panel.title in client.get(panel.url).content.decode()


def test_kinds_of_which_nothing_waits_take_no_room(wait, login, secretary):
    wait("team", 3)
    found = panels(login(secretary))
    assert reverse("teams:team_review") in found
    assert reverse("experts:expert_review") not in found
    assert reverse("review:overview") not in found


@pytest.mark.parametrize("also_waiting", [True, False])
def test_a_change_of_a_published_record_waits_there_too(
    also_waiting, wait, login, university, university_officer, regional_officer_edu, regional_officer_miit
):
    """Also when it is the only thing that waits; only for those who check it."""
    record = complete(AchievementFactory(state=AchievementState.ACCEPTED, body__owner=university))
    revise_achievement(by=university_officer, achievement=record, version=record.version, data={"title": "新题目"})
    if also_waiting:
        wait("achievement", 3)
    found = panels(login(regional_officer_edu))
    queue = reverse("catalog:achievement_review")
    panel = found[f"{queue}?group=changes"]
    assert (panel.total, [item.url for item in panel.items]) == (
        1, [reverse("review:change", args=["achievement", record.uuid])]
    )  # fmt: skip
    assert (queue in found) == also_waiting
    assert panel.items[0].due
    assert f"{queue}?group=changes" not in panels(login(regional_officer_miit))


def test_a_transfer_officer_is_not_addressed_as_a_researcher(university_officer):
    with translation.override("en"):
        titles = [panel.title for panel in panels_for(university_officer)]
    assert titles[0] == "Matches waiting for an answer"


def test_when_nothing_waits_it_says_so_once(login, secretary):
    found = panels(login(secretary))
    assert found[reverse("review:overview")].items == []


@pytest.mark.parametrize("count", [1, 8])
def test_more_rows_ask_no_more_questions(wait, login, secretary, count, django_assert_max_num_queries):
    for kind in KINDS:
        wait(kind, *[3] * count)
    client = login(secretary)
    vocabularies.warm()
    with django_assert_max_num_queries(22):
        client.get("/")


# Those who keep no records here: where they work, and the list of which they see and are shown the way to.
WITHOUT_RECORDS = [
    (Role.BROKER, "broker", "accounts:mandate_list"),
    (Role.SUPPORT_OFFICER, "support", "accounts:outreach_list"),
    (Role.SECURITY_ADMIN, "operator", "accounts:role_list"),
    (Role.AUDIT_ADMIN, "operator", "portal:history"),
    (Role.INVESTOR, "bank", "needs:need_list"),
    (Role.STUDENT, "university", "needs:need_list"),
    (Role.ENTERPRISE_READER, "enterprise", "needs:need_list"),
]


@pytest.mark.parametrize(("role", "kind", "first"), WITHOUT_RECORDS)
def test_whoever_holds_a_role_is_not_told_that_he_holds_none(role, kind, first, login):
    page = login(member(OrganisationFactory(kind=kind), role)).get("/")
    assert "您还没有角色。" not in page.content.decode()
    assert page.context["panels"][0].url == page.context["actions"][0].url == reverse(first)


def test_whoever_holds_none_is_told_so(login, stranger):
    assert "您还没有角色。" in login(stranger).get("/").content.decode()


def actions(client):
    return [action.url for action in client.get("/").context["actions"]]


def test_an_officer_is_sent_to_the_queues_of_his_track_only(
    login, regional_officer_edu, regional_officer_miit, park_admin, secretary
):
    needs, offers, posts = map(
        reverse, ["needs:need_review", "catalog:achievement_review", "talent:talent_post_review"]
    )
    judge, board = reverse("matching:review_queue"), reverse("matching:board")
    assert actions(login(regional_officer_edu)) == [judge, offers, reverse("experts:expert_review")]
    assert actions(login(regional_officer_miit)) == [judge, needs, board]
    assert actions(login(park_admin)) == [needs, posts, board]
    assert actions(login(secretary)) == [judge, needs, offers]


def test_the_officer_for_rights_is_led_to_their_register(login, regional_officer_ip):
    assert actions(login(regional_officer_ip)) == [reverse("catalog:right_list"), reverse("matching:board")]


def test_applications_stand_on_the_first_screen_of_whoever_verifies_them(login, secretary, regional_officer_miit):
    address = reverse("accounts:organisation_review")
    assert address not in panels(login(secretary))
    applied = OrganisationFactory(kind="university", state="applied")
    member(applied, Role.UNIVERSITY_OFFICER)
    assert [item.title for item in panels(login(secretary))[address].items] == [applied.name]


def test_a_mandate_waits_for_its_client_and_then_stands_at_its_broker(login, broker, enterprise, enterprise_lead):
    today = timezone.localdate()
    made = offer_mandate(by=broker, client=enterprise, subject="需求诊断", starts_on=today,
                         ends_on=today + timedelta(days=30))  # fmt: skip
    [item] = panels(login(enterprise_lead))[reverse("accounts:mandate_list")].items
    assert (item.url, item.note) == (made.get_absolute_url(), "需求诊断")
    assert panels(login(broker))[reverse("accounts:mandate_list")].items == []
    sign_mandate(by=enterprise_lead, mandate=made, version=made.version)
    assert reverse("accounts:mandate_list") not in panels(login(enterprise_lead))
    [item] = panels(login(broker))[reverse("accounts:mandate_list")].items
    assert (item.title, item.due) == (str(enterprise), made.ends_on)


def test_a_broker_finds_the_drafts_he_may_write_at(login, broker, enterprise, other_enterprise, enterprise_lead):
    mine, theirs = (make_need(one, enterprise_lead, state="draft") for one in (enterprise, other_enterprise))
    make_need(enterprise, enterprise_lead)
    today = timezone.localdate()
    made = offer_mandate(by=broker, client=enterprise, subject="需求诊断", starts_on=today, ends_on=today)
    assert mine.get_absolute_url() not in login(broker).get("/").content.decode()
    sign_mandate(by=enterprise_lead, mandate=made, version=made.version)
    client = login(broker)
    [item] = client.get("/").context["panels"][0].items
    assert (item.url, item.note) == (mine.get_absolute_url(), str(enterprise))
    assert client.get(item.url).status_code == 200
    assert client.get(theirs.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(("finding", "said"), [
    (None, "校验通过，未发现改动。"), (Finding("missing", {"position": 3}), "最近一次校验发现记录被改动："),
])  # fmt: skip
def test_the_auditor_reads_first_whether_the_history_is_whole(login, make_administrator, finding, said):
    client = login(make_administrator(Role.AUDIT_ADMIN))
    assert "尚未校验，系统每晚自动校验一次。" in client.get("/").content.decode()
    write_down(Verified(first=1, last=5, head=b"", anchors=1, waiting=0, finding=finding))
    assert said in client.get("/").content.decode()


def test_a_failed_job_is_named_in_words(login, make_administrator):
    job = JobFactory(kind="prune_jobs", state="dead", last_error="ValueError: no\nTraceback")
    [item] = panels(login(make_administrator(Role.SYSTEM_ADMIN)))[reverse("jobs:list")].items
    assert (item.title, item.note, item.url) == ("清理历史任务", "ValueError: no", job.get_absolute_url())
