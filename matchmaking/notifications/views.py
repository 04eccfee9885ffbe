"""The inbox, the bell, and on a demonstration instance the mails that were sent."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.notifications.selectors import in_words, unread_count
from matchmaking.notifications.services import mark_all_read, mark_read


@require_safe
@access(SIGNED_IN)
def notification_list(request: HttpRequest) -> HttpResponse:
    """The reader's messages, newest first."""
    page = paginate(request, Notification.objects.visible_to(request.user).order_by("-created_at", "-id"))
    context = {
        "page": page,
        "inbox": in_words(page.object_list),
        "unread": unread_count(request.user),
        "request": request,
    }
    return page_or_fragment(
        request,
        "matchmaking/notifications/notification_list.html",
        "matchmaking/notifications/_notifications.html",
        context,
    )


@require_POST
@access(SIGNED_IN)
def notification_open(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Mark a message as read and go where it points, which is always a page of this portal."""
    notification = get_object_or_404(Notification.objects.visible_to(request.user), uuid=uuid)
    mark_read(notification=notification, by=request.user)
    inside = notification.url.startswith("/") and url_has_allowed_host_and_scheme(notification.url, allowed_hosts=None)
    return redirect(notification.url if inside else "notifications:list")


@require_POST
@access(SIGNED_IN)
def notification_read_all(request: HttpRequest) -> HttpResponse:
    mark_all_read(by=request.user)
    return redirect("notifications:list")


@require_safe
@access(SIGNED_IN)
def bell(request: HttpRequest) -> HttpResponse:
    """The bell of the layout, asked for again every half minute."""
    return render(request, "layout/_bell.html", {"unread_count": unread_count(request.user)})


def _demonstration_only() -> None:
    """Sent mail is nobody's business, except where everything is fictional."""
    if not settings.EMBEDDED:
        raise Http404


@require_safe
@access(PUBLIC)
def mail_list(request: HttpRequest) -> HttpResponse:
    """Every mail of a demonstration instance, newest first, since no mail leaves it."""
    _demonstration_only()
    page = paginate(request, OutboxMail.objects.order_by("-created_at", "-id"))
    return page_or_fragment(
        request,
        "matchmaking/notifications/mail_list.html",
        "matchmaking/notifications/_mails.html",
        {"page": page, "request": request},
    )


@require_safe
@access(PUBLIC)
def mail_detail(request: HttpRequest, pk: int) -> HttpResponse:
    _demonstration_only()
    mail = get_object_or_404(OutboxMail, pk=pk)
    return render(request, "matchmaking/notifications/mail_detail.html", {"mail": mail})
