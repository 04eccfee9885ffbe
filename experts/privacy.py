"""What the pool holds of an expert, his consents, and what is erased when he has left."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from experts import rules
from experts.consenting import SCOPE_PUBLIC, stored_text
from experts.enums import ExpertState
from experts.models import Expert, ExpertBody, ExpertPair, Removal, TeamMember
from experts.selectors import for_page
from experts.services.leaving import leave_pool
from experts.services.publishing import end_publication
from experts.sources import origins
from experts.versioning import snapshot
from matchmaking.accounts.models import Consent, User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import ConsentKind, Held, Room, kept_because, register_consent, register_room
from matchmaking.activity.services import record
from matchmaking.intake.services.erasing import erase_rows, erase_versions

KIND = "expert"
ERASED = "—"  # instead of a name
AFTER = timedelta(days=30)
THREE_YEARS = timedelta(days=3 * 365 + 1)
WHY = "left the pool"


def entries_of(user: User) -> Any:
    return for_page(Expert.objects.filter(body__user=user)).order_by("pk")


def held(user: User) -> Iterator[Held]:
    for expert in entries_of(user):
        url = expert.get_absolute_url()
        change = reverse("experts:expert_edit", args=[expert.uuid]) if rules.can_edit(user, expert) else ""
        yield Held(
            title=f"{expert.name} · {expert.get_state_display()}",
            data=snapshot(expert) | {"unit_opinion": expert.body.unit_opinion, "visibility": expert.visibility},
            source=expert.body.owner.name, since=expert.created_at, kind=KIND, object_id=expert.uuid,
            object_no=expert.public_no, url=url, correct_url=change, owner=expert.body.owner, origins=origins(expert),
        )  # fmt: skip
    parts = TeamMember.objects.filter(expert__body__user=user).select_related("team__owner").order_by("pk")
    for part in parts:
        yield Held(title=part.team.name, data={"part": part.role}, source=part.team.owner.name, kind="team",
                   object_id=part.team.uuid, object_no=part.team.public_no, url=part.team.get_absolute_url(),
                   owner=part.team.owner)  # fmt: skip


def leave(user: User) -> None:
    """Every entry of the person leaves the pool, with its certificates; merged ones end with the one they are in."""
    for key in entries_of(user).values_list("pk", flat=True):
        expert = entries_of(user).get(pk=key)
        if rules.can_leave(user, expert):
            leave_pool(by=user, expert=expert)
    TeamMember.objects.filter(expert__body__user=user).delete()


def withdraw(by: User, consent: Consent) -> None:
    """The entries that rest on this consent leave the pool. Raises StaleState when one moves at this moment."""
    for key in entries_of(by).filter(body__consent=consent).values_list("pk", flat=True):
        expert = entries_of(by).get(pk=key)
        if rules.can_leave(by, expert):
            leave_pool(by=by, expert=expert)


def erase(user: User) -> None:
    for expert in entries_of(user).exclude(name=ERASED):
        erase_entry(expert=expert)


@transaction.atomic
def erase_entry(*, expert: Expert) -> bool:
    """Empty an entry that has left, and its versions; number, state and account stay for the history. False, and
    nothing done, when the entry must be kept."""
    if expert.state not in (ExpertState.LEFT, ExpertState.REFUSED, ExpertState.MERGED) or kept_because(
        KIND, expert.uuid
    ):
        return False
    empty: dict[str, Any] = dict.fromkeys(("title", "position", "education", "directions"), "")
    empty |= {name: [] for name in ("fields", "disciplines", "industries", "expert_kinds", "services", "regions")}
    Expert.objects.filter(pk=expert.pk).update(name=ERASED, organisation=None, search_vector=None, **empty)
    ExpertPair.objects.filter(Q(first=expert) | Q(second=expert)).update(first_note="", second_note="")
    ExpertBody.objects.filter(expert=expert).update(contact=None, gender="", birth_year=None, unit_opinion="")
    expert.works.all().delete()
    expert.conflicts.all().delete()
    erase_versions(by=None, record=expert, kind=KIND, reason=WHY)
    erase_rows(record=expert)
    record(by=None, verb="expert.erased", about=expert, kind=KIND)
    return True


def erase_left(most: int) -> int:
    """Entries that left thirty days ago; those that must be kept are passed over."""
    long_ago = timezone.now() - AFTER
    left = Expert.objects.filter(state=ExpertState.LEFT, state_since__lt=long_ago).exclude(name=ERASED).order_by("pk")
    done = 0
    for expert in left.iterator(most):
        done += erase_entry(expert=expert)
        if done == most:
            break
    return done


def drop_removals(most: int) -> int:
    """Requests that were answered three years ago."""
    old = Removal.objects.filter(closed_at__lt=timezone.now() - THREE_YEARS).order_by("pk")
    return Removal.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]


def label(consent: Consent) -> str:
    return gettext("Expert pool and publication") if "publication" in consent.scope else gettext("Expert pool")


def part(consent: Consent) -> str:
    """The publication is a consent of its own (PIPL 25)."""
    return gettext("No longer show it to everybody") if consent.scope == SCOPE_PUBLIC else ""


def narrow(by: User, consent: Consent) -> None:
    end_publication(by=by, consent=consent)


def register() -> None:
    register_rule(
        Rule("experts", _("entries of experts"), _("until the person leaves, and 30 days"), _("the day of leaving"),
             _("emptied with all its versions; the number stays"), _("PIPL art. 47: consent withdrawn"), erase_left)
    )  # fmt: skip
    register_rule(
        Rule("removals", _("requests not to be listed"), _("three years"), _("the answer"), _("removed"),
             _("PIPL art. 50: the processor shows that it answered"), drop_removals)
    )  # fmt: skip
    register_room(
        Room("experts", _("Expert pool"), _("to admit you and match your directions with needs"),
             _("your consent (PIPL art. 13 no. 1)"), "experts", held, leave=leave, erase=erase,
             stays=_("an entry with a signed match, as part of that agreement"))
    )  # fmt: skip
    register_consent(
        ConsentKind("expert_pool", label, lambda one: stored_text(one.text_version), withdraw, part=part, narrow=narrow)
    )
