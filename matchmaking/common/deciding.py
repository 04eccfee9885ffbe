"""What the pages of decisions share: a refusal becomes 403, and 409 with who and when for those who came second."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from matchmaking.common.workflow import IllegalMove, StaleState

View = Callable[..., HttpResponse]


def guarded(
    *,
    load: Callable[[HttpRequest, UUID], Any],
    steps: Callable[[HttpRequest, Any], Iterable[Any]],
    refused: type[Exception],
) -> Callable[[View], View]:
    """Return the decorator for the views of one kind of record, which take its uuid.

    `load` reads the record as the person may see it, `steps` the last steps that he may know, `refused` is what the
    use cases raise when he may not take the step.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, uuid: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, uuid, *args, **kwargs)
            except refused as refusal:
                raise PermissionDenied from refusal
            except (StaleState, IllegalMove) as refusal:
                record = load(request, uuid)
                return conflict(
                    request, back_url=record.get_absolute_url(), steps=steps(request, record), message=refusal.message
                )

        return answered

    return decorate


def conflict(
    request: HttpRequest, *, back_url: str, steps: Iterable[Any] = (), message: Any = StaleState.message
) -> HttpResponse:
    """Render the 409 page with the latest steps: who took them and when, as far as the reader may know."""
    context = {"message": str(message), "back_url": back_url, "history": steps}
    return render(request, "409.html", context, status=409)


def version_of(request: HttpRequest) -> int | None:
    """Return the version that the page was made from, as its form sends it back; None when it sends none."""
    written = request.POST.get("version", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
