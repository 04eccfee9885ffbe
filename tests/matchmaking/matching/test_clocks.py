"""Answers with a clock: working days over a holiday, reminders, the office, the reserve that moves up, budgets."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, Reserve
from matchmaking.matching.services import clocks
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.attention import AttentionSpent, open_requests
from matchmaking.matching.services.handing import colleagues, hand_on
from matchmaking.matching.services.reserves import ReserveRefused, approve_reserve
from matchmaking.matching.services.review import NotAllowed, drop_match, release_match, restore_match
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.vocabularies import cache
from matchmaking.vocabularies.models import Code
from tests.factories.accounts import UserFactory, member
from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def table_as_loaded():
    """What a test changes in the table of holidays is undone in the database; the process must forget it too."""
    yield
    cache.clear()


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


@pytest.fixture
def moved(monkeypatch):
    """`moved("2026-09-30T15:00")` lets the portal live at this time in Shanghai."""

    def to(text):
        now = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        monkeypatch.setattr(timezone, "now", lambda: now.astimezone(ZoneInfo("UTC")))

    return to


@pytest.fixture
def unit(university_officer):
    """What the university has in the pool, made by people of its own."""

    def more(number, **body):
        return [AchievementFactory(state="accepted", body__owner=university_officer.memberships.get().organisation,
                                   **body) for _ in range(number)]  # fmt: skip

    return more


@pytest.fixture
def others(need, unit, university):
    """Three further proposals to the same need, each of another person."""
    people = [member(university, "researcher", username=f"pi{n}", full_name=f"负责人{n}") for n in range(3)]
    return [MatchFactory(need=need, achievement=unit(1, body__created_by=one)[0]) for one in people]


# --- The clock ------------------------------------------------------------------------------------------------------


def test_a_deadline_over_national_day_is_exact(match, regional_officer_miit, university_officer, moved):
    """Asked on the eve of the holiday: seven days off, one Saturday worked in exchange, ten working days."""
    moved("2026-09-30T15:00")
    release_match(by=regional_officer_miit, match=match)
    [due] = set(match.sides.values_list("due_at", flat=True))
    assert timezone.localtime(due).isoformat() == "2026-10-20T23:59:59+08:00"
    for at, reminded, escalated, lapsed in (
        ("2026-10-14T23:59", 0, 0, 0),  # four working days are left after this one
        ("2026-10-15T00:01", 3, 0, 0),
        ("2026-10-16T09:00", 0, 0, 0),
        ("2026-10-19T00:01", 0, 2, 0),
        ("2026-10-20T23:59:59", 0, 0, 0),
        ("2026-10-21T00:00", 0, 0, 1),
        ("2026-10-21T00:10", 0, 0, 0),
    ):
        moved(at)
        assert (clocks.remind_due(), clocks.escalate_due(), clocks.lapse_overdue()) == (reminded, escalated, lapsed), at
    assert told("answer_due") == ["enterprise_lead", "researcher", "university_officer"]
    assert told("answer_escalated") == ["enterprise_lead", "university_officer"]
    mails = list(OutboxMail.objects.values_list("message_id", flat=True))
    assert len(mails) == len(set(mails))


def test_holidays_published_later_move_the_deadline_on_but_never_back(match, regional_officer_miit, moved):
    Code.objects.filter(table__code="HOLIDAY", code__startswith="2026-10").update(valid_to="2026-09-01")
    cache.clear()
    moved("2026-09-30T15:00")
    release_match(by=regional_officer_miit, match=match)
    assert {timezone.localdate(one.due_at).isoformat() for one in match.sides.all()} == {"2026-10-14"}
    Code.objects.filter(table__code="HOLIDAY", code__startswith="2026-10").update(valid_to=None)
    cache.clear()
    assert (clocks.move_clocks(), clocks.move_clocks()) == (2, 0)
    assert {timezone.localdate(one.due_at).isoformat() for one in match.sides.all()} == {"2026-10-20"}
    Code.objects.filter(table__code="HOLIDAY", code__startswith="2026-10").update(valid_to="2026-09-01")
    cache.clear()
    assert clocks.move_clocks() == 0


def test_the_holidays_of_the_next_year_are_asked_for_once_from_december_on(secretary, moved):
    for at, told_now in (("2026-11-30T23:59", 0), ("2026-12-01T00:10", 1), ("2026-12-02T00:10", 0)):
        moved(at)
        assert clocks.ask_for_holidays() == told_now, at
    assert told("holidays_missing") == ["secretary"]
    moved("2025-12-01T00:10")  # those of 2026 are there
    assert clocks.ask_for_holidays() == 0


def test_after_a_later_a_side_is_asked_again_reminded_and_its_office_told(
    match, regional_officer_miit, university_officer, researcher, moved
):
    moved("2026-03-02T09:00")
    released = release_match(by=regional_officer_miit, match=match)
    answer_match(by=researcher, match=released, answer=Answer.LATER, ask_again_on=datetime(2026, 3, 16).date())  # noqa: DTZ001
    match.sides.filter(side=Side.ENTERPRISE).update(answer=Answer.INTERESTED, answered_at=timezone.now())
    assert open_requests(researcher.pk).count() == 0
    for at, reminded, escalated in (
        ("2026-03-15T12:00", 0, 0),
        ("2026-03-16T00:10", 2, 0),  # asked again; ten working days follow
        ("2026-03-25T00:10", 2, 0),
        ("2026-03-27T00:10", 0, 1),
    ):
        moved(at)
        assert (clocks.remind_due(), clocks.escalate_due()) == (reminded, escalated), at
    assert told("answer_asked_again") == ["researcher", "university_officer"]
    assert open_requests(researcher.pk).count() == 1


def test_holidays_that_were_taken_back_are_asked_for_again(secretary, moved):
    rows = Code.objects.filter(table__code="HOLIDAY", code__startswith="2026")
    rows.update(valid_to="2025-11-01")
    cache.clear()
    moved("2025-12-01T00:10")
    assert clocks.ask_for_holidays() == 1


# --- The reserve ----------------------------------------------------------------------------------------------------


def test_the_next_of_the_approved_reserve_moves_up_when_one_says_no(match, others, regional_officer_miit, researcher):
    released = release_match(by=regional_officer_miit, match=match)
    assert approve_reserve(by=regional_officer_miit, need=match.need, matches=[others[1], others[0]]) == 2
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="capacity")
    first = Match.objects.get(pk=others[1].pk)
    assert (first.state, first.reviewer) == (MatchState.RELEASED, regional_officer_miit)
    assert {side.answer for side in first.sides.all()} == {""}
    entry = Entry.objects.get(verb="match.moved_up", object_id=first.uuid)
    assert entry.actor_id is None
    assert told("match_moved_up") == ["regional_officer_miit"]
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert [one.match_id for one in Reserve.objects.waiting()] == [others[0].pk]


def test_silence_moves_the_reserve_up_once_though_two_look(match, others, regional_officer_miit):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others)
    released.sides.update(due_at=timezone.now() - timedelta(minutes=1))
    assert (clocks.lapse_overdue(), clocks.lapse_overdue()) == (1, 0)
    assert Match.objects.filter(need=match.need, state=MatchState.RELEASED).get() == others[0]
    assert Entry.objects.filter(verb="match.moved_up").count() == 1


def test_a_target_that_leaves_its_pool_lets_the_next_up_and_a_need_nobody(match, others, regional_officer_miit):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others)
    type(released.achievement).objects.filter(pk=released.achievement_id).update(state="withdrawn")
    assert clocks.close_matches_of(noun="achievement", key=released.achievement_id) == 1
    assert Match.objects.get(pk=others[0].pk).state == MatchState.RELEASED
    type(match.need).objects.filter(pk=match.need_id).update(state="withdrawn")
    clocks.close_matches_of(noun="need", key=match.need_id)
    assert not Match.objects.filter(need=match.need, state=MatchState.RELEASED).exists()


def test_who_cannot_be_asked_now_is_passed_over_and_keeps_the_place(match, others, regional_officer_miit, researcher):
    """One has left the pool, the text of one was changed since the officer read it; the third moves up."""
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others)
    gone, changed, third = others
    type(gone.achievement).objects.filter(pk=gone.achievement_id).update(state="withdrawn")
    type(changed.achievement).objects.filter(pk=changed.achievement_id).update(text_version=9)
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert Match.objects.get(pk=third.pk).state == MatchState.RELEASED
    assert [one.match_id for one in Reserve.objects.waiting()] == [gone.pk, changed.pk]


def test_without_a_reserve_nothing_moves(match, others, regional_officer_miit, researcher):
    released = release_match(by=regional_officer_miit, match=match)
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert set(Match.objects.filter(pk__in=[one.pk for one in others]).values_list("state", flat=True)) == {"proposed"}


def test_a_reserve_is_of_the_officer_and_of_proposals_of_the_need(
    match, others, regional_officer_miit, other_regional_officer_miit, enterprise_lead, enterprise, settings
):
    for person in (other_regional_officer_miit, enterprise_lead):
        with pytest.raises(NotAllowed):
            approve_reserve(by=person, need=match.need, matches=others[:1])
    foreign = MatchFactory(need=make_need(enterprise, enterprise_lead, title="另一件事"))
    drop_match(by=regional_officer_miit, match=others[2], reason="price")
    for wrong in ([foreign], [others[0], others[2]]):
        with pytest.raises(ReserveRefused):
            approve_reserve(by=regional_officer_miit, need=match.need, matches=wrong)
    settings.RESERVE_PLACES = 1
    with pytest.raises(ReserveRefused):
        approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:2])
    approve_reserve(by=regional_officer_miit, need=match.need, matches=[others[0]])
    assert approve_reserve(by=regional_officer_miit, need=match.need, matches=[]) == 0
    assert not Reserve.objects.exists()


def test_texts_that_a_run_has_read_since_are_not_those_that_the_officer_read(
    match, others, regional_officer_miit, researcher
):
    """A run writes the present versions into what is proposed; the approval keeps its own."""
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    achievement = others[0].achievement
    type(achievement).objects.filter(pk=achievement.pk).update(text_version=2)
    Match.objects.filter(pk=others[0].pk).update(target_text_version=2)
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert told("reserve_waits") == ["regional_officer_miit"]


def test_an_approval_ends_with_whatever_moves_the_match_and_comes_back_with_nothing(
    match, others, regional_officer_miit, researcher
):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    drop_match(by=regional_officer_miit, match=others[0], reason="price")
    restore_match(by=regional_officer_miit, match=others[0])
    assert not Reserve.objects.waiting().exists()
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1]) == 1


def test_while_another_match_of_the_need_is_in_talks_nobody_moves_up(
    match, others, regional_officer_miit, researcher, enterprise_lead
):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    talks = release_match(by=regional_officer_miit, match=others[1])
    for person in (enterprise_lead, others[1].achievement.body.created_by):
        talks = answer_match(by=person, match=talks, answer=Answer.INTERESTED)
    assert talks.state == MatchState.CONTACT_OPENED
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert told("reserve_waits") == []


def test_what_waits_in_the_reserve_does_not_age_out(match, others, regional_officer_miit):
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    Match.objects.update(state_since=timezone.now() - timedelta(days=91))
    clocks.age_out()
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert Match.objects.get(pk=others[1].pk).state == MatchState.AGED_OUT


def test_the_history_of_a_reserve_says_who_came_in_and_who_went_out(match, others, regional_officer_miit):
    first, second = others[:2]
    approve_reserve(by=regional_officer_miit, need=match.need, matches=[first, second])
    approve_reserve(by=regional_officer_miit, need=match.need, matches=[first])
    acts = Entry.objects.filter(verb__in=["match.put_in_reserve", "match.taken_from_reserve"]).order_by("pk")
    assert [(one.verb, one.object_id) for one in acts] == [
        ("match.put_in_reserve", first.uuid), ("match.put_in_reserve", second.uuid),
        ("match.taken_from_reserve", second.uuid),
    ]  # fmt: skip


def test_the_sides_do_not_read_that_they_were_second_choice(
    login, match, others, regional_officer_miit, researcher, university_officer, enterprise_lead
):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    url = others[0].get_absolute_url()
    assert "后备" in login(regional_officer_miit).get(url).content.decode()
    for side in (university_officer, enterprise_lead):
        page = login(side).get(url).content.decode()
        assert "后备" not in page
        assert "推送匹配" in page


# --- The budget of attention ----------------------------------------------------------------------------------------


def test_a_team_is_asked_about_so_many_matches_at_a_time_over_all_its_records(
    unit, enterprise, enterprise_lead, researcher, regional_officer_miit, settings
):
    settings.OPEN_REQUESTS = 2
    matches = [MatchFactory(need=make_need(enterprise, enterprise_lead, title=f"难题{n}"), achievement=one)
               for n, one in enumerate(unit(3, body__created_by=researcher))]  # fmt: skip
    for match in matches[:2]:
        release_match(by=regional_officer_miit, match=match)
    assert open_requests(researcher.pk).count() == 2
    with pytest.raises(AttentionSpent) as refused:
        release_match(by=regional_officer_miit, match=matches[2])
    assert "2" in str(refused.value.message)
    answer_match(by=researcher, match=matches[0], answer=Answer.INTERESTED)
    assert release_match(by=regional_officer_miit, match=matches[2]).state == MatchState.RELEASED


def test_the_reserve_passes_over_a_team_that_has_enough(
    match, others, unit, enterprise, enterprise_lead, regional_officer_miit, researcher, settings
):
    released = release_match(by=regional_officer_miit, match=match)
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:2])
    busy = others[0].achievement.body.created_by
    settings.OPEN_REQUESTS = 1
    need = make_need(enterprise, enterprise_lead, title="另一件事")
    release_match(
        by=regional_officer_miit, match=MatchFactory(need=need, achievement=unit(1, body__created_by=busy)[0])
    )
    answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")
    assert Match.objects.get(pk=others[0].pk).state == MatchState.PROPOSED
    assert Match.objects.get(pk=others[1].pk).state == MatchState.RELEASED


# --- Handed to a colleague ------------------------------------------------------------------------------------------


def test_a_request_handed_on_is_answered_by_the_colleague_by_the_same_day(
    match, regional_officer_miit, university_officer, university, researcher
):
    released = release_match(by=regional_officer_miit, match=match)
    due = released.sides.get(side=Side.PROVIDER).due_at
    colleague = member(university, "researcher", username="colleague", full_name="同事")
    assert colleague in colleagues(released, university_officer)
    assert not Match.objects.visible_to(colleague).filter(pk=match.pk).exists()
    hand_on(by=university_officer, match=released, to=colleague)
    assert released.sides.get(side=Side.PROVIDER).due_at == due
    assert told("match_handed_on") == ["colleague"]
    assert Match.objects.visible_to(colleague).filter(pk=match.pk).exists()
    colleague = type(colleague).objects.get(pk=colleague.pk)
    assert answer_match(by=colleague, match=released, answer=Answer.INTERESTED).state == MatchState.RELEASED
    with pytest.raises(StaleState):
        hand_on(by=university_officer, match=released, to=researcher)


def test_only_the_side_that_was_asked_hands_on_and_only_to_its_own(
    match, regional_officer_miit, enterprise_lead, university_officer, other_university_officer, stranger, researcher
):
    released = release_match(by=regional_officer_miit, match=match)
    for by in (enterprise_lead, regional_officer_miit, other_university_officer, stranger):
        with pytest.raises(NotAllowed):
            hand_on(by=by, match=released, to=researcher)
    for to in (enterprise_lead, other_university_officer, stranger, university_officer, UserFactory()):
        with pytest.raises(NotAllowed):
            hand_on(by=university_officer, match=released, to=to)


def test_whoever_leaves_the_unit_reads_what_was_handed_to_him_no_longer(
    match, regional_officer_miit, university_officer, university
):
    released = release_match(by=regional_officer_miit, match=match)
    colleague = member(university, "researcher", username="colleague", full_name="同事")
    hand_on(by=university_officer, match=released, to=colleague)
    colleague.memberships.update(ended_at=timezone.now())
    gone = type(colleague).objects.get(pk=colleague.pk)
    assert not Match.objects.visible_to(gone).exists()
    assert not Match.objects.for_provider_of(gone).exists()
