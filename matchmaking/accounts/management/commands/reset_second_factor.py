"""`manage reset_second_factor NAME`: take a lost second factor away from a person who has proved who he is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from matchmaking.accounts.selectors import find_account
from matchmaking.accounts.sign_in.second_factor import reset_second_factor


class Command(BaseCommand):
    help = "Take the second factor of a person away; where the role needs one, the next sign-in asks for a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name or address")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        user = find_account(name)
        if user is None:
            raise CommandError(f"There is no account {name!r}.")
        if not reset_second_factor(user=user):
            raise CommandError(f"{user.username} has no second factor.")
        self.stdout.write(f"The second factor of {user.username} is gone, and all sessions have ended.")
