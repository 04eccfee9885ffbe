"""States of a team."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TeamState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for correction")
    REFUSED = "refused", _("refused")
    IN_POOL = "in_pool", _("in the pool")
    LEFT = "left", _("dissolved")


EDITABLE = (TeamState.DRAFT, TeamState.RETURNED)
MOST_FIELDS, MOST_MEMBERS, MOST_UNITS = 5, 30, 20
