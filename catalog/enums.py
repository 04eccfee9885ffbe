"""States of an achievement (lifecycles.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AchievementState(models.TextChoices):
    DRAFT = "draft", _("draft")
    UNIT_REVIEW = "unit_review", _("in unit review")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for correction")
    REJECTED = "rejected", _("rejected")
    ACCEPTED = "accepted", _("in the pool")
    STALE = "stale", _("awaiting confirmation")
    UNDER_NEGOTIATION = "under_negotiation", _("under negotiation")
    COMMITTED = "committed", _("committed")
    TRANSFORMED = "transformed", _("transformed")
    SUSPENDED = "suspended", _("suspended")
    WITHDRAWN = "withdrawn", _("withdrawn")
    ARCHIVED = "archived", _("archived")


S = AchievementState
IN_POOL = (S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION, S.COMMITTED, S.TRANSFORMED)
MATCHED = (S.ACCEPTED, S.UNDER_NEGOTIATION)
EDITABLE = (S.DRAFT, S.RETURNED)
# Records that the nightly search for duplicates compares, and those that may leave for another one: no deal stands.
COMPARED = (S.SUBMITTED, *IN_POOL)
MERGEABLE = (S.SUBMITTED, S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION)
