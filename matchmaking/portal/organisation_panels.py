"""Panels of those who keep no records of their own: brokers, support bodies, verifiers, the administrators."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.accounts.enums import Role
from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.rules import CLIENT_KINDS
from matchmaking.accounts.models import User
from matchmaking.accounts.outreach.models import InvitationList
from matchmaking.accounts.role_table import role_table
from matchmaking.accounts.selectors import applications_for
from matchmaking.portal.history.selectors import chain_state
from matchmaking.portal.panels import SHOWN, Item, Panel

# Whose hands reach furthest, in this order.
POWERFUL = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SECRETARY, Role.NATIONAL_OFFICER)
VERIFYING = ("organisation.verify", "tenant.verify", "national.verify")


def applications(user: User) -> list[Panel]:
    """Organisations that wait for the person's word; nothing when none does."""
    if not any(map(user.can, VERIFYING)):
        return []
    waiting = applications_for(user)
    items = [
        Item(one.name, one.get_absolute_url(), one.get_kind_display(), record=one) for one in waiting[:SHOWN]
    ]  # fmt: skip
    if not items:
        return []
    address = reverse("accounts:organisation_review")
    return [Panel(_("Organisations to verify"), "building", items, "", address, waiting.count())]


def mandates_to_sign(user: User) -> Panel | None:
    """Offers of brokers that wait for the signature of the person's organisation."""
    clients = [one for one in user.organisations_with("organisation.manage") if one.kind in CLIENT_KINDS]
    if not clients:
        return None
    offered = Mandate.objects.visible_to(user).filter(state=MandateState.OFFERED, client__in=clients)
    rows = list(offered.select_related("broker").order_by("offered_at", "pk")[:SHOWN])
    if not rows:
        return None
    items = [Item(str(one.broker), one.get_absolute_url(), one.subject) for one in rows]
    return Panel(_("Mandates to sign or refuse"), "file-text", items, "", reverse("accounts:mandate_list"),
                 offered.count())  # fmt: skip


def mandates_held(user: User) -> Panel:
    """For whom the person's institution acts now, the first to end first."""
    brokers = user.organisations_with("mandate.act")
    held = Mandate.objects.visible_to(user).in_force().filter(broker__in=brokers)
    rows = held.select_related("client").order_by("ends_on", "pk")[:SHOWN]
    items = [Item(str(one.client), one.client.get_absolute_url(), one.subject, due=one.ends_on) for one in rows]
    empty = _("No mandate yet. Open the page of an enterprise or a university and offer one.")
    return Panel(_("Clients under a mandate"), "file-text", items, empty, reverse("accounts:mandate_list"),
                 held.count())  # fmt: skip


def invitation_lists(user: User) -> Panel:
    """The lists of a support body, the newest first."""
    lists = InvitationList.objects.visible_to(user).with_counts().order_by("-made_at", "-pk")[:SHOWN]
    items = [
        Item(
            timezone.localtime(one.made_at).strftime("%Y-%m-%d %H:%M"),
            reverse("accounts:outreach_detail", args=[one.uuid]),
            _("%(invited)s invited, %(opened)s opened the link") % {"invited": one.total, "opened": one.opened},
        )
        for one in lists
    ]
    empty = _("No list has been sent yet. Paste one or choose a workbook; each enterprise gets a link.")
    return Panel(_("Invited enterprises"), "mail", items, empty, reverse("accounts:outreach_list"))


def holders_of_power(user: User) -> Panel:
    """How many people hold the roles that reach furthest."""
    people = {row.role: row.people for row in role_table()}
    items = [
        Item(
            str(role.label),
            reverse("accounts:role_detail", args=[role]),
            ngettext("%(n)s person", "%(n)s people", people[role]) % {"n": people[role]},
        )
        for role in POWERFUL
    ]
    return Panel(_("Who reaches furthest"), "lock", items, "", reverse("accounts:role_list"))


def history_state(user: User) -> Panel:
    """How far the history is sealed, and what the last verification found."""
    state = chain_state()
    waiting = _("at least, waiting for their seal") if state.waiting_capped else _("entries waiting for their seal")
    figures = [{"label": _("entries sealed"), "number": state.places}, {"label": waiting, "number": state.waiting}]
    if state.broken:
        said = _("The last verification found the history changed: %(what)s") % {"what": state.finding}
    elif state.verified:
        day = timezone.localtime(state.verified.at).strftime("%Y-%m-%d %H:%M")
        said = _("Verified on %(day)s: nothing was changed.") % {"day": day}
    else:
        said = _("Not verified yet; a verification runs every night.")
    return Panel(_("State of the history"), "history", [], said, reverse("portal:history"), None, figures)
