"""Asking not to be listed, confirming it by mail, and the answer of the unit or the secretariat.

Whoever asks proves nothing, so asking hides nothing: else anybody could take anybody off the list. The link in the mail
to the address of the entry is the proof; without it a person decides, by a day.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts.enums import LEAVABLE
from experts.models import Expert
from experts.removals.models import LINK_LASTS, Removal, RemovalOutcome
from experts.selectors import for_page
from experts.services.leaving import take_off
from experts.services.people import unit_people
from experts.services.refusals import NotAllowed, ReasonMissing
from experts.services.writing import KIND
from matchmaking.accounts.enums import Role
from matchmaking.accounts.invitations.models import token_hash
from matchmaking.accounts.models import User
from matchmaking.accounts.selectors import current_holders
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState
from matchmaking.notifications.services import absolute, notify, queue_mail
from matchmaking.vocabularies.workdays import workday_after

WORKDAYS = 15
MAIL_AGAIN = timedelta(days=1)


class LinkOver(Exception):
    """The link was used, is too old, or never was one."""

    message = gettext_lazy("This link was used, or is older than 14 days. Nothing was changed.")


@transaction.atomic
def ask_removal(*, by: User | None, expert: Expert, words: str = "") -> Removal:
    """Ask that an expert be no longer listed. Unit and secretariat are told; a link goes to the entry's address.

    One request is open at a time: a further one adds nothing, and the mail goes once a day at most. Nothing that is
    returned to the asker depends on it.
    """
    removal, is_new = Removal.objects.get_or_create(
        expert=expert, outcome="",
        defaults={"words": words.strip() or None, "due_on": workday_after(timezone.localdate(), WORKDAYS)},
    )  # fmt: skip
    if is_new:
        record(by=by, verb="expert.removal_asked", about=expert, kind=KIND, detail={"removal": str(removal.uuid)})
        _tell(removal, "expert_removal_asked", expert)
    _mail(removal, expert)
    return removal


def find_removal(expert: UUID, token: str) -> Removal | None:
    """The open request about an expert whose link has this token; the token is the right to see it."""
    found = Removal.objects.of_link(token_hash(token)).filter(expert__uuid=expert)
    return found.select_related("expert").first()


@transaction.atomic
def confirm_removal(*, removal: Removal, token: str) -> None:
    """The link was followed and the button pressed: the entry leaves at once. Raises LinkOver."""
    now = timezone.now()
    taken = Removal.objects.of_link(token_hash(token)).filter(pk=removal.pk)
    if taken.update(outcome=RemovalOutcome.TAKEN_OFF, closed_at=now, confirmed_at=now, link_digest="") != 1:
        raise LinkOver
    expert = for_page(Expert.objects.all()).get(pk=removal.expert_id)
    record(by=None, verb="expert.removal_confirmed", about=expert, kind=KIND, detail={"removal": str(removal.uuid)})
    _leave(None, expert)


@transaction.atomic
def answer_removal(*, by: User, removal: Removal, remove: bool, reason: str) -> None:
    """Unit or secretariat take the entry off, or say why it stays. Raises NotAllowed, ReasonMissing, StaleState."""
    if not Removal.objects.visible_to(by).filter(pk=removal.pk).exists():
        raise NotAllowed
    if not remove and not reason.strip():
        raise ReasonMissing
    outcome = RemovalOutcome.TAKEN_OFF if remove else RemovalOutcome.REFUSED
    closed = {"closed_at": timezone.now(), "answered_by": by, "reason": reason.strip()[:500], "link_digest": ""}
    if Removal.objects.open().filter(pk=removal.pk).update(outcome=outcome, **closed) != 1:
        raise StaleState(str(removal.uuid))
    expert = for_page(Expert.objects.all()).get(pk=removal.expert_id)
    record(by=by, verb=f"expert.removal_{outcome}", about=expert, kind=KIND, organisation=expert.body.owner,
           detail={"removal": str(removal.uuid)})  # fmt: skip
    if remove:
        _leave(by, expert)


@transaction.atomic
def remind_late(*, most: int = 100) -> int:
    """Tell unit and secretariat of requests whose day has passed, once each; return how many."""
    late = Removal.objects.open().filter(due_on__lt=timezone.localdate(), reminded_at=None)
    found = list(late.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:most])
    experts = for_page(Expert.objects.all()).in_bulk([one.expert_id for one in found])
    for one in found:
        _tell(one, "expert_removal_late", experts[one.expert_id])
    Removal.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=timezone.now())
    return len(found)


def _leave(by: User | None, expert: Expert) -> None:
    if expert.state in LEAVABLE:  # else it has left in the meantime
        take_off(by=by, expert=expert)


def _tell(removal: Removal, kind: str, expert: Expert) -> None:
    """By number and day alone: nothing of what was written leaves the portal."""
    people = [*unit_people(expert), *(held.user for held in current_holders(Role.SECRETARY))]
    notify(
        recipients=people, kind=kind, params={"expert": expert.public_no, "day": removal.due_on.isoformat()},
        url=reverse("experts:removal_detail", args=[removal.uuid]), dedupe_key=f"{kind}:{removal.uuid}",
    )  # fmt: skip


def _mail(removal: Removal, expert: Expert) -> None:
    """A new link to the address of the entry, unless it has none or got one within a day."""
    contact: dict[str, str] = expert.body.contact or {}  # type: ignore[assignment]
    now = timezone.now()
    if not contact.get("email"):
        return
    token = secrets.token_urlsafe(32)
    due = Removal.objects.open().filter(pk=removal.pk).exclude(mailed_at__gt=now - MAIL_AGAIN)
    if not due.update(link_digest=token_hash(token), mailed_at=now):
        return
    link = absolute(reverse("experts:removal_confirm", args=[expert.uuid, token]))
    with translation.override(settings.LANGUAGE_CODE):
        lines = [
            _("Somebody asked that the entry %(number)s in the pool of experts, which names this address, be no longer"
              " listed.") % {"number": expert.public_no},
            "",
            _("If you asked for it, confirm it here: %(link)s") % {"link": link},
            _("The link is valid for %(days)d days. The entry then leaves the list at once.")
            % {"days": LINK_LASTS.days},
            "",
            _("If you did not, you need do nothing: the entry stays as it is."),
        ]  # fmt: skip
        queue_mail(to=[contact["email"]], subject=_("No longer be listed as an expert?"), body="\n".join(lines))
