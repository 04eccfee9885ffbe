"""Work is a row: the Job is the outbox, the lease, the attempts and the only progress (reliability rules 1 to 7)."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.jobs import registry


class JobState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")
    DEAD = "dead", _("failed")


class JobQuerySet(models.QuerySet["Job"]):
    def open(self):
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])

    def visible_to(self, user):
        """Your own jobs and those of kinds that your capabilities open to you; an operator sees all."""
        if not user.is_authenticated:
            return self.none()
        if user.can("jobs.operate"):
            return self.all()
        return self.filter(Q(requested_by=user) | Q(kind__in=registry.kinds_seen_by(user)))


class Job(models.Model):
    """One piece of work. `args` holds ids only; `cursor` is what the handler has finished (any JSON value).

    A smaller `priority` runs first: −10 while somebody waits, 0, 10 for bulk work.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=50)
    args = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    period_start = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    run_after = models.DateTimeField(db_default=Now())  # the database's clock, like the leases
    priority = models.SmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    done_units = models.PositiveIntegerField(default=0)
    total_units = models.PositiveIntegerField(null=True, blank=True)
    cursor = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="job_running_has_lease",
            ),
            models.UniqueConstraint(fields=["kind", "period_start"], name="job_once_per_period"),
        ]
        indexes = [
            models.Index(
                fields=["priority", "run_after", "id"],
                condition=Q(state__in=["queued", "running"]),
                name="job_due",
            ),
            models.Index(fields=["requested_by", "-created_at"], name="job_by_requester"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.state in (JobState.QUEUED, JobState.RUNNING)


class WorkerBeat(models.Model):
    """The last sign of life of a worker; the supervisor restarts one that is deaf while work is due."""

    name = models.CharField(max_length=100, primary_key=True)
    pid = models.PositiveIntegerField()
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
