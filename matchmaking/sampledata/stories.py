"""Lets the platform's own services decide some matches, so that every state has examples with a true history."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalog.models import Achievement
from catalog.services import withdraw_achievement
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.matching.closed import closed_pair
from matchmaking.matching.enums import Answer, DeclineReason, MatchState, RunScope
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.services.answers import advance_match, answer_match
from matchmaking.matching.services.clocks import age_out, close_matches_of, lapse_overdue
from matchmaking.matching.services.people import enterprise_people, provider_people, reviewers
from matchmaking.matching.services.review import drop_match, release_match
from matchmaking.matching.services.runs import start_run
from matchmaking.sampledata.organisations import World
from needs.models import TechNeed


def run_engine() -> None:
    """Match everything once, in this process."""
    start_run(by=None, scope=RunScope.ALL)
    run_due_jobs()


def tell_stories(world: World, pairs: list[tuple[TechNeed, Achievement]], *, each: int = 3) -> None:
    """Move proposed matches into every state, planted pairs first, by the people who would do it."""
    planted = {(need.pk, achievement.pk) for need, achievement in pairs}
    proposed = Match.objects.filter(state=MatchState.PROPOSED, need__is_load=False).select_related(
        "need__body__owner", "need__region", "achievement__body", "expert__body"
    )
    queue = sorted(proposed, key=lambda match: (
        (match.need_id, match.achievement_id) not in planted, match.need.public_no, match.target_kind, match.pk
    ))  # fmt: skip
    plots: list[Callable[[Match, User], None]] = [
        _released, _enterprise_waits, _provider_waits, _declined, _later, _contact, _meeting, _negotiation, _signed,
        _failed, _dropped, _no_answer,
    ]  # fmt: skip
    for plot in plots:
        for _ in range(each):
            match = next(one for one in queue if _both_sides(one))
            queue.remove(match)
            plot(match, reviewers(match)[0])
    lapse_overdue()
    _age_out(queue[-each:])
    _leave_the_pool([match for match in queue[:-each] if match.achievement_id][-each:])


def _age_out(matches: list[Match]) -> None:
    """Matches nobody has looked at for too long."""
    long_ago = timezone.now() - timedelta(days=settings.PROPOSAL_DAYS + 1)
    Match.objects.filter(pk__in=[match.pk for match in matches]).update(state_since=long_ago)
    age_out()


def _leave_the_pool(matches: list[Match]) -> None:
    """Achievements that their unit withdraws while a match is proposed."""
    for match in matches:
        achievement = match.achievement
        if achievement is None or not Achievement.objects.matched().filter(pk=achievement.pk).exists():
            continue
        officer = next(user for user in provider_people(match) if user.can("achievement.unit_review"))
        withdraw_achievement(
            by=officer, achievement=achievement, version=achievement.version, reason="成果已由其他单位整体受让。"
        )
        close_matches_of(noun="achievement", key=achievement.pk)


def _both_sides(match: Match) -> bool:
    people = enterprise_people(match) and provider_people(match) and reviewers(match)
    return bool(people) and closed_pair(match) is None


def _released(match: Match, officer: User) -> None:
    release_match(by=officer, match=match)


def _say(match: Match, side: str, answer: str, **more: object) -> None:
    people = enterprise_people(match) if side == "enterprise" else provider_people(match)
    answer_match(by=people[0], match=match, answer=answer, **more)  # type: ignore[arg-type]


def _provider_waits(match: Match, officer: User) -> None:
    _released(match, officer)
    _say(match, "enterprise", Answer.INTERESTED)


def _enterprise_waits(match: Match, officer: User) -> None:
    _released(match, officer)
    _say(match, "provider", Answer.INTERESTED)


def _declined(match: Match, officer: User) -> None:
    _released(match, officer)
    _say(match, "enterprise", Answer.NO, reason=DeclineReason.MATURITY, note="需要已通过中试的方案。")


def _later(match: Match, officer: User) -> None:
    _released(match, officer)
    _say(match, "provider", Answer.LATER, ask_again_on=timezone.localdate() + timedelta(days=20))


def _contact(match: Match, officer: User) -> None:
    _provider_waits(match, officer)
    _say(match, "provider", Answer.INTERESTED)
    match.refresh_from_db()


def _meeting(match: Match, officer: User) -> None:
    _contact(match, officer)
    advance_match(by=enterprise_people(match)[0], match=match, target=MatchState.MEETING)


def _negotiation(match: Match, officer: User) -> None:
    _meeting(match, officer)
    advance_match(by=enterprise_people(match)[0], match=match, target=MatchState.NEGOTIATION)


def _signed(match: Match, officer: User) -> None:
    _negotiation(match, officer)
    advance_match(by=enterprise_people(match)[0], match=match, target=MatchState.SIGNED)


def _failed(match: Match, officer: User) -> None:
    _meeting(match, officer)
    advance_match(by=enterprise_people(match)[0], match=match, target=MatchState.FAILED, note="样品测试未达到指标。")


def _dropped(match: Match, officer: User) -> None:
    drop_match(by=officer, match=match, reason=DeclineReason.NOT_REAL, note="应用对象不同。")


def _no_answer(match: Match, officer: User) -> None:
    _released(match, officer)
    MatchSide.objects.filter(match=match).update(due_at=timezone.now() - timedelta(days=1))


def age(rng: random.Random) -> None:
    """Spread the dates of the stories over the last weeks, so that a board shows how long things take."""
    for match in Match.objects.exclude(state=MatchState.PROPOSED).order_by("need__public_no", "pk"):
        days = timedelta(days=rng.randrange(1, 25), hours=rng.randrange(10))
        opened = match.contact_opened_at and match.contact_opened_at - days - timedelta(days=6)
        Match.objects.filter(pk=match.pk).update(
            state_since=match.state_since - days,
            released_at=match.released_at and match.released_at - days - timedelta(days=9),
            contact_opened_at=opened,
        )


def name_personas(world: World) -> None:
    """Give the people of the sign-in page speaking user names: for every role the one with most to look at."""
    busy = Counter(
        person.pk
        for match in Match.objects.filter(state=MatchState.RELEASED).select_related(
            "need__body", "achievement__body", "expert__body", "need__region"
        )
        for person in (*enterprise_people(match), *provider_people(match), *reviewers(match))
    )
    home = world.busiest_region()
    for (organisation, role), user in sorted(world.people.items(), key=lambda item: -busy[item[1].pk]):
        kind = world.kinds[organisation]
        name = f"demo.{kind.removeprefix('dept_')}" if role == Role.REGIONAL_OFFICER else f"demo.{role}"
        at_home = role != Role.REGIONAL_OFFICER or world.places[organisation] == home
        if at_home and name not in world.personas:
            world.personas[name] = user.pk
            User.objects.filter(pk=user.pk).update(username=name)
