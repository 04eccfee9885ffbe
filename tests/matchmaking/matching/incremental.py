"""A small world that changes at random, and the proof that an incremental run finds what a full run finds."""

import random
from dataclasses import replace

from django.db.models import F
from django.utils import timezone

from catalog.models import Achievement, CompletingUnit
from experts.models import Expert
from matchmaking.engine.policy import Policy
from matchmaking.jobs.runner import run
from matchmaking.matching import snapshot
from matchmaking.matching.enums import MatchState, RunScope
from matchmaking.matching.models import Match
from matchmaking.matching.services import planning, runs
from matchmaking.matching.services.digest import candidates_digest
from matchmaking.programmes.models import Visibility
from needs.models import NeedBody, NeedInvitation, TechNeed
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.reviewing import hand_in

WORDS = (  # noqa: SIM905 (a line is read more easily)
    "叶片 裂纹 检测 热成像 氧化皮 锻造 污泥 厌氧 沼气 水稻 育种 软件 修复 合金 涂层 焊接 电池 隔膜 传感 算法 涡流 超声"
).split()
POLICY = replace(Policy(), floor=0.05, expert_floor=0.05, least_wording=0.0, least_probability=0.0, top=4)


def keep_small(monkeypatch, **sizes):
    """Lists of four, a world that may grow without being fitted anew, and the named sizes of `planning`."""
    monkeypatch.setattr(snapshot, "default_policy", lambda: POLICY)
    monkeypatch.setattr(runs, "MOST_GROWN", 99)
    for name, size in sizes.items():
        monkeypatch.setattr(planning, name, size)


class World:
    """Needs, achievements and experts whose texts are drawn from few words, so that every list is contested."""

    def __init__(self, seed, people, *, needs=6, achievements=14, experts=7):
        self.rng = random.Random(seed)
        self.enterprise, self.lead, self.university, self.officer, self.researcher = people
        for _number in range(achievements):
            self.new_achievement()
        for _number in range(experts):
            self.new_expert()
        for _number in range(needs):
            self.new_need()

    def text(self):
        return "".join(self.rng.choices(WORDS, k=self.rng.randint(3, 8)))

    def any(self, model):
        found = list(model.objects.matched().order_by("public_no"))
        return self.rng.choice(found) if found else None

    def new_achievement(self):
        AchievementFactory(state="accepted", title=self.text(), summary=self.text(), key_points=self.text(),
                           problem_solved="", keywords=[self.text()[:4]], application_text="",
                           body__owner=self.university, body__created_by=self.researcher)  # fmt: skip

    def new_expert(self):
        works = [{"title": self.text(), "kind": "paper", "year": 2024} for _n in range(self.rng.randint(1, 4))]
        make_expert(self.university, self.officer, directions=self.text(), works=works)

    def new_need(self):
        make_need(self.enterprise, self.lead, title=self.text(), goal=self.text(), problem=self.text(), tried="",
                  background="", indicators=[])  # fmt: skip

    def rewrite(self, model, **values):
        if record := self.any(model):
            raised = {"version": F("version") + 1, "text_version": F("text_version") + 1}
            model.objects.filter(pk=record.pk).update(**values, **raised)

    def rewrite_achievement(self):
        self.rewrite(Achievement, summary=self.text(), title=self.text())

    def rewrite_expert(self):
        self.rewrite(Expert, directions=self.text())

    def rewrite_need(self):
        if need := self.any(TechNeed):
            NeedBody.objects.filter(need=need).update(goal=self.text())
            raised = {"version": F("version") + 1, "text_version": F("text_version") + 1}
            TechNeed.objects.filter(pk=need.pk).update(title=self.text(), **raised)

    def leave(self, model, state):
        if record := self.any(model):
            model.objects.filter(pk=record.pk).update(state=state, version=F("version") + 1)
        return record

    def achievement_leaves(self):
        self.leave(Achievement, "withdrawn")

    def expert_leaves(self):
        self.leave(Expert, "suspended")

    def need_leaves(self):
        if need := self.leave(TechNeed, "withdrawn"):
            hand_in(need, "need", by=self.lead, owner=self.enterprise)

    def refuse(self):
        if match := Match.objects.filter(state=MatchState.PROPOSED).order_by("pk").first():
            moved = {"state": MatchState.DROPPED, "state_since": timezone.now(), "drop_reason": "not_real"}
            Match.objects.filter(pk=match.pk).update(**moved)

    def become_unit(self):
        """The enterprise itself completed an achievement, which must then not be proposed to it."""
        if record := self.any(Achievement):
            CompletingUnit.objects.get_or_create(
                achievement=record, organisation=self.enterprise, defaults={"position": 9}
            )

    def change_a_fact(self):
        if need := self.any(TechNeed):
            TechNeed.objects.filter(pk=need.pk).update(target_trl=self.rng.randint(1, 9))

    def close(self, model):
        """Show a record to invited ones only, or to everybody again."""
        if record := self.any(model):
            shown = Visibility.PUBLIC if record.visibility == Visibility.INVITED else Visibility.INVITED
            model.objects.filter(pk=record.pk).update(visibility=shown, version=F("version") + 1)

    def close_need(self):
        self.close(TechNeed)

    def close_achievement(self):
        self.close(Achievement)

    def invite(self):
        closed = TechNeed.objects.matched().filter(visibility=Visibility.INVITED).order_by("public_no")
        if closed:
            NeedInvitation.objects.get_or_create(need=self.rng.choice(closed), organisation=self.university)

    def change(self, how_many, *, closing=False):
        acts = [self.new_achievement, self.new_expert, self.new_need, self.rewrite_achievement, self.rewrite_expert,
                self.rewrite_need, self.achievement_leaves, self.expert_leaves, self.need_leaves, self.refuse,
                self.become_unit, self.change_a_fact]  # fmt: skip
        acts += [self.close_need, self.close_achievement, self.invite] if closing else []
        done = self.rng.choices(acts, k=how_many)
        for act in done:
            act()
        return [act.__name__ for act in done]


def run_all(**how):
    started = runs.start_run(by=None, scope=RunScope.ALL, **how)
    run(started.job_id, raise_errors=True)
    started.refresh_from_db()
    assert started.finished_at
    return started


def queue():
    """What the matches have come to."""
    return list(Match.objects.order_by("pk").values_list("need", "achievement", "expert", "state", "score"))


def assert_equal_after(world, how_many):
    """Change some records; the incremental run finds bit for bit what a full run under the same statistics finds, and
    proposes the same."""
    acts = world.change(how_many, closing=True)
    short = run_all(incremental=True)
    proposed = queue()
    full = run_all()
    assert queue() == proposed, acts
    assert short.statistics_id == full.statistics_id
    assert candidates_digest(short) == candidates_digest(full), acts
    return short, acts
