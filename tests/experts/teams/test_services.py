"""Use cases of teams: who may, what is refused, what is written beside it."""

import pytest

from experts.models import Team, TeamMember
from experts.services import leave_pool
from experts.teams import services
from experts.teams.services import Incomplete, NotAllowed, ReasonMissing
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.intake.filed import change_notes
from matchmaking.intake.models import RecordVersion, ReviewTask
from matchmaking.intake.selectors import open_notes, steps_of
from matchmaking.intake.versions import Unchanged
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import Notification
from tests.factories.experts import make_expert
from tests.factories.programmes import programme
from tests.factories.teams import make_team, reload, team_data

pytestmark = pytest.mark.django_db


def create(by, lead, members=(), **changes):
    return services.create_team(by=by, lead=lead, programme=programme(), data=team_data(**changes),
                                members=[(one, "成员") for one in members])  # fmt: skip


def kinds(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def test_unit_and_lead_form_a_team(university_officer, expert_user, lead, member, university):
    for by in (university_officer, expert_user):
        team = create(by, lead, [member])
        assert (team.state, team.owner, team.region) == ("draft", university, university.region)
        assert team.public_no.startswith("TD-")
        assert list(team.units.all()) == [university]
        assert [one.expert for one in team.memberships.all()] == [member]
    assert Entry.objects.filter(object_kind="team", verb="team.created").count() == 2


def test_nobody_forms_a_team_for_an_expert_of_another_unit(other_university_officer, member_user, stranger, lead):
    for by in (other_university_officer, member_user, stranger):
        with pytest.raises(NotAllowed):
            create(by, lead)


@pytest.mark.parametrize("state", ["nominated", "suspended", "expired", "left"])
def test_a_lead_is_in_the_pool(university, university_officer, state):
    outside = make_expert(university, university_officer, state=state)

    with pytest.raises(NotAllowed):
        create(university_officer, outside)


def test_a_member_is_in_the_pool(university_officer, lead, other_university, other_university_officer):
    outside = make_expert(other_university, other_university_officer, state="unit_agreed")

    with pytest.raises(Incomplete) as refusal:
        create(university_officer, lead, [outside])

    assert list(refusal.value.fields) == ["members"]


def test_the_lead_is_no_member_and_a_member_is_one_once(university_officer, lead, member):
    team = create(university_officer, lead, [member, lead, member])

    assert [one.expert for one in team.memberships.all()] == [member]


def test_six_fields_are_refused(university_officer, lead):
    with pytest.raises(Incomplete) as refusal:
        create(university_officer, lead, fields=["0101", "0102", "0103", "0104", "0105", "0106"])

    assert list(refusal.value.fields) == ["fields"]


def test_an_old_version_is_refused(university_officer, lead):
    team = create(university_officer, lead)
    services.update_team(by=university_officer, team=team, version=1, data={"summary": "甲"})

    with pytest.raises(StaleState):
        services.update_team(by=university_officer, team=team, version=1, data={"summary": "乙"})

    team.refresh_from_db()
    assert (team.summary, team.version, team.text_version) == ("甲", 2, 2)


@pytest.mark.parametrize(
    ("changes", "members", "field"),
    [({"summary": ""}, True, "summary"), ({"fields": []}, True, "fields"), ({}, False, "members")],
)
def test_handing_in_says_what_is_missing(university_officer, lead, member, changes, members, field):
    team = create(university_officer, lead, [member] if members else [], **changes)

    with pytest.raises(Incomplete) as refusal:
        services.submit_team(by=university_officer, team=team)

    assert list(refusal.value.fields) == [field]


def test_members_who_left_the_pool_do_not_count(university_officer, lead, member, member_user):
    team = create(university_officer, lead, [member])
    leave_pool(by=member_user, expert=member)

    with pytest.raises(Incomplete):
        services.submit_team(by=university_officer, team=team)


def test_the_way_into_the_pool(
    university_officer, lead, member, member_user, expert_user, regional_officer_edu, other_regional_officer_edu
):
    team = create(university_officer, lead, [member])

    services.submit_team(by=university_officer, team=team)
    assert kinds(regional_officer_edu) == ["team_to_review"]
    assert (
        ReviewTask.objects.about("team", team.uuid).open().get().organisation
        == (regional_officer_edu.organisations_with("expert.review")[0])
    )
    with pytest.raises(NotAllowed):
        services.admit_team(by=other_regional_officer_edu, team=team)

    services.admit_team(by=regional_officer_edu, team=team)
    assert Team.objects.get(pk=team.pk).state == "in_pool"
    assert not ReviewTask.objects.about("team", team.uuid).open().exists()
    assert kinds(member_user) == ["team_joined"]
    assert "team_admitted" in kinds(expert_user)
    assert [step.decision for step in steps_of(team, "team")] == ["pass", "submit"]


def test_departments_on_other_tracks_do_not_decide(university_officer, lead, member, regional_officer_miit):
    team = make_team(lead, university_officer, members=[member], state="submitted")

    with pytest.raises(NotAllowed):
        services.admit_team(by=regional_officer_miit, team=team)


def test_return_and_refusal_need_reasons_and_carry_notes(university_officer, lead, member, regional_officer_edu):
    team = make_team(lead, university_officer, members=[member], state="submitted")
    for deciding in (services.return_team, services.refuse_team):
        with pytest.raises(ReasonMissing):
            deciding(by=regional_officer_edu, team=team, reason="  ")

    services.return_team(by=regional_officer_edu, team=team, reason="请补充", notes={"members": "缺少下游单位"})

    assert open_notes(team, "team") == {"members": "缺少下游单位"}
    assert "team_returned" in kinds(university_officer)


def test_who_comes_second_is_told(university_officer, lead, member, regional_officer_edu, secretary):
    team = make_team(lead, university_officer, members=[member], state="submitted")
    second = reload(team)
    services.admit_team(by=regional_officer_edu, team=team)

    with pytest.raises(StaleState):
        services.refuse_team(by=secretary, team=second, reason="不行")


def revise(team, by, **changes):
    return services.revise_team(by=by, team=reload(team), version=reload(team).version, **changes)


def test_in_the_pool_members_change_at_once_and_the_checked_text_waits(
    team, university_officer, other, member, member_user, regional_officer_edu
):
    came = revise(team, university_officer, members=[(member, "总师"), (other, "检测")],
                  data={"name": "别的名称", "achievements": "新的成果"})  # fmt: skip

    assert (came.record.name, came.record.achievements) == (team_data()["name"], "新的成果")
    assert (sorted(came.live), came.change.fields) == (["achievements", "members"], ["name"])
    members = [(one.expert, one.role) for one in came.record.memberships.order_by("position")]
    assert members == [(member, "总师"), (other, "检测")]
    assert kinds(member_user) == []  # he was in it before
    assert kinds(regional_officer_edu) == ["team_change_to_check"]

    passed = services.REVISING.pass_change(
        regional_officer_edu, reload(team), change=came.change, version=came.record.version
    )

    assert (passed.name, passed.state) == ("别的名称", "in_pool")
    assert kinds(university_officer) == ["team_change_passed"]
    assert [one.what for one in RecordVersion.objects.order_by("number")] == ["published", "edited", "edited"]


def test_a_change_comes_back_with_a_note_and_can_be_taken_back(team, university_officer, regional_officer_edu):
    came = revise(team, university_officer, data={"summary": "改写的简介。"})
    services.REVISING.return_change(regional_officer_edu, reload(team), change=came.change, reason="写具体",
                                    version=came.record.version, notes={"summary": "写具体"})  # fmt: skip

    assert change_notes(team, "team") == {"summary": "写具体"}
    assert Team.objects.get(pk=team.pk).summary == team_data()["summary"]
    again = revise(team, university_officer, data={"summary": "再次改写的简介。"})
    services.REVISING.withdraw_change(university_officer, reload(team))
    again.change.refresh_from_db()
    assert again.change.state == "withdrawn"


def test_a_new_lead_is_of_the_own_unit_and_no_member_any_more(
    team, university, university_officer, other, member, regional_officer_edu
):
    with pytest.raises(NotAllowed):
        revise(team, university_officer, data={}, lead=other)  # of another unit
    colleague = make_expert(university, university_officer, state="in_pool")
    came = revise(team, university_officer, data={}, members=[(member, ""), (colleague, "副组长")])
    came = revise(team, university_officer, data={}, lead=colleague)
    assert came.change.fields == ["lead"]

    passed = services.REVISING.pass_change(
        regional_officer_edu, reload(team), change=came.change, version=came.record.version
    )

    assert passed.lead == colleague
    assert [one.expert for one in passed.memberships.all()] == [member]


def test_a_team_in_the_pool_keeps_a_member_and_a_lead(team, university_officer):
    with pytest.raises(Incomplete) as refusal:
        revise(team, university_officer, data={}, members=[])

    assert list(refusal.value.fields) == ["members"]


def test_who_changes_and_who_checks(team, member_user, other_university_officer, university_officer,
                                    other_regional_officer_edu):  # fmt: skip
    for person in (member_user, other_university_officer):
        with pytest.raises(NotAllowed):
            revise(team, person, data={"achievements": "新"})
    came = revise(team, university_officer, data={"name": "别的名称"})
    for person in (university_officer, other_regional_officer_edu):
        with pytest.raises(NotAllowed):
            services.REVISING.pass_change(person, reload(team), change=came.change, version=came.record.version)


def test_dissolving_drops_a_change_that_waits(team, university_officer):
    change = revise(team, university_officer, data={"name": "别的名称"}).change
    services.dissolve_team(by=university_officer, team=reload(team))

    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_a_refusal_can_be_appealed_once(university_officer, lead, member, regional_officer_edu, secretary):
    team = make_team(lead, university_officer, members=[member], state="submitted")
    services.refuse_team(by=regional_officer_edu, team=team, reason="不行", reasons=["other"])
    services.reopen_team(by=university_officer, team=team)
    with pytest.raises(Unchanged):
        services.submit_team(by=university_officer, team=reload(team))

    team = make_team(lead, university_officer, members=[member], state="submitted", name="另一团队")
    services.refuse_team(by=regional_officer_edu, team=team, reason="不行", reasons=["other"])
    with pytest.raises(NotAllowed):
        services.REVISING.appeal(regional_officer_edu, team, version=team.version, text="有误")
    appeal = services.REVISING.appeal(university_officer, team, version=team.version, text="有误")
    services.REVISING.decide_appeal(secretary, reload(team), appeal=appeal, version=team.version, uphold=True,
                                    reason="理由成立")  # fmt: skip

    assert Team.objects.get(pk=team.pk).state == "submitted"
    assert [task.step for task in ReviewTask.objects.open().filter(object_id=team.uuid)] == ["region"]


def test_dissolving(team, expert_user, member_user, other_university_officer):
    for person in (member_user, other_university_officer):
        with pytest.raises(NotAllowed):
            services.dissolve_team(by=person, team=team)

    services.dissolve_team(by=expert_user, team=team)

    assert Team.objects.get(pk=team.pk).state == "left"
    assert Job.objects.filter(kind="close_matches", args__noun="team").exists()


def test_a_member_leaves_at_once_and_the_unit_is_told(team, member_user, university_officer, stranger):
    with pytest.raises(NotAllowed):
        services.step_out(by=stranger, team=team)

    services.step_out(by=member_user, team=team)

    assert not TeamMember.objects.filter(team=team).exists()
    assert kinds(university_officer) == ["team_member_left"]
    with pytest.raises(NotAllowed):
        services.step_out(by=member_user, team=team)


def test_who_stepped_out_is_not_brought_back_by_an_older_page(team, member, member_user, university_officer):
    seen = team.version
    services.step_out(by=member_user, team=team)

    with pytest.raises(StaleState):
        services.revise_team(by=university_officer, team=team, version=seen, data={}, members=[(member, "总师")])

    assert not TeamMember.objects.filter(team=team).exists()


def test_many_are_created_in_a_handful_of_queries(lead, member, university_officer, django_assert_max_num_queries):
    rows = [team_data(name=f"团队{number}", lead=lead, members=[(member, "")]) for number in range(30)]

    with django_assert_max_num_queries(10):
        services.bulk_create_teams(by=university_officer, programme=programme(), rows=rows)

    assert TeamMember.objects.count() == 30
