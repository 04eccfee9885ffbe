"""Print one hash over record states, matches and notifications (by public number)."""

from typing import Any

from django.core.management.base import BaseCommand

from matchmaking.matching.services.digest import state_digest


class Command(BaseCommand):
    help = "Print one hash over record states, matches and notifications (by public number)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(state_digest())
