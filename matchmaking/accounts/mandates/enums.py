"""States of a mandate."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MandateState(models.TextChoices):
    OFFERED = "offered", _("offered")
    SIGNED = "signed", _("signed by both, not begun")
    ACTIVE = "active", _("in force")
    ENDED = "ended", _("ended")
    REVOKED = "revoked", _("revoked")


OPEN = (MandateState.OFFERED, MandateState.SIGNED, MandateState.ACTIVE)
