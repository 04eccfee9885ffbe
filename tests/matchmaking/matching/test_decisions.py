"""The officer's decision, the answers of both sides, the contact, the talks."""

import datetime as dt

import pytest
from django.utils import timezone

from matchmaking.activity.models import Entry
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching.enums import Answer, MatchState, Origin, Side
from matchmaking.matching.models import ContactReveal, Match
from matchmaking.matching.services.answers import (
    AnswerIncomplete,
    advance_match,
    answer_match,
    open_contact_data,
)
from matchmaking.matching.services.clocks import age_out, close_matches_of, lapse_overdue, remind_due
from matchmaking.matching.services.review import (
    AlreadyMatched,
    NotAllowed,
    NotInPool,
    drop_match,
    propose_match,
    release_match,
    release_matches,
    restore_match,
)
from matchmaking.notifications.models import Notification
from tests.factories.catalog import AchievementFactory

pytestmark = pytest.mark.django_db


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def test_release_starts_both_clocks_and_tells_both_sides(match, regional_officer_miit, enterprise_lead, researcher,
                                                         university_officer):  # fmt: skip
    release_match(by=regional_officer_miit, match=match)
    match.refresh_from_db()
    assert match.state == MatchState.RELEASED
    assert match.need.state == "matching"
    assert [(side.side, side.answer) for side in match.sides.order_by("side")] == [("enterprise", ""), ("provider", "")]
    assert all(side.due_at > timezone.now() + dt.timedelta(days=11) for side in match.sides.all())
    assert told("match_released") == ["enterprise_lead", "researcher", "university_officer"]
    assert Entry.objects.filter(verb="match.released", object_id=match.uuid).count() == 1


@pytest.mark.parametrize(
    "who", ["enterprise_lead", "researcher", "other_regional_officer_miit", "park_admin", "stranger"]
)
def test_only_an_officer_of_the_region_decides(match, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        release_match(by=person, match=match)
    with pytest.raises(NotAllowed):
        drop_match(by=person, match=match, reason="price")


def test_the_secretariat_decides_everywhere(match, secretary):
    release_match(by=secretary, match=match)
    assert match.state == MatchState.RELEASED


def test_two_officers_decide_at_once_and_exactly_one_wins(match, regional_officer_miit, secretary):
    seen_by_second = Match.objects.get(pk=match.pk)
    release_match(by=regional_officer_miit, match=match)
    with pytest.raises(StaleState):
        drop_match(by=secretary, match=seen_by_second, reason="price")
    match.refresh_from_db()
    assert (match.state, match.reviewer) == (MatchState.RELEASED, regional_officer_miit)


def test_releasing_many_names_those_that_moved(match, regional_officer_miit, secretary):
    stale = Match.objects.get(pk=match.pk)
    drop_match(by=secretary, match=match, reason="price")
    assert release_matches(by=regional_officer_miit, matches=[stale]) == ([], [stale], [])


def test_drop_needs_a_reason_and_can_be_restored(match, regional_officer_miit):
    drop_match(by=regional_officer_miit, match=match, reason="not_real")
    restore_match(by=regional_officer_miit, match=match)
    assert (match.state, match.drop_reason) == (MatchState.PROPOSED, "")


@pytest.fixture
def released(match, regional_officer_miit, enterprise_lead, researcher):
    return release_match(by=regional_officer_miit, match=match)


@pytest.mark.parametrize("order", [("enterprise_lead", "researcher"), ("researcher", "enterprise_lead")])
def test_contact_opens_only_after_both_said_yes_in_any_order(released, order, request):
    first, second = (request.getfixturevalue(name) for name in order)
    answer_match(by=first, match=released, answer=Answer.INTERESTED)
    for person in (first, second):
        with pytest.raises(NotAllowed):
            open_contact_data(by=person, match=Match.objects.get(pk=released.pk))
    match = answer_match(by=second, match=released, answer=Answer.INTERESTED)
    assert match.state == MatchState.CONTACT_OPENED
    shown = open_contact_data(by=first, match=match)
    assert shown["organisation"] != first.active_memberships[0].organisation
    disclosure = ContactReveal.objects.get(match=match, shown_to=first)
    assert disclosure.organisation == first.active_memberships[0].organisation


def test_a_no_ends_the_match_with_its_reason(released, enterprise_lead):
    with pytest.raises(AnswerIncomplete):
        answer_match(by=enterprise_lead, match=released, answer=Answer.NO)
    match = answer_match(by=enterprise_lead, match=released, answer=Answer.NO, reason="maturity")
    assert match.state == MatchState.DECLINED
    assert told("match_answered_no") == ["researcher"]


def test_later_needs_a_day_after_today_and_moves_the_clock(released, researcher):
    with pytest.raises(AnswerIncomplete):
        answer_match(by=researcher, match=released, answer=Answer.LATER, ask_again_on=timezone.localdate())
    day = timezone.localdate() + dt.timedelta(days=30)
    answer_match(by=researcher, match=released, answer=Answer.LATER, ask_again_on=day)
    side = released.sides.get(side="provider")
    assert (side.ask_again_on, timezone.localdate(side.due_at) > day + dt.timedelta(days=11)) == (day, True)
    with pytest.raises(AnswerIncomplete):
        answer_match(by=researcher, match=released, answer=Answer.LATER, ask_again_on=dt.date(9999, 12, 31))


def test_a_yes_cannot_be_taken_back_silently(released, researcher):
    answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    with pytest.raises(StaleState):
        answer_match(by=researcher, match=released, answer=Answer.NO, reason="price")


@pytest.mark.parametrize(
    "who", ["stranger", "other_enterprise_lead", "other_university_officer", "regional_officer_miit"]
)
def test_nobody_else_answers(released, who, request):
    with pytest.raises(NotAllowed):
        answer_match(by=request.getfixturevalue(who), match=released, answer=Answer.INTERESTED)


def test_an_unreleased_match_is_not_answered(match, enterprise_lead):
    with pytest.raises(StaleState):
        answer_match(by=enterprise_lead, match=match, answer=Answer.INTERESTED)


def test_a_side_that_proposed_has_said_yes(need, achievement, university_officer, regional_officer_miit):
    match = propose_match(by=university_officer, need=need, target=achievement, note="指标吻合")
    release_match(by=regional_officer_miit, match=match)
    assert {side.side: side.answer for side in match.sides.all()} == {"enterprise": "", "provider": "interested"}


def test_a_pair_is_proposed_once_and_only_from_the_pool(match, university_officer, secretary, university):
    propose_match(by=university_officer, need=match.need, target=match.achievement)
    for person in (university_officer, secretary):
        with pytest.raises(AlreadyMatched):
            propose_match(by=person, need=match.need, target=match.achievement)
    draft = AchievementFactory(state="draft", body__owner=university)
    with pytest.raises(NotInPool):
        propose_match(by=university_officer, need=match.need, target=draft)


def test_who_proposes_what_the_engine_has_proposed_joins_it(match, university_officer, regional_officer_miit):
    """He cannot know of it; and the officer reads of both."""
    joined = propose_match(by=university_officer, need=match.need, target=match.achievement, note="我校愿意承担")
    assert (joined.pk, joined.state, joined.origin) == (match.pk, MatchState.PROPOSED, Origin.HUMAN)
    assert (joined.proposed_by, joined.proposal_note) == (university_officer, "我校愿意承担")
    assert joined.version == match.version + 1
    released = release_match(by=regional_officer_miit, match=joined)
    assert released.sides.get(side=Side.PROVIDER).answer == Answer.INTERESTED


def test_a_refused_pair_is_proposed_by_hand_again_once_a_text_changed(match, university_officer, regional_officer_miit):
    drop_match(by=regional_officer_miit, match=match, reason="price")
    with pytest.raises(AlreadyMatched):
        propose_match(by=university_officer, need=match.need, target=match.achievement)
    match.need.text_version += 1
    again = propose_match(by=university_officer, need=match.need, target=match.achievement, note="指标已更新")
    assert (again.pk, again.state, again.origin) == (match.pk, MatchState.PROPOSED, "human")


def test_silence_ends_the_match_and_tells_the_officer(released, regional_officer_miit, enterprise_lead):
    answer_match(by=enterprise_lead, match=released, answer=Answer.INTERESTED)
    assert lapse_overdue() == 0
    released.sides.filter(side="provider").update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert lapse_overdue() == 1
    assert lapse_overdue() == 0
    assert Match.objects.get(pk=released.pk).state == MatchState.NO_ANSWER
    assert told("match_no_answer") == ["regional_officer_miit"]
    assert told("match_lapsed") == ["enterprise_lead", "researcher"]


def test_a_side_is_reminded_once(released):
    released.sides.filter(side="enterprise").update(due_at=timezone.now() + dt.timedelta(days=2))
    assert remind_due() == 1
    assert remind_due() == 0
    assert told("answer_due") == ["enterprise_lead"]


def test_a_record_that_leaves_the_pool_ends_its_matches(released, need, enterprise_lead):
    assert close_matches_of(noun="need", key=need.pk) == 0
    type(need).objects.filter(pk=need.pk).update(state="withdrawn")
    assert close_matches_of(noun="need", key=need.pk) == 1
    assert close_matches_of(noun="need", key=need.pk) == 0
    assert Match.objects.get(pk=released.pk).state == MatchState.CLOSED_BY_SOURCE


def test_what_nobody_reviews_ages_out_and_can_be_restored(match, regional_officer_miit):
    assert age_out() == 0
    Match.objects.update(state_since=timezone.now() - dt.timedelta(days=91))
    assert (age_out(), age_out()) == (1, 0)
    match.refresh_from_db()
    restore_match(by=regional_officer_miit, match=match)
    assert match.state == MatchState.PROPOSED


def test_talks_move_need_and_achievement(released, enterprise_lead, researcher):
    answer_match(by=enterprise_lead, match=released, answer=Answer.INTERESTED)
    match = answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    advance_match(by=enterprise_lead, match=match, target=MatchState.MEETING)
    match.need.refresh_from_db()
    assert match.need.state == "docking"
    advance_match(by=researcher, match=match, target=MatchState.NEGOTIATION)
    match.achievement.refresh_from_db()
    assert match.achievement.state == "under_negotiation"
    advance_match(by=enterprise_lead, match=match, target=MatchState.SIGNED)
    match.need.refresh_from_db()
    assert match.need.state == "contracted"
    with pytest.raises((IllegalMove, NotAllowed)):
        advance_match(by=enterprise_lead, match=match, target=MatchState.MEETING)


def test_failed_talks_say_why(released, enterprise_lead, researcher):
    answer_match(by=enterprise_lead, match=released, answer=Answer.INTERESTED)
    match = answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    with pytest.raises(AnswerIncomplete):
        advance_match(by=enterprise_lead, match=match, target=MatchState.FAILED)


def test_a_match_of_a_withdrawn_record_moves_no_further(
    match, need, regional_officer_miit, enterprise_lead, researcher
):
    released = release_match(by=regional_officer_miit, match=match)
    answer_match(by=enterprise_lead, match=released, answer=Answer.INTERESTED)
    type(need).objects.filter(pk=need.pk).update(state="withdrawn")  # its job has not run yet
    with pytest.raises(NotInPool):
        answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    assert Match.objects.get(pk=match.pk).state == MatchState.RELEASED


@pytest.mark.parametrize("leaving", ["need", "achievement"])
def test_nothing_is_released_or_restored_outside_the_pool(match, leaving, regional_officer_miit):
    record = getattr(match, leaving)
    type(record).objects.filter(pk=record.pk).update(state="withdrawn")
    with pytest.raises(NotInPool):
        release_match(by=regional_officer_miit, match=match)
    drop_match(by=regional_officer_miit, match=match, reason="price")
    with pytest.raises(NotInPool):
        restore_match(by=regional_officer_miit, match=match)
    assert release_matches(by=regional_officer_miit, matches=[match]) == ([], [match], [])


def test_when_the_last_talks_fail_both_records_are_open_again(released, enterprise_lead, researcher):
    answer_match(by=enterprise_lead, match=released, answer=Answer.INTERESTED)
    match = answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    advance_match(by=enterprise_lead, match=match, target=MatchState.NEGOTIATION)
    advance_match(by=enterprise_lead, match=match, target=MatchState.FAILED, note="样品未达标")
    match.need.refresh_from_db()
    match.achievement.refresh_from_db()
    assert (match.need.state, match.achievement.state) == ("published", "accepted")
