"""The assignment of a run: within every limit, locks kept, nothing excluded, nothing filled, twice the same."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from catalog.models import CompletingUnit
from experts.models import Conflict
from matchmaking.jobs.runner import run as run_job
from matchmaking.matching.enums import AssignedBecause, MatchState, Origin, RunScope, Uncovered, Variant
from matchmaking.matching.models import Assignment, AssignmentPlan, Candidate, MatchRun, NeedOutcome, TargetLoad
from matchmaking.matching.services import assigning
from matchmaking.matching.services.assigning import forget
from matchmaking.matching.services.runs import prune_runs, start_run
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
COLUMNS = ("variant", "need", "achievement", "expert", "position", "score", "because")


@pytest.fixture(autouse=True)
def one_place(settings):
    """One place and one need at most: every conflict shows."""
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 1}
    settings.LEAST_LOAD = {"achievement": 0, "expert": 0}
    settings.MOST_LOAD = {"achievement": 1, "expert": 1}
    return settings


@pytest.fixture
def needs(enterprise, enterprise_lead):
    return [make_need(enterprise, enterprise_lead, title=f"需求{number}") for number in range(3)]


@pytest.fixture
def offers(university, researcher):
    """Three achievements of two units: the first and the third are of the same one."""
    return [AchievementFactory(state="accepted", title=f"成果{number}", body__owner=university,
                               body__created_by=researcher) for number in range(3)]  # fmt: skip


@pytest.fixture
def match_run():
    return MatchRun.objects.create(scope=RunScope.ALL)


def found(run, rows, floor=0.0):
    """Candidates of a run from rows (need, target, score), ranked as a run ranks them."""
    ranks = Counter()
    for need, target, score in sorted(rows, key=lambda row: (-row[2], row[1].pk)):
        kind = "expert" if hasattr(target, "directions") else "achievement"
        ranks[need, kind] += 1
        Candidate.objects.create(run=run, need=need, rank=ranks[need, kind], score=score, above_floor=score >= floor,
                                 **{kind: target})  # fmt: skip


def assign(run):
    """Assign a run that has read everything of its scope."""
    write_down(run)
    return assigning.assign(run)


def lists(run, variant=Variant.BEST):
    """Who got whom: (need, target) pairs."""
    rows = Assignment.objects.filter(run=run, variant=variant).order_by("need", "position")
    return [(row.need, row.target) for row in rows.select_related("need", "achievement", "expert")]


def why(run, need, kind="achievement"):
    return NeedOutcome.objects.get(run=run, need=need, kind=kind).why_uncovered


def test_who_is_full_goes_where_it_counts_most(match_run, needs, offers):
    found(match_run, [(needs[0], offers[0], 0.9), (needs[0], offers[1], 0.8), (needs[1], offers[0], 0.9),
                      (needs[1], offers[1], 0.2)])  # fmt: skip
    assert assign(match_run) == {"assigned": 2, "uncovered": 1}
    assert lists(match_run) == [(needs[0], offers[1]), (needs[1], offers[0])]
    moved, kept = Assignment.objects.filter(run=match_run, variant=Variant.BEST).order_by("need")
    assert (moved.because, kept.because) == (AssignedBecause.LOAD, AssignedBecause.BEST)
    load = TargetLoad.objects.get(run=match_run, achievement=offers[0])
    assert (load.best, load.assigned, load.most) == (2, 1, 1)
    outcome = NeedOutcome.objects.get(run=match_run, need=needs[0], kind="achievement")
    assert (outcome.best, outcome.assigned) == (0.9, 0.8)
    figures = AssignmentPlan.objects.get(run=match_run).figures["achievement"]
    assert figures["best"]["total"] == pytest.approx(1.8)
    assert figures["assigned"]["total"] == pytest.approx(1.7)
    assert (figures["best"]["busiest"], figures["assigned"]["busiest"]) == (2, 1)


def test_the_uncovered_are_named_with_why_and_never_filled(match_run, needs, offers, enterprise):
    own = AchievementFactory(state="accepted")
    CompletingUnit.objects.create(achievement=own, organisation=enterprise, position=2)
    found(match_run, [(needs[0], offers[0], 0.9), (needs[1], offers[0], 0.8), (needs[2], own, 0.9)])
    Candidate.objects.create(run=match_run, need=needs[2], achievement=offers[1], rank=2, score=0.2, above_floor=False)
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[0])]
    assert (why(match_run, needs[0]), why(match_run, needs[1])) == ("", Uncovered.ALL_FULL)
    assert why(match_run, needs[2]) == Uncovered.EXCLUDED
    assert why(match_run, needs[2], "expert") == Uncovered.NO_CANDIDATE


def test_a_live_match_keeps_its_place_and_counts_as_load(match_run, needs, offers, settings):
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 0}
    settings.MOST_LOAD["achievement"] = 2
    MatchFactory(need=needs[0], achievement=offers[1], state=MatchState.RELEASED, score=0.3)
    MatchFactory(need=needs[1], achievement=offers[1], state=MatchState.PROPOSED, origin=Origin.HUMAN, score=None)
    MatchFactory(need=needs[2], achievement=offers[1], state=MatchState.PROPOSED, origin=Origin.RUN)
    found(match_run, [(needs[0], offers[0], 0.9), (needs[2], offers[1], 0.9)])
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[1]), (needs[0], offers[0]), (needs[1], offers[1])]
    held = Assignment.objects.filter(run=match_run, variant=Variant.BEST, because=AssignedBecause.HELD)
    assert list(held.order_by("need").values_list("score", flat=True)) == [0.3, None]
    assert why(match_run, needs[2]) == Uncovered.ALL_FULL
    wished = [(needs[0], offers[1]), (needs[0], offers[0]), (needs[1], offers[1]), (needs[2], offers[1])]
    assert lists(match_run, Variant.WISHED) == wished


def test_held_places_beyond_the_limits_take_everything_and_break_nothing(match_run, needs, offers, settings):
    for need in needs:
        MatchFactory(need=need, achievement=offers[0], state=MatchState.RELEASED)
    MatchFactory(need=needs[0], achievement=offers[1], state=MatchState.RELEASED)
    found(match_run, [(needs[0], offers[2], 0.9), (needs[1], offers[2], 0.9)])
    assign(match_run)
    assert len(lists(match_run)) == 4
    given = Assignment.objects.filter(variant=Variant.BEST)
    assert set(given.values_list("because", flat=True)) == {AssignedBecause.HELD}


def test_load_held_outside_the_scope_counts(needs, offers, other_enterprise, other_enterprise_lead):
    elsewhere = make_need(other_enterprise, other_enterprise_lead)
    MatchFactory(need=elsewhere, achievement=offers[0], state=MatchState.RELEASED)
    regional = MatchRun.objects.create(scope=RunScope.REGION, region=needs[0].region)
    found(regional, [(needs[0], offers[0], 0.9), (needs[0], offers[1], 0.5)])
    assign(regional)
    assert lists(regional) == [(needs[0], offers[1])]
    assert not NeedOutcome.objects.filter(run=regional, need=elsewhere).exists()


def test_a_remembered_no_is_never_assigned_until_a_text_changes(match_run, needs, offers):
    MatchFactory(need=needs[0], achievement=offers[0], state=MatchState.DECLINED)
    found(match_run, [(needs[0], offers[0], 0.9), (needs[0], offers[1], 0.5)])
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[1])]
    type(needs[0]).objects.filter(pk=needs[0].pk).update(text_version=2)
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[0])]


def test_neither_the_own_institution_nor_a_declared_conflict_is_assigned(
    match_run, needs, enterprise, enterprise_lead, university, university_officer
):
    own = make_expert(enterprise, enterprise_lead)
    avoiding = make_expert(university, university_officer)
    free = make_expert(university, university_officer, organisation=None)
    Conflict.objects.create(expert=avoiding, organisation=enterprise)
    found(match_run, [(needs[0], own, 0.9), (needs[0], avoiding, 0.8), (needs[0], free, 0.5)])
    assign(match_run)
    assert lists(match_run) == [(needs[0], free)]


def test_an_expert_says_how_many_needs_he_takes(match_run, needs, university, university_officer):
    busy = make_expert(university, university_officer)
    busy.capacity = 2
    busy.save(update_fields=["capacity"])
    found(match_run, [(need, busy, 0.9) for need in needs])
    assign(match_run)
    assert len(lists(match_run)) == 2
    assert TargetLoad.objects.get(run=match_run, expert=busy).most == 2


def test_a_need_gets_one_target_of_a_unit(match_run, needs, offers, settings, university):
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 0}
    for offer in offers[:2]:
        CompletingUnit.objects.filter(achievement=offer).delete()
        CompletingUnit.objects.create(achievement=offer, organisation=university, position=1)
    found(match_run, [(needs[0], offer, score) for offer, score in zip(offers, (0.9, 0.8, 0.5), strict=True)])
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[0]), (needs[0], offers[2])]
    assert Assignment.objects.get(achievement=offers[2], variant=Variant.BEST).because == AssignedBecause.UNIT


def test_two_experts_of_one_employer_are_two_answers(match_run, needs, settings, university, university_officer):
    settings.MATCHES_PER_NEED = {"achievement": 0, "expert": 2}
    experts = [make_expert(university, university_officer) for _number in range(2)]
    found(match_run, [(needs[0], expert, 0.9) for expert in experts])
    assign(match_run)
    assert len(lists(match_run)) == 2
    settings.ONE_PER_UNIT = ("expert",)
    assign(match_run)
    assert len(lists(match_run)) == 1


def test_a_least_load_brings_the_idle_in_but_never_below_the_floor(match_run, needs, offers, settings):
    settings.LEAST_LOAD["achievement"] = 1
    found(match_run, [(needs[0], offers[0], 0.9), (needs[0], offers[1], 0.6)], floor=0.5)
    found(match_run, [(needs[1], offers[0], 0.7), (needs[1], offers[2], 0.3)], floor=0.5)
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[1]), (needs[1], offers[0])]
    assert not Assignment.objects.filter(achievement=offers[2]).exists()
    assert lists(match_run, Variant.WISHED) == [(needs[0], offers[0]), (needs[1], offers[0])]


def test_the_fair_variant_covers_a_need_the_greatest_total_leaves_out_and_names_its_price(match_run, needs, offers):
    found(match_run, [(needs[0], offers[0], 1.0), (needs[0], offers[1], 0.35), (needs[1], offers[0], 0.3)])
    assign(match_run)
    assert lists(match_run) == [(needs[0], offers[0])]
    assert lists(match_run, Variant.FAIR) == [(needs[0], offers[1]), (needs[1], offers[0])]
    plan = AssignmentPlan.objects.get(run=match_run)
    assert plan.figures["achievement"]["fair"]["price"] == pytest.approx(0.35)
    assert (plan.figures["achievement"]["assigned"]["covered"], plan.figures["achievement"]["fair"]["covered"]) == (
        1,
        2,
    )
    balanced = Assignment.objects.get(run=match_run, variant=Variant.FAIR, need=needs[0])
    assert balanced.because == AssignedBecause.LOAD


def test_twice_is_once_and_the_order_of_the_rows_means_nothing(match_run, needs, offers):
    rows = [(need, offer, 0.5) for need in needs for offer in offers]
    found(match_run, rows)
    assert assign(match_run) == assign(match_run)
    first = sorted(Assignment.objects.filter(run=match_run).values_list(*COLUMNS), key=str)
    assert len(first) == 9
    other = MatchRun.objects.create(scope=RunScope.ALL)
    for row in random.Random(1).sample(rows, len(rows)):
        found(other, [row])
    assign(other)
    assert sorted(Assignment.objects.filter(run=other).values_list(*COLUMNS), key=str) == first


def test_the_choice_of_the_variant_survives_a_second_assignment(match_run, needs, offers):
    found(match_run, [(needs[0], offers[0], 0.9)])
    assign(match_run)
    AssignmentPlan.objects.update(variant=Variant.FAIR)
    assign(match_run)
    assert AssignmentPlan.objects.get().variant == Variant.FAIR


def test_the_run_of_a_single_record_assigns_nothing(needs, offers):
    single = MatchRun.objects.create(scope=RunScope.NEED, need=needs[0])
    found(single, [(needs[0], offers[0], 0.9)])
    assert assign(single) == {}
    assert not Assignment.objects.exists()


def test_a_forgotten_assignment_leaves_its_figures(match_run, needs, offers):
    found(match_run, [(needs[0], offers[0], 0.9)])
    assign(match_run)
    assert forget(MatchRun.objects.filter(pk=match_run.pk)) == 3
    assert not TargetLoad.objects.exists()
    assert AssignmentPlan.objects.get().figures["achievement"]["assigned"]["covered"] == 1


def test_a_run_is_assigned_when_its_last_need_has_been_compared(needs, offers):
    started = start_run(by=None, scope=RunScope.ALL)
    run_job(started.job_id)
    started.refresh_from_db()
    assert NeedOutcome.objects.filter(run=started, kind="achievement").count() == 3
    assert started.counts["assigned"] == Assignment.objects.filter(run=started, variant=Variant.BEST).count()
    assert started.counts["uncovered"] + len({need for need, _target in lists(started)}) == 3


def test_an_old_run_is_pruned_with_its_lists(match_run, needs, offers, settings):
    settings.MATCH_RUNS_KEPT = 1
    newer = MatchRun.objects.create(scope=RunScope.ALL)
    for run in (match_run, newer):
        found(run, [(needs[0], offers[0], 0.9)])
        assign(run)
    MatchRun.objects.update(finished_at=timezone.now())
    prune_runs()
    assert set(Assignment.objects.values_list("run", flat=True)) == {newer.pk}
    assert (NeedOutcome.objects.filter(run=match_run).count(), TargetLoad.objects.filter(run=match_run).count()) == (
        0,
        0,
    )
    assert AssignmentPlan.objects.count() == 2


def test_whoever_left_the_pool_meanwhile_is_not_assigned(match_run, needs, offers):
    found(match_run, [(needs[0], offers[0], 0.9), (needs[1], offers[1], 0.9)])
    type(offers[0]).objects.filter(pk=offers[0].pk).update(state="withdrawn")
    type(needs[1]).objects.filter(pk=needs[1].pk).update(state="withdrawn")
    assign(match_run)
    assert lists(match_run) == []


def test_a_need_that_the_run_has_not_read_takes_no_part(match_run, needs, offers, enterprise, enterprise_lead):
    """It was published while the run was under way: the run cannot say that nobody fits it."""
    found(match_run, [(needs[0], offers[0], 0.9)])
    write_down(match_run)
    late = make_need(enterprise, enterprise_lead, title="迟来的需求")
    assert assigning.assign(match_run) == {"assigned": 1, "uncovered": 2}
    assert not NeedOutcome.objects.filter(run=match_run, need=late).exists()


@pytest.mark.parametrize("seed", range(8))
def test_no_limit_is_ever_broken(
    seed, match_run, enterprise, enterprise_lead, other_enterprise, university, researcher, settings
):
    draw = random.Random(seed)
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 0}
    settings.MOST_LOAD["achievement"], settings.LEAST_LOAD["achievement"] = 2, draw.randint(0, 1)
    needs = [make_need(enterprise, enterprise_lead, title=f"需求{number}") for number in range(5)]
    offers = [AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
              for _number in range(5)]  # fmt: skip
    units = [university, university, other_enterprise]
    unit = {offer.pk: organisation.pk for offer, organisation in zip(offers, units, strict=False)}
    for offer, organisation in zip(offers, units, strict=False):
        CompletingUnit.objects.create(achievement=offer, organisation=organisation, position=1)
    refused = [(draw.choice(needs), draw.choice(offers))]
    MatchFactory(need=refused[0][0], achievement=refused[0][1], state=MatchState.DROPPED, drop_reason="price")
    held = [pair for pair in [(draw.choice(needs), draw.choice(offers))] if pair not in refused]
    for need, offer in held:
        MatchFactory(need=need, achievement=offer, state=MatchState.RELEASED)
    pairs = [(need, offer) for need in needs for offer in offers if draw.random() < 0.7]
    found(match_run, [(need, offer, round(draw.uniform(0.1, 1), 2)) for need, offer in pairs], floor=0.3)
    assign(match_run)
    allowed = set(Candidate.objects.filter(above_floor=True).values_list("need", "achievement"))
    allowed |= {(need.pk, offer.pk) for need, offer in held}
    for variant in Variant.assigned():
        given = [(need, offer.pk) for need, offer in lists(match_run, variant)]
        assert {(need.pk, target) for need, target in given} <= allowed - {(n.pk, o.pk) for n, o in refused}
        assert set(held) <= set(lists(match_run, variant))
        assert max(Counter(need for need, _target in given).values(), default=0) <= 2
        assert max(Counter(target for _need, target in given).values(), default=0) <= 2
        units = Counter((need.pk, unit[target]) for need, target in given if target in unit)
        assert max(units.values(), default=0) <= 1
