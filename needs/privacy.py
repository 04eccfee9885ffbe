"""What the demand lists hold of a person: contact data that name him, and mentors of posts."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.contacts import forget_contact, names_person
from matchmaking.accounts.privacy.rooms import Held, Room, register_room
from needs.models import NeedBody
from needs.talent.models import TalentPostBody

PIECE = 500


def _bodies(user: User) -> list[tuple[str, str, Any]]:
    """(kind, name of the record on the body, rows) where the contact of a person may stand."""
    mine = Q(created_by=user) | Q(owner__in=user.memberships.values("organisation"))
    found = []
    for kind, name, model in (("need", "need", NeedBody), ("talent", "post", TalentPostBody)):
        rows = model.objects.filter(mine, contact__isnull=False)  # type: ignore[attr-defined]
        found.append((kind, name, rows.select_related(name, "owner").order_by("pk")))
    return found


def held(user: User) -> Iterator[Held]:
    for kind, name, rows in _bodies(user):
        for body in rows.iterator(PIECE):
            if names_person(body.contact, user):
                record = getattr(body, name)
                yield Held(
                    title=record.title, data={"contact": body.contact}, source=gettext("the owner of the record"),
                    since=record.created_at, kind=kind, object_id=record.uuid, object_no=record.public_no,
                    url=record.get_absolute_url(), owner=body.owner,
                )  # fmt: skip


def erase(user: User) -> None:
    for _kind, _name, rows in _bodies(user):
        forget_contact(rows, user)


def register() -> None:
    register_room(
        Room("needs", _("Needs and posts"), _("so that the other side can reach you after both have said yes"),
             _("contract (PIPL art. 13 no. 2)"), "contacts", held, erase=erase)
    )  # fmt: skip
