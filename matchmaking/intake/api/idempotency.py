"""A POST to the API is carried out once for each `Idempotency-Key`; sent again it gets the same answer."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matchmaking.common.api.problems import Problem
from matchmaking.intake.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = timedelta(days=30)
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_KEPT_HEADERS = ("Location",)

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Callable[..., HttpResponse]:
    """Carry a POST out in one transaction with its key.

    Raises Problem: 400 without a usable key, 422 when the key was used for another request. A second request with the
    key of one under way waits for it at the unique key, and gets 409 when that takes longer than the lock timeout. A
    refusal leaves the key unused: mend the input and send it again.
    """

    @wraps(handler)
    def guarded(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        key = request.headers.get(HEADER, "")
        if not _KEY.fullmatch(key):
            raise Problem(400, _("Every POST needs the header %(name)s: 1 to 100 visible characters, new for each "
                                 "request.") % {"name": HEADER}, kind="idempotency-key-missing")  # fmt: skip
        digest = _digest(request)
        with transaction.atomic():
            receipt, is_new = IdempotencyKey.objects.get_or_create(
                user=request.user, key=key, defaults={"request_digest": digest}
            )
            if not is_new:
                return _again(view, receipt, digest, kwargs)
            answer = _rendered(view, request, handler(view, request, *args, **kwargs), *args, **kwargs)
            IdempotencyKey.objects.filter(pk=receipt.pk).update(
                status=answer.status_code,
                body=answer.content,
                headers={name: answer[name] for name in ("Content-Type", *_KEPT_HEADERS) if name in answer},
            )
            IdempotencyKey.objects.filter(user=request.user, created_at__lt=timezone.now() - KEPT).delete()
            return answer

    return guarded


def _rendered(view: APIView, request: Request, response: Response, *args: Any, **kwargs: Any) -> HttpResponse:
    """Render within the transaction: what is stored is what is sent."""
    shown = view.finalize_response(request, response, *args, **kwargs)
    shown.render()
    answer = HttpResponse(shown.content, status=shown.status_code, content_type=shown["Content-Type"])
    for name in _KEPT_HEADERS:
        if name in shown:
            answer[name] = shown[name]
    return answer


def _again(view: Any, receipt: IdempotencyKey, digest: str, kwargs: Mapping[str, Any]) -> HttpResponse:
    """The kept answer, for whoever may still write the record that it shows: the view raises what says no."""
    if receipt.request_digest != digest:
        raise Problem(422, _("This key was used for another request. Use a new one."), kind="idempotency-key-reused")
    view.still_his(kwargs.get("uuid") or json.loads(bytes(receipt.body))["uuid"])
    answer = HttpResponse(bytes(receipt.body), status=receipt.status)
    for name, value in receipt.headers.items():
        answer[name] = value
    answer["Idempotent-Replay"] = "true"
    return answer


def _digest(request: Request) -> str:
    """A digest of method, address, fields and files: the raw body of an upload is gone once it has been read."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    fields = request.data
    if hasattr(fields, "lists"):
        fields = [(name, values) for name, values in fields.lists() if name not in request.FILES]
    digest.update(json.dumps(fields, sort_keys=True, ensure_ascii=False, default=str).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"\n{name} {file.name} ".encode())
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
    return digest.hexdigest()
