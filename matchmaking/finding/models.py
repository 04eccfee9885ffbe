"""Saved searches, and what each of them has already seen."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Frequency(models.TextChoices):
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    NEVER = "never", _("no mail")


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, user):
        """One's own; nobody else's."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class SavedSearch(models.Model):
    """A query on one pool that a person keeps; `query` is the address of the list behind the question mark.

    `checked_at` is when the portal last looked for what is new; before that, nothing older than the search itself (or
    than the day its mails were switched on again) counts as new.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    pool = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=1000, blank=True)
    frequency = models.CharField(_("mail"), max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(default=timezone.now)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "pool", "query"], name="saved_search_once"),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="saved_search_frequency_known"),
        ]
        indexes = [models.Index(fields=["id"], name="saved_search_mailed", condition=~Q(frequency="never"))]

    def __str__(self) -> str:
        return self.name


class SavedSearchHit(models.Model):
    """A record that a saved search has told of (`is_news`) or that was there before; so nothing is told twice."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="hits")
    object_id = models.UUIDField()
    is_news = models.BooleanField(default=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["search", "object_id"], name="saved_search_hit_once")]

    def __str__(self) -> str:
        return f"{self.search_id} {self.object_id}"
