"""Say whether the history is still what was sealed."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from matchmaking.activity.verifying import verify_history


def _moment(text: str) -> datetime:
    """A day or a time, of the portal's zone unless it names another."""
    try:
        found = parse_datetime(text)
        day = parse_date(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    found = found or (datetime.combine(day, datetime.min.time()) if day else None)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no time; write 2026-11-22 or 2026-11-22T08:00")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(BaseCommand):
    help = "Compare the history with its seals and anchors. Ends with 1 and the first place that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=_moment, help="begin at the last anchor before this day or time")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify_history(since=options["since"])
        if found.finding:
            raise CommandError(str(found.finding))
        self.stdout.write(
            _("The history is whole: places %(first)s to %(last)s, %(anchors)s anchors; %(waiting)s entries wait.")
            % {"first": found.first, "last": found.last, "anchors": found.anchors, "waiting": found.waiting}
        )
