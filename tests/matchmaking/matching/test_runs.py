"""Runs of the engine: candidates, proposals kept across runs, a remembered no, repeatability, at-once matching."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Achievement
from matchmaking.engine.policy import Policy
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run, run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.matching import snapshot
from matchmaking.matching.enums import Answer, MatchState, RunScope
from matchmaking.matching.models import Candidate, Match, MatchRun
from matchmaking.matching.services import planning, runs
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.digest import state_digest
from matchmaking.matching.services.review import drop_match, release_match
from matchmaking.notifications.models import Notification
from needs.models import NeedInvitation, TechNeed
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low_floor(monkeypatch):
    """Words are common in a corpus of six texts; the floor is set for a real pool."""
    policy = replace(Policy(), floor=0.12, expert_floor=0.12, least_wording=0.0, least_probability=0.0)
    monkeypatch.setattr(snapshot, "default_policy", lambda: policy)


@pytest.fixture
def pool(university, researcher):
    """Five achievements of which two speak of the need's trouble."""
    texts = [
        ("锻造叶片裂纹在线涡流检测技术", "锻后叶片表面裂纹的在线检测，检出率高，单片检测时间短。"),
        ("高温合金叶片表面缺陷红外检测", "对叶片表面裂纹作快速热成像检测，穿透氧化皮。"),
        ("水稻抗倒伏育种方法", "利用分子标记选育抗倒伏水稻品系。"),
        ("污泥厌氧消化产沼气工艺", "提高市政污泥厌氧消化的产气率。"),
        ("古籍数字化修复软件", "对古籍扫描件进行去污和字形补全。"),
    ]
    return [
        AchievementFactory(
            state="accepted", title=title, summary=summary, key_points=summary, problem_solved=summary,
            keywords=[title[:4], title[4:8], title[-4:]], application_text="",
            body__owner=university, body__created_by=researcher,
        )
        for title, summary in texts
    ]  # fmt: skip


@pytest.fixture
def need(pool, enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


def run_all():
    started = runs.start_run(by=None, scope=RunScope.ALL)
    run(started.job_id)
    started.refresh_from_db()
    return started


def test_a_run_stores_candidates_in_order_and_proposes_the_best(need, pool):
    finished = run_all()
    rows = list(Candidate.objects.filter(run=finished, need=need).order_by("rank"))
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    assert {rows[0].achievement, rows[1].achievement} == {pool[0], pool[1]}
    assert rows[0].reasons[0]["signal"] == "text"
    assert rows[0].reasons[0]["need_quotes"]
    total = sum(reason["contribution"] for reason in rows[0].reasons)
    assert total == pytest.approx(rows[0].score, abs=1e-6)
    proposed = Match.objects.filter(need=need)
    assert 1 <= proposed.count() <= 3
    assert all(match.state == MatchState.PROPOSED and match.candidate.run == finished for match in proposed)
    assert finished.finished_at
    assert finished.counts["needs"] == 1


def test_only_candidates_above_the_floor_are_proposed(need, settings):
    settings.MATCHES_PER_NEED = {"achievement": 20, "expert": 20}
    finished = run_all()
    below = Candidate.objects.filter(run=finished, above_floor=False)
    proposed = set(Match.objects.values_list("achievement", flat=True))
    assert proposed == set(finished.candidates.filter(above_floor=True).values_list("achievement", flat=True))
    assert not proposed & set(below.values_list("achievement", flat=True))


@pytest.mark.parametrize("closed", ["need", "answers"])
def test_no_pair_is_proposed_of_which_a_side_cannot_read_the_other_s_text(need, pool, closed, university):
    if closed == "need":
        TechNeed.objects.filter(pk=need.pk).update(visibility="invited")
    else:
        Achievement.objects.update(visibility="invited")
    above = set(run_all().candidates.filter(above_floor=True).values_list("achievement", flat=True))
    assert {pool[0].pk, pool[1].pk} <= above
    assert not Match.objects.exists()
    if closed == "need":
        NeedInvitation.objects.create(need=need, organisation=university)
    else:
        Achievement.objects.filter(pk=pool[1].pk).update(visibility="public")
    run_all()
    proposed = set(Match.objects.filter(state=MatchState.PROPOSED).values_list("achievement", flat=True))
    assert pool[1].pk in proposed
    assert (pool[0].pk in proposed) == (closed == "need")


def test_the_same_input_gives_the_same_rows(need):
    first, second = run_all(), run_all()
    columns = ("need", "achievement", "rank", "score", "above_floor", "reasons")
    order = ("need", "rank")
    assert list(first.candidates.order_by(*order).values_list(*columns)) == list(
        second.candidates.order_by(*order).values_list(*columns)
    )
    assert (first.input_digest, first.statistics_id) == (second.input_digest, second.statistics_id)
    assert first.counts["proposed"] >= 1
    assert second.counts["proposed"] == 0


def test_chunks_of_any_size_give_the_same_rows(need, enterprise, enterprise_lead, monkeypatch):
    for number in range(4):
        make_need(enterprise, enterprise_lead, title=f"叶片裂纹检测{number}")
    whole = run_all()
    monkeypatch.setattr(planning, "SHARD", 2)
    parts = run_all()
    columns = ("need", "achievement", "rank", "score")
    assert list(whole.candidates.order_by("need", "rank").values_list(*columns)) == list(
        parts.candidates.order_by("need", "rank").values_list(*columns)
    )


def test_decisions_survive_the_next_run_and_a_no_is_remembered(need, secretary, enterprise_lead, researcher):
    run_all()
    best, *others = Match.objects.filter(need=need).order_by("-score")
    release_match(by=secretary, match=best)
    answer_match(by=enterprise_lead, match=best, answer=Answer.NO, reason="price")
    for other in others:
        drop_match(by=secretary, match=other, reason="not_real")
    decided = {match.pk: match.state for match in Match.objects.all()}
    again = run_all()
    assert {match.pk: match.state for match in Match.objects.filter(pk__in=decided)} == decided
    assert not Candidate.objects.filter(run=again, achievement=best.achievement, need=need).exists()


def test_a_refused_pair_comes_back_when_a_text_changed(need, secretary):
    run_all()
    best = Match.objects.filter(need=need).order_by("-score").first()
    drop_match(by=secretary, match=best, reason="not_real")
    type(need).objects.filter(pk=need.pk).update(text_version=need.text_version + 1)
    counts = run_all().counts
    best.refresh_from_db()
    assert best.state == MatchState.PROPOSED
    assert counts["revived"] == 1
    assert best.drop_reason == ""


def test_live_matches_and_proposals_never_exceed_the_setting(need, settings):
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 0}
    run_all()
    run_all()
    assert Match.objects.filter(need=need).count() == 1


def test_publishing_matches_at_once(need, pool):
    enqueue(kind="match_record", args={"noun": "need", "id": need.pk}, dedupe_key="one")
    run_due_jobs()
    assert MatchRun.objects.get(scope=RunScope.NEED).counts["needs"] == 1
    assert Match.objects.filter(need=need).exists()


def test_the_first_fit_gives_signs_of_life(need, monkeypatch):
    """It takes minutes in a large pool: in one transaction the job would be taken for dead, every record of the day."""
    said = []
    enqueue(kind="match_record", args={"noun": "need", "id": need.pk}, dedupe_key="one")
    monkeypatch.setattr("matchmaking.jobs.context.JobContext.keep_alive", lambda job: said.append("alive"))
    run_due_jobs()
    assert "alive" in said
    assert Match.objects.filter(need=need).exists()


def test_a_pool_is_read_in_slices_without_a_difference(need, enterprise, enterprise_lead, university,
                                                       university_officer, monkeypatch):  # fmt: skip
    make_need(enterprise, enterprise_lead, title="叶片抛光")
    for number in range(3):
        make_expert(university, university_officer, name=f"专家{number}", directions="涡流检测；叶片")
    whole = snapshot.fit_model()
    for size in (1, 2):
        monkeypatch.setattr(snapshot, "SLICE", size)
        again = snapshot.fit_model()
        assert (again.digest, again.statistics.total) == (whole.digest, whole.statistics.total)


def test_a_new_achievement_is_held_against_all_needs(need, university, researcher):
    Match.objects.all().delete()
    fresh = AchievementFactory(
        state="accepted", title="叶片裂纹超声在线检测", summary="锻后叶片裂纹检出率高于98%。",
        body__owner=university, body__created_by=researcher,
    )  # fmt: skip
    enqueue(kind="match_record", args={"noun": "achievement", "id": fresh.pk}, dedupe_key="two")
    run_due_jobs()
    assert list(Match.objects.values_list("need", "achievement")) == [(need.pk, fresh.pk)]


def test_a_record_that_has_left_the_pool_is_passed_over(need):
    type(need).objects.filter(pk=need.pk).update(state="withdrawn")
    job = enqueue(kind="match_record", args={"noun": "need", "id": need.pk}, dedupe_key="three")
    run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"skipped": True})
    assert not MatchRun.objects.exists()


def test_running_a_job_twice_changes_nothing(need, secretary):
    started = runs.start_run(by=secretary, scope=RunScope.ALL)
    run(started.job_id)
    digest = state_digest()
    Job.objects.filter(pk=started.job_id).update(state="queued", attempts=0, cursor=None)
    Candidate.objects.filter(run=started).delete()
    run(started.job_id)
    assert state_digest() == digest
    assert Notification.objects.filter(kind="run_finished").count() == 1


def test_scopes_narrow_the_needs(need, other_enterprise, other_enterprise_lead):
    elsewhere = make_need(other_enterprise, other_enterprise_lead)
    by_region = runs.start_run(by=None, scope=RunScope.REGION, region=elsewhere.region)
    by_need = runs.start_run(by=None, scope=RunScope.NEED, need=need)
    assert list(runs.needs_in_scope(by_region)) == [elsewhere]
    assert list(runs.needs_in_scope(by_need)) == [need]


def test_only_officers_start_and_cancel(need, enterprise_lead, secretary):
    with pytest.raises(runs.NotAllowed):
        runs.start_run(by=enterprise_lead, scope=RunScope.ALL)
    started = runs.start_run(by=secretary, scope=RunScope.ALL)
    with pytest.raises(runs.NotAllowed):
        runs.cancel_run(by=enterprise_lead, run=started)
    runs.cancel_run(by=secretary, run=started)
    started.job.refresh_from_db()
    assert started.job.state == "cancelled"


def test_old_candidates_are_pruned_and_matches_stay(need, settings):
    settings.MATCH_RUNS_KEPT = 1
    first, second = run_all(), run_all()
    older = Match.objects.order_by("pk").first()
    Match.objects.filter(pk=older.pk).update(candidate=first.candidates.order_by("pk").first())
    with CaptureQueriesContext(connection) as queries:
        assert runs.prune_runs() > 0
    assert Match.objects.get(pk=older.pk).candidate is None
    read = [query["sql"] for query in queries if query["sql"].startswith("SELECT") and '"reasons"' in query["sql"]]
    assert read == []  # they may be gigabytes
    assert not first.candidates.exists()
    assert second.candidates.exists()
    assert all(match.reasons for match in Match.objects.all())


def test_a_pair_nobody_refused_comes_back_with_its_record(need):
    run_all()
    before = set(Match.objects.values_list("achievement", flat=True))
    Match.objects.update(state="closed_by_source")
    counts = run_all().counts
    assert counts["revived"] == len(before)
    assert set(Match.objects.filter(state="proposed").values_list("achievement", flat=True)) == before


def test_a_better_newcomer_takes_the_place_of_the_weakest_proposal(need, pool, university, researcher, settings):
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 0}
    run_all()
    first = Match.objects.get(state="proposed")
    better = AchievementFactory(
        state="accepted", title=need.title, summary=need.body.problem + need.body.goal, key_points=need.body.goal,
        keywords=[need.title], body__owner=university, body__created_by=researcher,
    )  # fmt: skip
    enqueue(kind="match_record", args={"noun": "achievement", "id": better.pk}, dedupe_key="better")
    run_due_jobs()
    first.refresh_from_db()
    assert first.state == MatchState.AGED_OUT
    assert Match.objects.get(state="proposed").achievement == better


def test_a_released_match_keeps_its_place(need, pool, secretary, settings, university, researcher):
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 0}
    run_all()
    release_match(by=secretary, match=Match.objects.get(state="proposed"))
    AchievementFactory(state="accepted", title=need.title, summary=need.body.problem, keywords=[need.title],
                       body__owner=university, body__created_by=researcher)  # fmt: skip
    run_all()
    assert list(Match.objects.values_list("state", flat=True)) == [MatchState.RELEASED]


def test_the_outcome_does_not_depend_on_the_order_of_arrival(need, pool, settings):
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 0}
    run_all()
    at_once = set(Match.objects.filter(state="proposed").values_list("achievement", flat=True))
    Match.objects.all().delete()
    for number, achievement in enumerate(reversed(pool)):
        enqueue(kind="match_record", args={"noun": "achievement", "id": achievement.pk}, dedupe_key=f"one{number}")
        run_due_jobs()
    assert set(Match.objects.filter(state="proposed").values_list("achievement", flat=True)) == at_once
