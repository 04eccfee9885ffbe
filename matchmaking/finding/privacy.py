"""What finding holds of a person: saved searches."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, register_room
from matchmaking.finding.models import SavedSearch


def held(user: User) -> Iterator[Held]:
    for search in SavedSearch.objects.filter(user=user).order_by("-pk"):
        yield Held(title=search.name, data={"pool": search.pool, "query": search.query}, source=gettext("you"),
                   since=search.created_at, correct_url=reverse("finding:saved_search_list"))  # fmt: skip


def erase(user: User) -> None:
    SavedSearch.objects.filter(user=user).delete()


def register() -> None:
    register_rule(
        Rule("searches", _("saved searches"), _("until deleted, or the account is closed"), _("the saving"),
             _("removed"), _("PIPL art. 19 and 47: no longer than the purpose needs"))
    )  # fmt: skip
    register_room(
        Room("searches", _("Saved searches"), _("to tell you of what is new"), _("contract (PIPL art. 13 no. 2)"),
             "searches", held, erase=erase)
    )  # fmt: skip
