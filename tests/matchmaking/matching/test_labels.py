"""Grades of matches and disputed lines: who may, what is kept, what the engine is given of it."""

import pytest

from matchmaking.accounts.enums import Role
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import Dispute, Match, MatchGrade
from matchmaking.matching.services import labels
from matchmaking.matching.services.labels import AlreadyDecided, NotAllowed, UnknownLine
from matchmaking.matching.services.review import release_match
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(match, regional_officer_miit):
    return release_match(by=regional_officer_miit, match=match)


def test_a_person_has_one_grade_a_match_and_may_change_it(match, regional_officer_miit):
    for grade in (2, 4, 4):
        labels.grade(by=regional_officer_miit, match=match, grade=grade)
    kept = MatchGrade.objects.get()
    assert (kept.grade, kept.graded_as, kept.need_text_version) == (4, "officer", match.need.text_version)
    assert Entry.objects.filter(verb="match.graded", object_id=match.uuid).count() == 2


@pytest.mark.parametrize("grade", [0, 5])
def test_a_grade_is_one_of_four(match, regional_officer_miit, grade):
    with pytest.raises(ValueError, match="Strength"):
        labels.grade(by=regional_officer_miit, match=match, grade=grade)


@pytest.mark.parametrize("who", ["enterprise_lead", "researcher", "university_officer"])
def test_the_sides_have_a_say_from_the_release_on(match, regional_officer_miit, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        labels.grade(by=person, match=match, grade=3)
    with pytest.raises(NotAllowed):
        labels.dispute(by=person, match=match, signal="text", fault="not_true")
    release_match(by=regional_officer_miit, match=match)
    labels.grade(by=person, match=match, grade=3)
    labels.dispute(by=person, match=match, signal="text", fault="not_true")
    side = "enterprise" if who == "enterprise_lead" else "provider"
    assert (MatchGrade.objects.get().graded_as, Dispute.objects.get().disputed_as) == (side, side)


@pytest.mark.parametrize("who", ["other_enterprise_lead", "other_regional_officer_miit", "park_admin", "broker",
                                 "national_officer", "stranger"])  # fmt: skip
def test_nobody_else_has_a_say(released, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        labels.grade(by=person, match=released, grade=3)
    with pytest.raises(NotAllowed):
        labels.dispute(by=person, match=released, signal="text", fault="not_true")
    assert not MatchGrade.objects.exists()
    assert not Dispute.objects.exists()


def test_the_engine_learns_from_the_weighted_median(
    released, regional_officer_miit, enterprise_lead, researcher, university_officer
):
    pair = (released.need.public_no, released.achievement.public_no, "achievement")
    labels.grade(by=enterprise_lead, match=released, grade=4)
    assert labels.graded_pairs() == [(*pair, 4)]
    labels.grade(by=researcher, match=released, grade=2)
    assert labels.graded_pairs() == [(*pair, 2)]  # of two in the middle the lower one
    labels.grade(by=university_officer, match=released, grade=4)
    assert labels.graded_pairs() == [(*pair, 4)]
    labels.grade(by=researcher, match=released, grade=4)
    MatchGrade.objects.filter(by=university_officer).delete()
    labels.grade(by=regional_officer_miit, match=released, grade=1)
    assert labels.graded_pairs() == [(*pair, 1)]  # 1 1 4 4: an officer's counts twice
    assert labels.count_graded() == 1


def test_who_alone_has_graded_a_pair_is_named(
    released, regional_officer_miit, enterprise, enterprise_lead, university, researcher, university_officer
):
    pair = (released.need.public_no, released.achievement.public_no, "achievement")
    assert labels.graded_by_one() == {}
    labels.grade(by=researcher, match=released, grade=4)
    labels.grade(by=university_officer, match=released, grade=4)
    assert labels.graded_by_one() == {pair: university.pk}
    labels.grade(by=enterprise_lead, match=released, grade=4)
    assert labels.graded_by_one() == {}
    MatchGrade.objects.exclude(by=enterprise_lead).delete()
    assert labels.graded_by_one() == {pair: enterprise.pk}
    labels.grade(by=regional_officer_miit, match=released, grade=1)
    assert labels.graded_by_one() == {}
    MatchGrade.objects.filter(by=enterprise_lead).delete()
    assert labels.graded_by_one() == {}


def test_a_grade_of_another_wording_is_not_learned_from(released, regional_officer_miit):
    labels.grade(by=regional_officer_miit, match=released, grade=3)
    MatchGrade.objects.update(graded_as="provider")
    type(released.need).objects.filter(pk=released.need_id).update(text_version=released.need.text_version + 1)
    assert labels.graded_pairs() == []
    assert labels.count_graded() == 0
    assert labels.graded_by_one() == {}


def test_a_dispute_keeps_the_line_and_is_replaced_until_the_officer_looks(
    released, regional_officer_miit, enterprise_lead
):
    labels.dispute(by=enterprise_lead, match=released, signal="text", fault="other", note="词义不同")
    found = labels.dispute(by=enterprise_lead, match=released, signal="text", fault="too_much")
    assert Dispute.objects.count() == 1
    assert (found.fault, found.note, found.reason, found.organisation) == (
        "too_much", "", released.reasons[0], enterprise_lead.organisations_with("need.edit")[0]
    )  # fmt: skip
    labels.decide_dispute(by=regional_officer_miit, dispute=found, state="noted")
    with pytest.raises(AlreadyDecided):
        labels.dispute(by=enterprise_lead, match=released, signal="text", fault="not_true")
    assert Entry.objects.filter(verb="match.dispute_noted", object_id=released.uuid).count() == 1


def test_a_person_of_two_universities_speaks_for_the_one_that_answers(
    released, university, other_university, university_officer
):
    MembershipFactory(user=university_officer, organisation=other_university, role=Role.UNIVERSITY_OFFICER)
    assert len(university_officer.organisations_with("match.answer_provider")) == 2
    for answering in (university, other_university):
        type(released.achievement.body).objects.filter(pk=released.achievement_id).update(owner=answering)
        match = Match.objects.get(pk=released.pk)
        found = labels.dispute(by=university_officer, match=match, signal="text", fault="not_true")
        assert found.organisation == answering


def test_only_lines_of_the_match_can_be_disputed(released, enterprise_lead):
    with pytest.raises(UnknownLine):
        labels.dispute(by=enterprise_lead, match=released, signal="budget", fault="not_true")
    with pytest.raises(ValueError, match="say what is wrong"):
        labels.dispute(by=enterprise_lead, match=released, signal="text", fault="other")


def test_only_the_officer_of_the_region_decides_a_dispute(
    released, regional_officer_miit, other_regional_officer_miit, enterprise_lead
):
    found = labels.dispute(by=enterprise_lead, match=released, signal="text", fault="not_true")
    for person in (other_regional_officer_miit, enterprise_lead):
        with pytest.raises(NotAllowed):
            labels.decide_dispute(by=person, dispute=found, state="accepted")
    stale = Dispute.objects.get(pk=found.pk)
    labels.decide_dispute(by=regional_officer_miit, dispute=found, state="accepted")
    with pytest.raises(StaleState):
        labels.decide_dispute(by=regional_officer_miit, dispute=stale, state="accepted")
    with pytest.raises(IllegalMove):
        labels.decide_dispute(by=regional_officer_miit, dispute=found, state="open")


def test_nobody_decides_on_a_line_that_he_disputes_himself(released, regional_officer_miit, secretary):
    found = labels.dispute(by=regional_officer_miit, match=released, signal="text", fault="not_true")
    with pytest.raises(NotAllowed):
        labels.decide_dispute(by=regional_officer_miit, dispute=found, state="accepted")
    assert Dispute.objects.get().decided_by is None
    labels.decide_dispute(by=secretary, dispute=found, state="accepted")
    assert Dispute.objects.get().decided_by == secretary


def test_a_dispute_is_read_by_its_side_and_the_officer_only(
    released, regional_officer_miit, enterprise_lead, researcher, other_enterprise_lead, other_regional_officer_miit
):
    labels.dispute(by=enterprise_lead, match=released, signal="text", fault="not_true", note="保密")
    readers = [regional_officer_miit, enterprise_lead]
    others = [researcher, other_enterprise_lead, other_regional_officer_miit]
    assert [Dispute.objects.visible_to(one).count() for one in (*readers, *others)] == [1, 1, 0, 0, 0]
    Match.objects.filter(pk=released.pk).update(state=MatchState.CONTACT_OPENED, contact_opened_at=released.created_at)
    assert Dispute.objects.visible_to(researcher).count() == 0
