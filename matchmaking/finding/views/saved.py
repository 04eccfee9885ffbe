"""Saved searches: keep, look, change, delete; and stopping the mails of one from a mail."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.pool_registry import find_pool
from matchmaking.finding import services
from matchmaking.finding.forms import SavedSearchForm
from matchmaking.finding.models import SavedSearch
from matchmaking.finding.selectors import kept, kept_searches, news_of, words_of
from matchmaking.intake.once import once

PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access(SIGNED_IN)
def saved_search_list(request: HttpRequest) -> HttpResponse:
    """The person's searches, with the ways to their lists."""
    return render(request, "matchmaking/finding/saved_list.html", {"searches": kept_searches(request.user)})


@require_http_methods(PAGE)
@access(SIGNED_IN)
@once
def saved_search_create(request: HttpRequest) -> HttpResponse:
    """Keep the search of a list; its address stands behind `pool`."""
    pool = find_pool(request.GET.get("pool", ""))
    if pool is None:
        raise Http404
    query = services.tidy_query(request.GET.urlencode())
    chips = words_of(pool, query, request.user)
    named = "、".join(value for _label, value in chips) or str(pool.label)
    form = SavedSearchForm(request.POST or None, initial={"name": named[:80]})
    if form.is_valid():
        try:
            search = services.save_search(by=request.user, pool=pool, query=query, **form.cleaned_data)
        except services.SearchRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The search has been saved."))
            return redirect("finding:saved_search_detail", search.uuid)
    context = {"form": form, "pool": pool, "chips": chips, "query": query}
    return render(request, "matchmaking/finding/saved_form.html", context, status=422 if form.is_bound else 200)


@require_safe
@access(SIGNED_IN)
def saved_search_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One search and what it has told of, as far as the person still sees it."""
    search = _own(request, uuid)
    context = {"kept": kept(search, request.user), "news": news_of(search, request.user, "")}
    return render(request, "matchmaking/finding/saved_detail.html", context)


@require_http_methods(PAGE)
@access(SIGNED_IN)
def saved_search_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Another name, other days of mail."""
    search = _own(request, uuid)
    form = SavedSearchForm(request.POST or None, instance=search)
    if form.is_valid():
        services.change_search(search=search, **form.cleaned_data)
        messages.success(request, _("The search has been changed."))
        return redirect("finding:saved_search_detail", search.uuid)
    shown = kept(SavedSearch.objects.visible_to(request.user).get(pk=search.pk), request.user)
    context = {"form": form, "kept": shown, "pool": shown.pool, "chips": shown.chips}
    return render(request, "matchmaking/finding/saved_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@access(SIGNED_IN)
def saved_search_delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    services.drop_search(search=_own(request, uuid))
    messages.success(request, _("The search has been deleted."))
    return redirect("finding:saved_search_list")


@require_http_methods(PAGE)
@access(PUBLIC)
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """From a mail: end the mails of this one search. The link is signed and opens nothing else."""
    search = services.search_of_token(token)
    if search is None:
        raise Http404
    if request.method == "POST":
        services.stop_mails(search=search)
    return render(request, "matchmaking/finding/stop.html", {"done": request.method == "POST", "token": token})


def _own(request: HttpRequest, uuid: UUID) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.visible_to(request.user), uuid=uuid)
