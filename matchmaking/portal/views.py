"""Home, first screens, language, health."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import activate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Achievement
from matchmaking.accounts.models import User
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.language import remember
from matchmaking.common.returning import page_to_return_to
from matchmaking.portal import first_screens
from needs.models import TechNeed


@require_safe
@access(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """The public face for visitors; for people with a role, what waits for them."""
    if request.user.is_authenticated:
        held = request.membership  # type: ignore[attr-defined]
        context = {
            "greeting": _("Good day, %(name)s") % {"name": request.user.get_full_name()},
            "role_line": f"{held.organisation} · {held.get_role_display()}" if held else "",
            "actions": first_screens.actions_for(request.user),
            "panels": first_screens.panels_for(request.user),
        }
    else:
        context = {
            "figures": first_screens.public_figures(),
            "needs": TechNeed.objects.visible_to(request.user).matched().select_related("region").order_by("-pk")[:5],
            "achievements": Achievement.objects.visible_to(request.user).select_related("region").order_by("-pk")[:5],
            "programmes": first_screens.programmes(),
        }
    return render(request, "matchmaking/portal/home.html", context)


@require_POST
@access(PUBLIC)
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language, on the person when signed in and in a cookie, and go back."""
    chosen = request.POST.get("language", "")
    response = redirect(page_to_return_to(request))
    if chosen in dict(settings.LANGUAGES):
        activate(chosen)
        remember(response, chosen)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response


@require_safe
@access(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@access(PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers. The broker may be down: requests only write rows."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse({"ready": True, "database": True})
