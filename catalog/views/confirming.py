"""The owner says that records still stand: from the own list, or from the link of a mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog.freshness import to_confirm
from catalog.services import confirm_achievements, read_confirm_link
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.intake import queues

MINE = "catalog:achievement_mine"


@require_POST
@access("achievement.edit")
def achievement_confirm_many(request: HttpRequest) -> HttpResponse:
    """Confirm the ticked records of the own list; each box names the version that was looked at."""
    _confirm(request)
    return redirect(f"{reverse(MINE)}?group=pool")


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.edit")
def achievement_confirm_link(request: HttpRequest, token: str) -> HttpResponse:
    """From the mail: opening shows the records with a button, so that a scanner of mails confirms nothing."""
    day = read_confirm_link(token, request.user)
    if day is None:
        messages.warning(request, _("This link is too old or was sent to another account. Here are your records."))
        return redirect(f"{reverse(MINE)}?group=pool")
    if request.method == "POST":
        _confirm(request)
        return redirect(request.path)
    page = paginate(request, to_confirm(request.user, day), per_page=queues.AT_ONCE)
    return render(request, "catalog/achievement_confirm.html", {"page": page})


def _confirm(request: HttpRequest) -> None:
    chosen = queues.ticked(request.POST.getlist("record"))
    done, left = confirm_achievements(by=request.user, chosen=chosen)
    if not chosen:
        messages.warning(request, _("Tick at least one record first."))
    if done:
        words = ngettext("Thank you: %(n)s record is confirmed.", "Thank you: %(n)s records are confirmed.", len(done))
        messages.success(request, words % {"n": len(done)})
    for record, sentence in left:
        messages.warning(request, f"{record.public_no} {record.title}{_(': ')}{sentence}")
