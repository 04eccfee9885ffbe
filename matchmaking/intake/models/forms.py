"""What the portal remembers about forms that people fill in."""

from django.db import models
from django.utils import timezone

from matchmaking.accounts.models import User


class FormReceipt(models.Model):
    """A form that was carried out, by the token that stood in it: the same form sent again makes nothing new."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="form_once_per_person")]

    def __str__(self) -> str:
        return f"{self.token} {self.url}"
