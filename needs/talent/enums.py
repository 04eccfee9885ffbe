"""States of a talent post (lifecycles.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PostState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for correction")
    REJECTED = "rejected", _("rejected")
    PUBLISHED = "published", _("published")
    FILLED = "filled", _("filled")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")


S = PostState
# In the pool: a filled post stays readable, so that a link to it does not die on the day somebody is found.
IN_POOL = (S.PUBLISHED, S.FILLED)
EDITABLE = (S.DRAFT, S.RETURNED)
# Of the vocabulary ATTENDANCE; only this one asks for a number of days.
WEEKLY = "weekly"
