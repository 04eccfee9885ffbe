"""States of a technical need (lifecycles.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NeedState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CHECKED = "checked", _("checked by the park")
    RETURNED = "returned", _("returned for correction")
    REJECTED = "rejected", _("rejected")
    PUBLISHED = "published", _("published")
    MATCHING = "matching", _("being matched")
    DOCKING = "docking", _("in talks")
    CONTRACTED = "contracted", _("contracted")
    SOLVED = "solved", _("solved")
    CLOSED_UNSOLVED = "closed_unsolved", _("closed unsolved")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
    ARCHIVED = "archived", _("archived")


class RewriteAnswer(models.TextChoices):
    """What the enterprise made of a proposed sentence."""

    ACCEPTED = "accepted", _("taken over")
    KEPT = "kept", _("kept as it was")
    REPLACED = "replaced", _("replaced by a newer proposal")


S = NeedState
IN_POOL = (S.PUBLISHED, S.MATCHING, S.DOCKING, S.CONTRACTED, S.SOLVED)
MATCHED = (S.PUBLISHED, S.MATCHING, S.DOCKING)
EDITABLE = (S.DRAFT, S.RETURNED)
# Needs that the nightly search for needs filed twice compares: handed in, or in the pool and not yet solved.
COMPARED = (S.SUBMITTED, S.CHECKED, S.PUBLISHED, S.MATCHING, S.DOCKING, S.CONTRACTED)
