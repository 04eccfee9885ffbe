"""Every kind of job may die anywhere and run again, with everything real: the outcome stays that of one run."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.enums import AchievementState
from catalog.models import Achievement, DuplicatePair
from experts.enums import ExpertState
from experts.models import Expert, ExpertPair
from matchmaking.activity.models import Entry
from matchmaking.activity.services import record as record_act
from matchmaking.common.pool_registry import find_pool
from matchmaking.finding.models import SavedSearch, SavedSearchHit
from matchmaking.finding.services import save_search
from matchmaking.intake import reminders
from matchmaking.intake.models import ImportBatch, ImportRow, ReviewTask
from matchmaking.intake.services import submitting
from matchmaking.intake.services.imports import commit_batch, start_import
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.undoing import undo_batch
from matchmaking.jobs import registry
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import Candidate, Match, MatchRun, RankingModel, RunShard, StatisticsVersion
from matchmaking.matching.services import learning, planning
from matchmaking.matching.services.digest import state_digest
from matchmaking.matching.services.review import release_match
from matchmaking.matching.services.runs import start_run
from matchmaking.notifications.models import Notification, OutboxMail
from needs.models import NeedPair, TechNeed
from needs.services import withdraw_need
from needs.talent.enums import PostState
from needs.talent.models import TalentPost
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.jobs import assert_repeatable, run_until_interrupted
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post
from tests.needs.test_importing import row as need_row
from tests.rowkinds import Uploads
from tests.workbooks import achievements

pytestmark = pytest.mark.django_db
COMPARED_AT_ONCE = "matchmaking.intake.duplicates.searching.COMPARED_AT_ONCE"
# Proven beside their services.
ELSEWHERE = {
    "anchor_history", "ask_to_confirm_roles", "drop_old_drafts", "invite_enterprises", "move_clocks",
    "prune_jobs", "seal_history",
    "send_mail", "turn_mandates", "verify_history",
}  # fmt: skip
ELSEWHERE |= {"carry_out_retention", "erase_person", "late_corrections", "late_removals", "personal_export",
              "withdraw_proposals"}  # fmt: skip


def outcome():
    """What people can see of it: states, matches, imported rows, mails, and how often each thing was told."""
    return {
        "states": state_digest(),
        "achievements": Achievement.objects.count(),
        "rows": sorted(ImportRow.objects.values_list("row_no", "group")),
        "batches": list(ImportBatch.objects.values_list("state", "counts")),
        "candidates": Candidate.objects.filter(run__scope__in=[RunScope.ALL, RunScope.REGION]).count(),
        "history": Counter(Entry.objects.values_list("verb", "object_no", "to_state")),
        "tasks": ReviewTask.objects.open().count(),
        "mails": OutboxMail.objects.count(),
        "pairs": [
            list(model.objects.order_by("pk").values_list("first", "second", "state", "score"))
            for model in (DuplicatePair, NeedPair, ExpertPair)
        ],
        "told": Notification.objects.count(),
        "learned": list(RankingModel.objects.values_list("state", "verdict", "pairs")),
        "fitted": StatisticsVersion.objects.count(),
    }


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


@pytest.fixture
def pair(need, university, researcher):
    return need, AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)


@pytest.fixture
def batch(university, university_officer):
    upload = SimpleUploadedFile("成果.xlsx", achievements(5)[0])
    return start_import(
        by=university_officer, kind="achievement", owner=university, programme=programme(), upload=upload
    )


def job_of(kind):
    return Job.objects.get(kind=kind)


def match_record(request):
    need, _achievement = request.getfixturevalue("pair")
    return enqueue(kind="match_record", args={"noun": "need", "id": need.pk})


def match_run(request):
    request.getfixturevalue("pair")
    secretary = request.getfixturevalue("secretary")
    return start_run(by=secretary, scope=RunScope.ALL).job


def match_pool(request):
    """The helper of a run that has just chosen its statistics."""
    request.getfixturevalue("pair")
    patch = request.getfixturevalue("monkeypatch")
    patch.setattr(planning, "AHEAD", "achievement")
    patch.setattr(planning, "AHEAD_FROM", 1)
    own = start_run(by=request.getfixturevalue("secretary"), scope=RunScope.ALL).job
    assert run_until_interrupted(own, patch, chunk=2)
    Job.objects.filter(pk=own.pk).update(run_after=timezone.now() + timedelta(hours=1))
    return job_of("match_pool")


def match_shards(request):
    """The helper of a run whose own worker died in its first block."""
    need, _achievement = request.getfixturevalue("pair")
    make_need(need.body.owner, request.getfixturevalue("enterprise_lead"), title="锻造叶片裂纹的在线检测")
    patch = request.getfixturevalue("monkeypatch")
    patch.setattr(planning, "SHARD", 1)
    own = start_run(by=request.getfixturevalue("secretary"), scope=RunScope.ALL).job
    assert run_until_interrupted(own, patch, chunk=5)
    return job_of("match_shards")


def _released(request):
    need, achievement = request.getfixturevalue("pair")
    match = MatchFactory(need=need, achievement=achievement)
    release_match(by=request.getfixturevalue("secretary"), match=match)
    return match


def close_matches(request):
    match = _released(request)
    withdraw_need(by=request.getfixturevalue("enterprise_lead"), need=match.need, reason="项目取消")
    return job_of("close_matches")


def overdue_answers(request):
    _released(request).sides.update(due_at=timezone.now() - timedelta(days=1))
    return enqueue(kind="overdue_answers", args={})


def prune_runs(request):
    request.getfixturevalue("pair")
    for _round in range(2):
        start_run(by=None, scope=RunScope.ALL)
    run_due_jobs()
    request.getfixturevalue("settings").MATCH_RUNS_KEPT = 1
    return enqueue(kind="prune_runs", args={})


def tell_fitting_needs(request):
    need, achievement = request.getfixturevalue("pair")
    request.getfixturevalue("university_officer")
    TechNeed.objects.filter(pk=need.pk).update(published_at=timezone.now() - timedelta(days=1))
    run = MatchRun.objects.create(scope=RunScope.ALL, finished_at=timezone.now())
    Candidate.objects.create(run=run, need=need, achievement=achievement, rank=1, score=0.7, above_floor=True)
    write_down(run)
    return enqueue(kind="tell_fitting_needs", args={})


def fit_statistics(request):
    request.getfixturevalue("pair")
    StatisticsVersion.objects.create(digest="old", engine_version="old", payload=b"x", documents=1)
    return enqueue(kind="fit_statistics", args={})


def learn_ranking(request):
    """As many grades as teach probabilities, of one need whose every pair but one is weak."""
    fit_statistics(request)
    run_due_jobs()
    need, achievement = request.getfixturevalue("pair")
    others = AchievementFactory.create_batch(3, state="accepted", body__owner=achievement.body.owner)
    grades = [
        (need.public_no, one.public_no, "achievement", 4 if one == achievement else 1) for one in [achievement, *others]
    ]
    patch = request.getfixturevalue("monkeypatch")
    patch.setattr(learning, "graded_pairs", lambda: grades)
    patch.setattr("matchmaking.matching.lessons.least_pairs", lambda: len(grades))
    return enqueue(kind="learn_ranking", args={})


def mark_stale_achievements(request):
    _need, achievement = request.getfixturevalue("pair")
    long_ago = timezone.now() - timedelta(days=1000)
    Achievement.objects.filter(pk=achievement.pk).update(state_since=long_ago, confirmed_at=long_ago)
    return enqueue(kind="mark_stale_achievements", args={})


def remind_to_confirm(request):
    _need, achievement = request.getfixturevalue("pair")
    Achievement.objects.filter(pk=achievement.pk).update(confirmed_at=timezone.now() - timedelta(days=340))
    return enqueue(kind="remind_to_confirm", args={})


def find_duplicates(request):
    _need, achievement = request.getfixturevalue("pair")
    Achievement.objects.filter(pk=achievement.pk).update(title="高温合金叶片缺陷在线检测技术")
    AchievementFactory(state="accepted", title="高温合金叶片缺陷在线检测技术")
    request.getfixturevalue("monkeypatch").setattr(COMPARED_AT_ONCE, 1)
    return enqueue(kind="find_duplicates", args={})


def find_same_needs(request):
    request.getfixturevalue("need")
    other, lead = request.getfixturevalue("other_enterprise"), request.getfixturevalue("other_enterprise_lead")
    make_need(other, lead)
    request.getfixturevalue("monkeypatch").setattr(COMPARED_AT_ONCE, 1)
    return enqueue(kind="find_same_needs", args={})


def find_same_experts(request):
    for name in ("university", "other_university"):
        make_expert(request.getfixturevalue(name), request.getfixturevalue(f"{name}_officer"))
    request.getfixturevalue("monkeypatch").setattr(COMPARED_AT_ONCE, 1)
    return enqueue(kind="find_same_experts", args={})


def expire_needs(request):
    enterprise, lead = request.getfixturevalue("enterprise"), request.getfixturevalue("enterprise_lead")
    make_need(enterprise, lead, open_until=timezone.localdate() - timedelta(days=1))
    return enqueue(kind="expire_needs", args={})


def expire_experts(request):
    university, officer = request.getfixturevalue("university"), request.getfixturevalue("university_officer")
    today = timezone.localdate()
    make_expert(university, officer, term_from=today - timedelta(days=9), term_to=today - timedelta(days=1))
    return enqueue(kind="expire_experts", args={})


def expire_talent_posts(request):
    enterprise, lead = request.getfixturevalue("enterprise"), request.getfixturevalue("enterprise_lead")
    make_post(enterprise, lead, open_until=timezone.localdate() - timedelta(days=1))
    return enqueue(kind="expire_talent_posts", args={})


def tell_saved_searches(request):
    _need, achievement = request.getfixturevalue("pair")
    for user in (request.getfixturevalue("secretary"), request.getfixturevalue("researcher")):
        search = save_search(by=user, pool=find_pool("achievement"), query="", name="成果", frequency="daily")
        SavedSearch.objects.filter(pk=search.pk).update(checked_at=timezone.now() - timedelta(days=1))
    record_act(by=None, verb="achievement.accepted", about=achievement, kind="achievement")
    return enqueue(kind="tell_saved_searches", args={})


def check_import(request):
    request.getfixturevalue("batch")
    return job_of("check_import")


def commit_import(request):
    batch = request.getfixturevalue("batch")
    run_due_jobs()
    batch.refresh_from_db()
    commit_batch(by=request.getfixturevalue("university_officer"), batch=batch, version=batch.version)
    return job_of("commit_import")


def undo_import(request):
    commit_import(request)
    run_due_jobs()
    batch = ImportBatch.objects.get()
    undo_batch(by=request.getfixturevalue("university_officer"), batch=batch, version=batch.version)
    return job_of("undo_import")


def submit_drafts(request):
    enterprise, lead = request.getfixturevalue("enterprise"), request.getfixturevalue("enterprise_lead")
    request.getfixturevalue("regional_officer_miit")
    request.getfixturevalue("park_admin")
    uploads = Uploads("need", enterprise, lead)
    batch = uploads.commit(uploads.send([need_row(number) for number in range(1, 6)]))
    request.getfixturevalue("monkeypatch").setattr(submitting, "A_PIECE", 2)
    return submitting.submit_all(by=lead, batch=batch, said={"declared": True})


def watch_review_tasks(request):
    university = request.getfixturevalue("university")
    for name in ("regional_officer_edu", "secretary"):
        request.getfixturevalue(name)
    for _n in range(3):  # one without a task, one that is due, one that is overdue
        complete(AchievementFactory(state="submitted", body__owner=university))
    due, overdue = Achievement.objects.select_related("body__owner", "region", "programme").order_by("pk")[1:]
    today = timezone.localdate()
    for record, day in ((due, today), (overdue, today - timedelta(days=1))):
        task = follow(record=record, kind="achievement", step="region", owner=university)
        ReviewTask.objects.filter(pk=task.pk).update(due_on=day, escalates_on=day + timedelta(days=1))
    return enqueue(kind="watch_review_tasks", args={})


def send_review_digest(request):
    request.getfixturevalue("regional_officer_edu")
    complete(AchievementFactory(state="submitted", body__owner=request.getfixturevalue("university")))
    request.getfixturevalue("monkeypatch").setattr(reminders, "TUESDAY", timezone.localdate().weekday())
    return enqueue(kind="send_review_digest", args={})


CASES = {
    made.__name__: made
    for made in (
        check_import,
        close_matches,
        commit_import,
        expire_experts,
        expire_needs,
        expire_talent_posts,
        find_duplicates,
        find_same_experts,
        find_same_needs,
        fit_statistics,
        learn_ranking,
        mark_stale_achievements,
        match_pool,
        match_record,
        match_run,
        match_shards,
        overdue_answers,
        prune_runs,
        remind_to_confirm,
        tell_fitting_needs,
        tell_saved_searches,
        send_review_digest,
        submit_drafts,
        undo_import,
        watch_review_tasks,
    )
}


def test_no_kind_is_forgotten():
    assert set(registry.kinds()) == set(CASES) | ELSEWHERE


@pytest.mark.parametrize("kind", sorted(CASES))
def test_it_may_run_again(kind, request, monkeypatch):
    assert_repeatable(kind, lambda: CASES[kind](request), outcome, monkeypatch)


@pytest.mark.parametrize(
    ("kind", "did"),
    [
        ("check_import", ImportRow.objects.exists),
        ("close_matches", lambda: Match.objects.filter(state="closed_by_source").exists()),
        ("commit_import", lambda: Achievement.objects.count() == 5),
        ("send_review_digest", lambda: Notification.objects.filter(kind="review_digest").count() == 1),
        (
            "watch_review_tasks",
            lambda: {"review_due", "review_overdue"} <= set(Notification.objects.values_list("kind", flat=True)),
        ),
        ("expire_experts", lambda: Expert.objects.filter(state=ExpertState.EXPIRED).exists()),
        ("expire_needs", lambda: Entry.objects.filter(verb__contains="expire").exists()),
        ("expire_talent_posts", lambda: TalentPost.objects.filter(state=PostState.EXPIRED).exists()),
        ("find_duplicates", DuplicatePair.objects.exists),
        ("find_same_experts", ExpertPair.objects.exists),
        ("find_same_needs", NeedPair.objects.exists),
        ("fit_statistics", lambda: StatisticsVersion.objects.exclude(digest="old").count() == 1),
        ("learn_ranking", lambda: RankingModel.objects.filter(state="live").count() == 1),
        ("mark_stale_achievements", lambda: Achievement.objects.filter(state=AchievementState.STALE).exists()),
        ("match_record", Match.objects.exists),
        ("match_pool", lambda: "whole" in Job.objects.get(kind="match_pool").result),
        ("match_shards", lambda: RunShard.objects.filter(done_at__isnull=False).count() == 2),
        ("match_run", lambda: Match.objects.exists() and MatchRun.objects.get().finished_at),
        ("overdue_answers", lambda: Match.objects.filter(state="no_answer").exists()),
        ("prune_runs", lambda: Candidate.objects.values("run").distinct().count() == 1),
        ("remind_to_confirm", lambda: Notification.objects.filter(kind="achievements_due").count() == 1),
        ("tell_fitting_needs", lambda: Notification.objects.filter(kind="fitting_needs").count() == 2),
        ("tell_saved_searches", lambda: SavedSearchHit.objects.filter(is_news=True).count() == 2),
        (
            "submit_drafts",
            lambda: (
                list(Notification.objects.filter(kind__startswith="need_to_check").values_list("kind", "params"))
                == [("need_to_check_many", {"count": 5})]
            ),
        ),
        ("undo_import", lambda: not Achievement.objects.exists()),
    ],
)
def test_the_cases_do_something(kind, did, request):
    CASES[kind](request)
    run_due_jobs()
    assert did()
