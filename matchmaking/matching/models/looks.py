"""When a person looked at the needs that fit him, so that the next time the page can say what is new."""

from django.db import models
from django.utils import timezone

from matchmaking.accounts.models import User


class FittingLook(models.Model):
    """The latest look and the one before it; looks within half an hour are one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    latest = models.DateTimeField(default=timezone.now)
    before = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.latest:%Y-%m-%d %H:%M}"
