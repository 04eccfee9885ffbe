"""`manage confirm_roles NAME`: confirm the roles of a person whom nobody else on the portal could confirm."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from matchmaking.accounts.selectors import find_account
from matchmaking.accounts.yearly.services import confirm_roles


class Command(BaseCommand):
    help = "Confirm all open roles of a person for a year: administrators of the system, or the last secretary."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name or address")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        user = find_account(name)
        if user is None:
            raise CommandError(f"There is no account {name!r}.")
        open_roles = user.memberships.filter(ended_at=None).select_related("organisation")
        self.stdout.write(f"{confirm_roles(by=None, memberships=open_roles)} roles of {user.username} are confirmed.")
