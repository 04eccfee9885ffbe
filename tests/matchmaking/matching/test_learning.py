"""Weights learned from the platform's grades: kept, taken up, put away."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from matchmaking.activity.models import Entry
from matchmaking.common.workflow import IllegalMove
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.matching import snapshot
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import Exposure, MatchRun, RankingModel, StatisticsVersion
from matchmaking.matching.services import fitting, learning
from matchmaking.matching.services.runs import start_run
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


def learned(name="a", **values):
    """What learning might find: the hub weighs a little less."""
    policy = snapshot.policy_from({"hub": 0.25})
    return {
        "policy": policy.as_dict(), "verdict": "better", "outcomes": [], "moved": {"hub": [0.5, 0.25]},
        "engine_version": policy.version, "input_digest": name, "pairs": 1200, "needs": 60,
    } | values  # fmt: skip


@pytest.fixture
def graded(enterprise, enterprise_lead, university, researcher, university_officer, monkeypatch):
    """Five needs with eight achievements and four experts that were graded."""
    needs = [
        make_need(enterprise, enterprise_lead, title=f"{word}裂纹的检测")
        for word in ("叶片", "轴承", "焊缝", "管道", "模具")
    ]
    offers = [
        AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher, title=title)
        for title in (
            "叶片裂纹涡流检测",
            "轴承裂纹检测",
            "焊缝检测仪",
            "管道检测",
            "模具修复",
            "水稻育种",
            "土壤改良",
            "果树栽培",
        )
    ]
    experts = [make_expert(university, university_officer, name=name) for name in ("甲", "乙", "丙", "丁")]
    pairs = [
        (need.public_no, target.public_no, kind, 1 + (place + other) % 4)
        for kind, targets in (("achievement", offers), ("expert", experts))
        for (place, need), (other, target) in product(enumerate(needs), enumerate(targets))
    ]
    monkeypatch.setattr(learning, "graded_pairs", lambda: pairs)
    monkeypatch.setattr("matchmaking.matching.lessons.least_pairs", lambda: 40)
    return pairs


def pairs_of(count, prefix="N"):
    return [(f"{prefix}{number}", "T", "achievement", 1 + number % 4) for number in range(count)]


def shares(kept, speakers):
    found = Counter(speakers[pair[:3]] for pair in kept if pair[:3] in speakers)
    return {speaker: number / len(kept) for speaker, number in found.items()}


def test_no_organisation_teaches_alone_what_fits():
    free, loud, other = pairs_of(80), pairs_of(900, "L"), pairs_of(15, "O")
    speakers = {pair[:3]: 1 for pair in loud} | {pair[:3]: 2 for pair in other}
    pairs = sorted([*free, *loud, *other])
    kept = learning.bounded(pairs, speakers)
    assert set(free + other) < set(kept)
    assert kept == sorted(kept)
    theirs = [pair for pair in kept if pair in loud]
    assert theirs != sorted(loud)[: len(theirs)]  # not those that come first
    assert 0.19 < shares(kept, speakers)[1] <= learning.ONE_SHARE
    more = learning.bounded(sorted([*pairs, *pairs_of(40, "M")]), speakers)
    assert set(kept) < set(more)  # what was drawn stays drawn
    assert learning.bounded(pairs, {}) == pairs


def test_a_few_organisations_that_speak_alike_often_are_all_heard():
    speakers = {(f"S{of}-{number}", "T", "achievement"): of for of in range(5) for number in range(30)}
    pairs = [(*pair, 4) for pair in speakers]
    assert learning.bounded(pairs, speakers) == pairs
    fewer = {pair: of for pair, of in speakers.items() if of < 4}
    assert learning.bounded([(*pair, 4) for pair in fewer], fewer) == []


def test_what_one_organisation_alone_has_graded_teaches_nothing(graded, monkeypatch):
    all_of_one = {pair[:3]: 7 for pair in graded}
    monkeypatch.setattr(learning, "graded_by_one", lambda: all_of_one)
    night()
    assert not RankingModel.objects.exists()


def night():
    for kind in ("fit_statistics", "learn_ranking"):
        enqueue(kind=kind, args={})
        run_due_jobs()


def test_a_night_learns_from_the_grades_once(graded):
    night()
    made = RankingModel.objects.get()
    assert (made.state, made.verdict, made.pairs, made.needs) == ("live", "too_few", 60, 5)
    assert snapshot.default_policy() == snapshot.policy_from(made.policy)
    assert learning.learn() is None  # the same grades under the same statistics have been learned from
    night()
    assert RankingModel.objects.count() == StatisticsVersion.objects.count() == 1
    assert Entry.objects.filter(verb="ranking.learned", object_id=made.uuid).count() == 1


def test_new_grades_are_learned_from_again(graded):
    night()
    need, target, kind, _grade = graded[0]
    graded[0] = (need, target, kind, 4)
    night()
    assert sorted(RankingModel.objects.values_list("state", flat=True)) == ["live", "retired"]


def test_too_few_grades_or_no_statistics_teach_nothing(graded, monkeypatch):
    enqueue(kind="learn_ranking", args={})
    run_due_jobs()
    assert not RankingModel.objects.exists()
    monkeypatch.setattr("matchmaking.matching.lessons.least_pairs", lambda: len(graded) + 1)
    night()
    assert not RankingModel.objects.exists()


def test_runs_rank_by_the_weights_in_use(need):
    plain = snapshot.default_policy()
    assert plain == snapshot.policy_from({})
    made = learning.keep(learned())
    assert snapshot.default_policy().hub == 0.25
    assert start_run(by=None, scope=RunScope.ALL).policy["hub"] == 0.25
    assert learning.put_away(by=None) == 1
    assert start_run(by=None, scope=RunScope.ALL).policy["hub"] == plain.hub
    made.refresh_from_db()
    assert made.state == "retired"


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


def test_newer_weights_take_the_place_and_the_old_ones_are_one_word_away():
    first, second = learning.keep(learned("a")), learning.keep(learned("b"))
    states = dict(RankingModel.objects.values_list("pk", "state"))
    assert states == {first.pk: "retired", second.pk: "live"}
    out = StringIO()
    call_command("ranking_model", "use", str(first.pk), stdout=out)
    assert dict(RankingModel.objects.values_list("pk", "state")) == {first.pk: "live", second.pk: "retired"}
    call_command("ranking_model", "unsupervised", stdout=out)
    call_command("ranking_model", "unsupervised", stdout=out)
    assert not RankingModel.objects.filter(state="live").exists()
    call_command("ranking_model", "list", stdout=out)
    assert "weights of the engine were in use already" in out.getvalue()
    assert "1200 pairs of 60 needs" in out.getvalue()
    verbs = list(Entry.objects.filter(object_kind="ranking").order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["ranking.put_away", "ranking.taken_up", "ranking.put_away"]


def test_what_was_put_away_by_hand_is_not_taken_up_by_the_night():
    learning.keep(learned("a"))
    learning.put_away(by=None)
    assert learning.keep(learned("b")).state == "candidate"
    assert not RankingModel.objects.filter(state="live").exists()


def test_weights_of_another_engine_are_not_used():
    made = learning.keep(learned())
    RankingModel.objects.update(engine_version="0")
    made.refresh_from_db()
    assert snapshot.default_policy() == snapshot.policy_from({})
    learning.put_away(by=None)
    with pytest.raises(CommandError) as refused:
        call_command("ranking_model", "use", str(made.pk))
    assert isinstance(refused.value.__cause__, learning.OfAnotherEngine)
    with pytest.raises(CommandError, match="no such weights"):
        call_command("ranking_model", "use", "0")


def test_the_database_knows_one_in_use_and_no_way_back_to_new():
    made = learning.keep(learned())
    with pytest.raises(IntegrityError, match="ranking_one_live"), transaction.atomic():
        RankingModel.objects.create(**learned("b"), state="live")
    with pytest.raises(DatabaseError, match="candidate"), transaction.atomic():
        RankingModel.objects.filter(pk=made.pk).update(state="candidate")
    with pytest.raises(IllegalMove):
        learning.move(made, "candidate", workflow=learning.RANKING)


# --- What was fitted --------------------------------------------------------------------------------------------------


def version(name, **values):
    return StatisticsVersion.objects.create(digest=name, engine_version="3", payload=b"x", documents=1, **values)


def test_old_statistics_are_let_go_of_unless_a_run_needs_them():
    unread, read, waiting, *newest = [version(name) for name in "abcde"]
    MatchRun.objects.create(scope=RunScope.ALL, statistics=read, finished_at=timezone.now())
    run = MatchRun.objects.create(scope=RunScope.ALL, statistics=waiting)
    assert fitting.prune_statistics() == {"emptied": 1, "deleted": 1}
    kept = dict(StatisticsVersion.objects.values_list("digest", "payload"))
    assert {name: bytes(payload) for name, payload in kept.items()} == {"b": b"", "c": b"x", "d": b"x", "e": b"x"}
    assert read not in StatisticsVersion.objects.readable_by("3")
    MatchRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert fitting.prune_statistics() == {"emptied": 1, "deleted": 0}
    assert unread not in StatisticsVersion.objects.all()
    assert set(newest) <= set(StatisticsVersion.objects.readable_by("3"))


def test_what_is_fitted_again_fills_the_version_that_was_emptied(need):
    fitted = snapshot.fit_model()
    kept = fitting.keep(fitted, engine_version="3")
    StatisticsVersion.objects.update(payload=b"")
    assert fitting.keep(fitted, engine_version="3") == kept
    assert bytes(StatisticsVersion.objects.get().payload) == fitted.to_bytes()


def test_what_is_fitted_again_is_the_newest_and_stays(need):
    fitted = snapshot.fit_model()
    engine = snapshot.default_policy().version
    first = fitting.keep(fitted, engine_version=engine)
    MatchRun.objects.create(scope="all", statistics=first, finished_at=timezone.now())
    for number in range(3):
        StatisticsVersion.objects.create(digest=f"{number}", engine_version=engine, payload=b"x", documents=1)
    fitting.renew(fitted)
    newest = StatisticsVersion.objects.readable_by(engine).first()
    assert (newest, bool(newest.payload)) == (first, True)


def test_empty_pools_leave_no_statistics():
    enqueue(kind="fit_statistics", args={})
    run_due_jobs()
    assert not StatisticsVersion.objects.exists()


# --- Decisions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def seen(need, university, researcher, secretary):
    """Make a match that was shown in these places of lists, in the given state."""

    def make(*places, state, reason=""):
        achievement = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
        opened = timezone.now() if state == "signed" else None
        match = MatchFactory(
            need=need, achievement=achievement, state=state, drop_reason=reason, contact_opened_at=opened,
            need_text_version=need.text_version, target_text_version=achievement.text_version,
        )  # fmt: skip
        for day, place in enumerate(places):
            shown_on = timezone.localdate() - timedelta(days=day)
            Exposure.objects.create(match=match, viewer=secretary, position=place, shown_on=shown_on)
        return need.public_no, achievement.public_no, "achievement"

    return make


def test_decisions_count_by_what_they_say_of_the_pair_and_where_it_stood(seen):
    released = seen(4, 2, state="released")
    signed = seen(1, state="signed")
    dropped = seen(3, state="dropped", reason="indicator_gap")
    seen(1, state="dropped", reason="price")
    seen(1, state="declined")
    seen(1, state="proposed")
    seen(state="released")  # nobody saw it in a list
    wanted = [(*released, 3, 2), (*signed, 4, 1), (*dropped, 1, 3)]
    assert learning.decided_pairs() == sorted(wanted)


def test_a_decision_on_other_words_is_void(seen, need):
    seen(1, state="released")
    assert len(learning.decided_pairs()) == 1
    type(need).objects.filter(pk=need.pk).update(text_version=need.text_version + 1)
    assert not learning.decided_pairs()


def test_decisions_reach_the_engine(graded, monkeypatch):
    need, target, kind, _grade = graded.pop(0)
    monkeypatch.setattr(learning, "decided_pairs", lambda: [(need, target, kind, 3, 2)])
    given = {}

    def learn_from(found, *args, **options):
        given.update({one.grades[need].get(target): one.decisions for one in found if need in one.decisions})
        return whole(found, *args, **options)

    from matchmaking.engine import learning as engine

    whole = engine.learn
    monkeypatch.setattr(engine, "learn", learn_from)
    night()
    assert given == {None: {need: {target: engine.worth(3, 2)}}}
    assert RankingModel.objects.get().pairs == len(graded)


def test_officers_read_what_was_learned_and_nobody_else(
    client, secretary, enterprise_lead, django_assert_max_num_queries
):
    client.force_login(secretary)
    assert "<table" not in client.get("/runs/learned/").text
    outcome = {
        "kind": "expert",
        "needs": 58,
        "pairs": 600,
        "before": 0.93,
        "after": 0.951,
        "low": 0.0,
        "high": 0.04,
        "chance": 0.01,
    }
    for number in range(8):
        learning.keep(learned(str(number), outcomes=[outcome]))
    with django_assert_max_num_queries(25):
        page = client.get("/runs/learned/").text
    assert "0.951" in page
    assert page.count("1200") == 8
    client.force_login(enterprise_lead)
    assert client.get("/runs/learned/").status_code == 403
