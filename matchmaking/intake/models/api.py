"""What the portal remembers about requests to the API."""

from django.db import models
from django.utils import timezone

from matchmaking.accounts.models import User


class IdempotencyKey(models.Model):
    """One POST that was carried out, by the key its sender gave it, with the answer he got.

    Written in the transaction of the work itself: a request whose answer was lost on the way is answered again, byte
    by byte, and nothing is made twice. Of two at the same time the second waits at the unique key.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=bytes)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_person")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
