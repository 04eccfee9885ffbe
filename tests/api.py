"""Talking to the API as a program does: with a token, and a key of its own for each POST."""

import uuid
from typing import Any

from knox.models import AuthToken
from rest_framework.test import APIClient


def client_of(user: Any) -> APIClient:
    """A client that carries a token of the person."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user=user)[1]}")
    return client


def post(client: APIClient, path: str, body: Any, *, key: str = "", **kwargs: Any) -> Any:
    """POST as JSON unless told otherwise, with a fresh key unless one is given."""
    return client.post(path, body, HTTP_IDEMPOTENCY_KEY=key or uuid.uuid4().hex, **{"format": "json", **kwargs})
