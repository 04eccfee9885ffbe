"""What the catalogue holds of a person: achievements he completed or entered, and contact data that name him."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement, AchievementBody, Completer
from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.contacts import forget_contact, names_person
from matchmaking.accounts.privacy.rooms import Held, Room, register_room

PIECE = 500


def _bodies(user: User):
    """Where the contact of a person may stand: records he entered, and those of his organisations."""
    own = user.memberships.values("organisation")
    rows = AchievementBody.objects.filter(Q(created_by=user) | Q(owner__in=own))
    return rows.filter(contact__isnull=False).select_related("achievement", "owner").order_by("pk")


def held(user: User) -> Iterator[Held]:
    parts = Completer.objects.filter(user=user).select_related("achievement__body__owner").order_by("pk")
    for part in parts:
        yield _line(part.achievement, part.achievement.body, {"completer": part.name, "place": part.position})
    for body in _bodies(user).iterator(PIECE):
        if names_person(body.contact, user):
            yield _line(body.achievement, body, {"contact": body.contact})


def _line(achievement: Achievement, body: AchievementBody, data: dict) -> Held:
    return Held(
        title=achievement.title, data=data, source=gettext("the owner of the record"), since=achievement.created_at,
        kind="achievement", object_id=achievement.uuid, object_no=achievement.public_no,
        url=achievement.get_absolute_url(), owner=body.owner,
    )  # fmt: skip


def erase(user: User) -> None:
    """Contact data go; names of those who completed an achievement stay, as a fact about it."""
    forget_contact(_bodies(user), user)


def register() -> None:
    register_room(
        Room("achievements", _("Achievements"), _("to say who completed it and whom to ask"),
             _("contract and statutory duty of the owner (PIPL art. 13 no. 2 and 3)"), "records", held, erase=erase,
             stays=_("your name as one who completed an achievement: a fact about the achievement"))
    )  # fmt: skip
