"""The pages of park and region: the queue, publishing one or many, returning with notes, rejecting."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.deciding import version_of
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState
from matchmaking.intake import queues, reviewed
from matchmaking.intake.asking_first import ask_first, to_queue
from matchmaking.intake.comparing import since_return
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.filed import standing
from needs.talent import rules, selectors
from needs.talent.filters import PostQueueFilter
from needs.talent.models import TalentPost
from needs.talent.sections import NOTED, as_read, decisions, label_of
from needs.talent.services import (
    NotAllowed,
    TooLate,
    pass_talent_posts,
    publish_talent_post,
    reject_talent_post,
    return_talent_post,
)
from needs.talent.views.loading import deciding, load

CHECKERS = ("talent.check", "talent.publish")
MANY = 100


@require_safe
@access(*CHECKERS)
def talent_post_review(request: HttpRequest) -> HttpResponse:
    """The desk in groups: what waits, is overdue, came back; by due day."""
    how, choice = reviewed.find(rules.KIND), queues.Choice.of(request.GET)
    found = PostQueueFilter(request.GET, queryset=queues.rows(how, request.user, choice), request=request)
    page = paginate(request, found.qs)
    page.object_list = selectors.shown(request.user, page.object_list)
    context = {"filter": found, "page": page, "group": choice.group,
               "groups": queues.tabs(how, request.user, choice)}  # fmt: skip
    return page_or_fragment(request, "talent/talent_post_review.html", "talent/_review_table.html", context)


@require_POST
@access(*CHECKERS)
def talent_post_pass_many(request: HttpRequest) -> HttpResponse:
    """Publish the ticked posts, asked first; each box carries the post and the version that was looked at."""
    chosen = dict(_ticked(request))
    if question := ask_first(request, rules.KIND, chosen, field="pk", act=_("Publish")):
        return question
    done, left = pass_talent_posts(by=request.user, chosen=chosen)
    if done:
        words = ngettext("%(count)d post has been published.", "%(count)d posts have been published.", len(done))
        messages.success(request, words % {"count": len(done)})
    if not chosen:
        messages.warning(request, _("Nothing was ticked."))
    if lost := len(chosen) - len(done):
        words = ngettext(
            "%(count)d post was left as it is: somebody else decided on it, or it has changed. %(numbers)s",
            "%(count)d posts were left as they are: somebody else decided on them, or they have changed. %(numbers)s",
            lost,
        )
        messages.warning(request, words % {"count": lost, "numbers": " ".join(post.public_no for post in left)})
    return to_queue(request, rules.KIND)


def _ticked(request: HttpRequest) -> list[tuple[str, int]]:
    found = []
    for value in request.POST.getlist("pk")[:MANY]:
        uuid, _colon, version = value.partition(":")
        try:
            found.append((str(UUID(uuid)), int(version)))
        except ValueError:
            continue
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@access(*CHECKERS)
@deciding
def talent_post_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One post with a place for a note at every field: publish, return or reject."""
    post = load(request, uuid)
    if not rules.can_decide(request.user, post):
        # Raised here and not by the use case, so that the page itself opens for nobody else.
        seen_older = version_of(request) not in (None, post.version) and rules.decides(request.user, post)
        raise StaleState(post.public_no) if seen_older or rules.came_late(request.user, post) else NotAllowed
    noted = [(name, label_of(name)) for name in NOTED]
    form = DecisionForm(request.POST or None, noted=noted, initial={"version": post.version})
    if form.is_valid():
        try:
            messages.success(request, _decide(request, post, form))
        except TooLate as refusal:
            form.add_error("reason", str(refusal.message))
        else:
            return redirect("talent:talent_post_review")
    [view] = selectors.shown(request.user, [post], bodies=True)
    context = {
        "post": post,
        "view": view,
        "form": form,
        "steps": as_read(view, form),
        "notes": decisions(post),
        "standing": standing(post, rules.KIND),
        "since": since_return(request.user, post, rules.KIND, rules.waits_at(post)),
    }
    return render(request, "talent/talent_post_decide.html", context, status=422 if form.is_bound else 200)


def _decide(request: HttpRequest, post: TalentPost, form: DecisionForm) -> str:
    """Make the one call that the decision means, and return what to tell the person."""
    seen: dict[str, Any] = {"by": request.user, "post": post, "version": form.cleaned_data["version"]}
    decision = form.cleaned_data["decision"]
    if decision == DecisionForm.RETURN:
        return_talent_post(**seen, **form.refusal())
        return _("The post has been returned to its owner.")
    if decision == DecisionForm.REJECT:
        reject_talent_post(**seen, reason=form.cleaned_data["reason"], reasons=form.cleaned_data["reasons"])
        return _("The post has been rejected.")
    if decision == DecisionForm.SEND_BACK:  # a word of the shared form that this kind of record does not have
        raise NotAllowed
    publish_talent_post(**seen)
    return _("The post is published.")
