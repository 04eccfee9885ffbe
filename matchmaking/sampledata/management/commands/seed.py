"""Fill an empty instance with fictional data: `seed --scale S --seed N`, the same for the same two numbers."""

import random
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.models import Organisation
from matchmaking.intake import reviewed
from matchmaking.intake.services.tasks import catch_up
from matchmaking.programmes.models import Programme
from matchmaking.sampledata import pools, stories, talent, teams, texts
from matchmaking.sampledata.organisations import World, build_organisations
from needs.models import TechNeed


class Command(BaseCommand):
    help = "Fill an empty instance with fictional data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="1: about 400 achievements, 260 needs, 120 experts")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same data")
        parser.add_argument("--no-matching", action="store_true", help="fill the pools only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("Sample data is only for an embedded instance (./portal up).")
        if Organisation.objects.filter(is_sample=True).exists():
            raise CommandError("This instance already holds sample data.")
        scale = options["scale"]
        if scale < 1:
            raise CommandError("--scale must be 1 or more.")
        started = time.monotonic()
        world = World(rng=random.Random(options["seed"]))
        with transaction.atomic():
            achievements, needs, experts = self._fill(world, scale)
        if not options["no_matching"]:
            self._say("matching everything once")
            stories.run_engine()
            self._say("letting people answer")
            stories.tell_stories(world, _planted(needs, achievements))
            stories.age(world.rng)
        stories.name_personas(world)
        self._say("talent posts and teams")
        programmes = list(Programme.objects.order_by("code"))
        with transaction.atomic():
            talent.fill_posts(world, programmes, needs)
            teams.fill_teams(world, programmes, experts)
            self._open_tasks(world)
        self._say(f"done in {time.monotonic() - started:.1f} s")

    def _open_tasks(self, world: World) -> None:
        """What waits has waited for up to two weeks: some of it is overdue, most is not."""
        now = timezone.now()
        for how in reviewed.kinds():
            while catch_up(kind=how.kind, since=lambda: now - timedelta(days=world.rng.randrange(16))):
                pass

    def _fill(self, world: World, scale: int) -> tuple[dict[str, Achievement], dict[str, TechNeed], dict[str, Expert]]:
        self._say("organisations and people")
        industries = sorted({record["industry"] for record in texts.written("needs")})
        build_organisations(world, scale=scale, industries=industries)
        programmes = list(Programme.objects.order_by("code"))
        self._say("achievements")
        achievements = pools.fill_achievements(world, programmes, scale=scale)
        self._say("needs")
        needs = pools.fill_needs(world, programmes, scale=scale)
        self._say("experts")
        experts = pools.fill_experts(world, programmes, scale=scale)
        return achievements, needs, experts

    def _say(self, text: str) -> None:
        self.stdout.write(f"sample data: {text}")


def _planted(needs: dict[str, TechNeed], achievements: dict[str, Achievement]) -> list[tuple[TechNeed, Achievement]]:
    return [
        (needs[pair["need"]], achievements[pair["achievement"]])
        for pair in texts.written("pairs")
        if "achievement" in pair and pair["grade"] >= 3
    ]
