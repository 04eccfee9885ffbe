"""An invitation to take a role. The link is known to its reader alone; here stands its hash."""

import hashlib
import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role


def token_hash(token: str) -> str:
    """What is kept of a link's token. It is random and long, so a plain digest cannot be guessed backwards."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self):
        """Neither accepted, nor revoked, nor over."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def of_token(self, token: str):
        return self.filter(token_hash=token_hash(token))

    def visible_to(self, user):
        """Those of the organisations that the person manages, by the same words as `rules.can_manage`."""
        from matchmaking.accounts.selectors import managed_by  # it reads the models

        if not user.is_authenticated:
            return self.none()
        return self.filter(organisation__in=managed_by(user))


class Invitation(models.Model):
    """A role offered to whoever reads the mail at an address: used once, over after 14 days, revocable.

    Whether the address has an account stands nowhere: the same row, the same mail and the same answer in both cases.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(max_length=20, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_address_lower"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_later"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_accepted_or_revoked"
            ),
            models.UniqueConstraint(
                fields=["organisation", "email", "role"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.role} {self.uuid}"
