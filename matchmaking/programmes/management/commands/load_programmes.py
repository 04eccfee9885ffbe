"""Load the programmes with their reporting units and tracks. Run load_vocabularies first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from matchmaking.programmes.services import load_programmes


class Command(BaseCommand):
    help = "Load programmes, reporting units and tracks from their data file (after load_vocabularies)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = load_programmes()
        except IntegrityError as error:
            raise CommandError("A reporting unit names an unknown region; run load_vocabularies first.") from error
        if options["verbosity"]:
            self.stdout.write(f"{count.programmes} programmes, {count.units} reporting units, {count.tracks} tracks.")
