"""A form that makes something makes it once: Back and send again, two clicks, a request that was sent twice.

`{% form_token %}` stands in the form, `@once` at the view. The view itself knows nothing of either: what it makes and
the receipt of the form are one transaction, and a second sending waits for the first at the unique key.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.common.components.forming import FORM_TOKEN
from matchmaking.intake.models import FormReceipt

View = Callable[..., HttpResponse]
KEPT = timedelta(days=30)


def once(view: View) -> View:
    """Carry a form out once for each token; a repeat is led to what the first one made.

    The view redirects when it has made something. Any other answer, or an exception, leaves the token unused.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = _token(request)
        if token is None:
            return view(request, *args, **kwargs)
        person = cast(User, request.user)  # `@access` stands before this one
        with transaction.atomic():
            receipt, is_new = FormReceipt.objects.get_or_create(
                user=person, token=token, defaults={"digest": _digest(request)}
            )
            if not is_new:
                return _repeat(request, receipt)
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseRedirect):
                FormReceipt.objects.filter(pk=receipt.pk).update(url=response.url)
                FormReceipt.objects.filter(user=person, created_at__lt=timezone.now() - KEPT).delete()
            else:
                receipt.delete()
            return response

    return guarded


def _token(request: HttpRequest) -> UUID | None:
    """The token of a sent form. A form without one is not protected, but it works."""
    try:
        return UUID(request.POST.get(FORM_TOKEN, ""))
    except ValueError:
        return None


def _digest(request: HttpRequest) -> str:
    sent = {name: values for name, values in request.POST.lists() if name not in (FORM_TOKEN, "csrfmiddlewaretoken")}
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def _repeat(request: HttpRequest, receipt: FormReceipt) -> HttpResponse:
    if receipt.digest == _digest(request):
        messages.info(request, _("This form had already been sent; this is what came of it."))
    else:
        messages.warning(request, _(
            "This form had already been sent; this is what came of it. What you changed in the form afterwards is not "
            "saved: please make the change here."))  # fmt: skip
    return redirect(receipt.url)
