"""An edit says which fields changed and between which versions; values only of choices that everybody reads."""

import pytest
from django.utils.translation import override

from catalog.services import update_achievement
from matchmaking.accounts.membership import update_organisation
from matchmaking.activity.models import Entry
from matchmaking.activity.selectors import history
from matchmaking.intake.models import RecordVersion
from needs.services.writing import update_need
from tests.factories.catalog import AchievementFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


def last(record, kind):
    return Entry.objects.about(kind, record.uuid).order_by("-pk").first()


def test_a_need(enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft", visibility="members")
    told = {"problem": "主轴在 20000 转时失稳，振幅超过 3 微米。", "budget_fen": 77_700_000, "visibility": "public"}
    update_need(by=enterprise_lead, need=need, version=need.version, data=told)
    entry = last(need, "need")
    assert entry.before == {"version": 1, "values": {"visibility": "members"}}
    assert entry.after == {"version": 2, "fields": ["budget_fen", "problem", "visibility"],
                           "values": {"visibility": "public"}}  # fmt: skip
    assert "失稳" not in str(entry.__dict__)
    assert "777" not in str(entry.__dict__)


def test_what_is_given_but_reads_the_same_has_not_changed(enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft")
    update_need(by=enterprise_lead, need=need, version=need.version, data={"title": need.title})
    assert last(need, "need").after == {"version": 2, "fields": []}


def test_rows_and_guests_of_a_need(enterprise, enterprise_lead, other_enterprise):
    need = make_need(enterprise, enterprise_lead, state="draft")
    update_need(by=enterprise_lead, need=need, version=need.version, data={}, indicators=[], invited=[other_enterprise])
    assert last(need, "need").after["fields"] == ["indicators", "invited"]


def test_an_achievement_with_its_rows(university, university_officer):
    achievement = AchievementFactory(state="draft")
    achievement.body.owner = university
    achievement.body.save()
    update_achievement(by=university_officer, achievement=achievement, version=achievement.version,
                       data={"title": "高速主轴热误差补偿", "summary": achievement.summary}, ip_items=[],
                       completers=[{"name": "张三丰", "organisation": None, "user": None}])  # fmt: skip
    entry = last(achievement, "achievement")
    assert (entry.before, entry.after) == ({"version": 1}, {"version": 2, "fields": ["completers", "title"]})
    assert "张三丰" not in str(entry.__dict__)
    with override("en"):
        text = history(achievement, kind="achievement")[0]["text"]
    assert text.startswith("Changed: ")
    assert text.endswith("Version 1 → 2")


def test_the_version_is_that_of_the_kept_content(enterprise, enterprise_lead):
    """The row version names the kept version that holds what the fields said."""
    from needs.services.revising import REVISING

    need = make_need(enterprise, enterprise_lead)
    REVISING.revise(
        enterprise_lead, need, version=need.version, wanted={"tried": "试过两家供应商的补偿算法，均不稳定。"}
    )
    entry = Entry.objects.get(verb="need.edited")
    kept = RecordVersion.objects.filter(object_id=need.uuid).values_list("record_version", flat=True)
    assert {entry.before["version"], entry.after["version"]} == set(kept)


def test_an_organisation(university, university_officer):
    update_organisation(by=university_officer, organisation=university, version=university.version, aliases=[],
                      data={"summary": "面向装备制造", "contacts": {"name": "张三丰"}})  # fmt: skip
    entry = last(university, "organisation")
    assert entry.after == {"version": 2, "fields": ["contacts", "summary"]}
    assert "张三丰" not in str(entry.__dict__)
