"""Whose data were shown, for the notice after an incident (PIPL 57): from the ledger, as CSV."""

import csv
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from matchmaking.accounts.privacy.ledger import affected

HEADINGS = ("at", "person", "name", "email", "what", "record", "shown_to", "organisation")


def moment(text: str) -> datetime:
    """A day or a day with a time, in the time zone of the portal. Raises CommandError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{text!r} is no day and no time; write 2026-11-22 or 2026-11-22T10:00.")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(BaseCommand):
    help = "List the persons whose data were shown to an account or an organisation, or on a record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reader", help="user name of the account to which it was shown")
        parser.add_argument("--organisation", help="credit code of the organisation to which it was shown")
        parser.add_argument("--record", help="number of the record")
        parser.add_argument("--since", type=moment, help="from this day or time on")
        parser.add_argument("--until", type=moment, help="until this day or time")

    def handle(self, *args: Any, **options: Any) -> None:
        if not any(options[name] for name in ("reader", "organisation", "record", "since")):
            raise CommandError("Say at least --reader, --organisation, --record or --since.")
        asked = {name: options[name] for name in ("reader", "organisation", "record", "since", "until")}
        lines = csv.writer(self.stdout)
        lines.writerow(HEADINGS)
        people = set()
        for one in affected(**asked).iterator(1_000):
            who = one.subject
            people.add(who.pk if who else (one.object_kind, one.object_id))
            lines.writerow([
                one.at.isoformat(), who.pk if who else "", who.full_name if who else "", who.email if who else "",
                one.what, one.object_no, one.shown_to.username if one.shown_to else "",
                one.organisation.name if one.organisation else "",
            ])  # fmt: skip
        self.stderr.write(f"{len(people)} persons")
