"""Contact data in records name people without an account key: they are found by the address of the account."""

from typing import Any

from django.db.models import QuerySet

from matchmaking.accounts.models import User

PIECE = 500


def names_person(contact: Any, user: User) -> bool:
    """Whether opened contact data are those of a person: they hold the address of his account."""
    address = str((contact or {}).get("email") or "").strip().lower()
    return bool(address) and address == user.email.lower()


def person_of_contact(contact: Any) -> User | None:
    """The account whose address stands in opened contact data."""
    address = str((contact or {}).get("email") or "").strip()
    return User.objects.filter(email__iexact=address).first() if address else None


def forget_contact(rows: QuerySet[Any], user: User) -> int:
    """Empty the contact data of these bodies that are the person's; return how many. The owner names somebody else."""
    found = [body.pk for body in rows.iterator(PIECE) if names_person(body.contact, user)]
    return rows.model.objects.filter(pk__in=found).update(contact=None)
