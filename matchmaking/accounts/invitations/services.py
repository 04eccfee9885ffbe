"""Use cases of invitations: send, accept, revoke."""

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.invitations.models import Invitation, token_hash
from matchmaking.accounts.membership import KIND, NotAllowed, RoleRefused
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.accounts.roles import ROLES_OF_KIND
from matchmaking.accounts.services import grant_role
from matchmaking.activity.services import record
from matchmaking.notifications.services import absolute, queue_mail

LASTS = timedelta(days=14)
MOST_OPEN = 200  # of one organisation: an organisation is no sender of mail


class InvitationOver(Exception):
    """The invitation was used, revoked or is too old."""

    message = gettext_lazy("This invitation was used, revoked, or is older than 14 days. Ask for a new one.")


class OtherAddress(Exception):
    """The account belongs to another address than the one that was invited."""

    message = gettext_lazy("This invitation went to another address than that of your account.")


@transaction.atomic
def invite(*, by: User, organisation: Organisation, email: str, role: str) -> Invitation:
    """Invite whoever reads this address to a role; an open invitation gets a new link and fourteen more days.

    What is written, sent and returned does not depend on whether the address has an account.
    Raises NotAllowed and RoleRefused (role not of this kind, too many open invitations).
    """
    if not rules.can_manage(by, organisation):
        raise NotAllowed
    if role not in ROLES_OF_KIND.get(organisation.kind, ()):
        raise RoleRefused(gettext_lazy("This role cannot be held in an organisation of this kind."))
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # the same address is not invited twice at once
    if organisation.invitations.open().count() >= MOST_OPEN:
        raise RoleRefused(gettext_lazy("Too many invitations are open. Revoke some, or wait until they are answered."))
    return send_invitation(by=by, organisation=organisation, email=email, role=role)


def send_invitation(*, by: User, organisation: Organisation, email: str, role: str) -> Invitation:
    """Write the invitation, its mail and its entry; the caller has checked the right and locked the organisation."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    values = {"token_hash": token_hash(token), "invited_by": by, "sent_at": now, "expires_at": now + LASTS}
    invitation, _created = Invitation.objects.update_or_create(
        organisation=organisation, email=email.strip().lower(), role=role, accepted_at=None, revoked_at=None,
        defaults=values,
    )  # fmt: skip
    with translation.override(settings.LANGUAGE_CODE):
        _mail(invitation, token)
    record(by=by, verb="invitation.sent", about=organisation, kind=KIND, organisation=organisation,
           detail={"role": role, "invitation": str(invitation.uuid)})  # fmt: skip
    return invitation


@transaction.atomic
def accept_invitation(*, by: User, invitation: Invitation) -> Membership:
    """Take the offered role. Raises InvitationOver, OtherAddress.

    The conditional UPDATE is what lets one of two answers win. The address must be one of the account's, so that a
    forwarded mail gives nobody else a role.
    """
    if not has_address(by, invitation.email):
        raise OtherAddress
    taken = Invitation.objects.open().filter(
        pk=invitation.pk, token_hash=invitation.token_hash, organisation__state=OrganisationState.ACTIVE
    )
    if taken.update(accepted_at=timezone.now(), accepted_by=by) != 1:
        raise InvitationOver
    organisation, detail = invitation.organisation, {"role": invitation.role, "invitation": str(invitation.uuid)}
    record(by=by, verb="invitation.accepted", about=organisation, kind=KIND, organisation=organisation, detail=detail)
    return grant_role(by=by, user=by, organisation=organisation, role=invitation.role)


@transaction.atomic
def revoke_invitation(*, by: User, invitation: Invitation) -> None:
    """Take an open invitation back; its link ends at once. Raises NotAllowed, InvitationOver."""
    if not rules.can_manage(by, invitation.organisation):
        raise NotAllowed
    standing = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if standing.update(revoked_at=timezone.now()) != 1:
        raise InvitationOver
    record(by=by, verb="invitation.revoked", about=invitation.organisation, kind=KIND,
           organisation=invitation.organisation,
           detail={"role": invitation.role, "invitation": str(invitation.uuid)})  # fmt: skip


def has_address(user: User, email: str) -> bool:
    """Whether this is a confirmed address of the account; `user.email` changes only after a confirmation."""
    if user.email.lower() == email:
        return True
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()


def _mail(invitation: Invitation, token: str) -> None:
    link = absolute(reverse("accounts:invitation_open", args=[token]))
    values = {"organisation": invitation.organisation.name, "role": Role(invitation.role).label,
              "person": invitation.invited_by.get_full_name(), "link": link,
              "day": date_format(timezone.localtime(invitation.expires_at), "DATE_FORMAT")}  # fmt: skip
    lines = [
        _("%(person)s of %(organisation)s invites you to work for it on this portal as %(role)s.") % values,
        "",
        _("Open the invitation here: %(link)s") % values,
        "",
        _("The link works once, until %(day)s. If you did not expect it, do nothing.") % values,
    ]
    queue_mail(to=[invitation.email], subject=_("Invitation to work for %(organisation)s") % values,
               body="\n".join(lines))  # fmt: skip
