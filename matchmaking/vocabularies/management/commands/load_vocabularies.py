"""Load the code tables and regions from their data files. May be run at any time, as often as one likes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matchmaking.vocabularies.services import BadVocabularyFile, load_vocabularies


class Command(BaseCommand):
    help = "Load code tables and regions from their data files; nothing is deleted, missing codes are retired."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = load_vocabularies()
        except BadVocabularyFile as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] > 1:
            for code, count in report.counts.items():
                self.stdout.write(
                    f"{code}: {count.created} new, {count.changed} changed, {count.retired} retired, "
                    f"{count.unchanged} unchanged"
                )
        if options["verbosity"]:
            total = report.total
            self.stdout.write(
                f"{len(report.counts)} tables: {total.created} codes new, {total.changed} changed, "
                f"{total.retired} retired, {total.unchanged} unchanged."
            )
            if report.without_file:
                self.stdout.write(f"Kept as they are, without a data file: {', '.join(report.without_file)}.")
