"""One achievement, in the order in which a buyer reads it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import rules
from catalog.duplicates.selectors import lineage
from catalog.enums import MATCHED, AchievementState
from catalog.forms import ReasonForm, VersionForm
from catalog.freshness import OFFERED, with_health
from catalog.health import Health
from catalog.models import Achievement, DuplicatePair
from catalog.selectors import visible_or_404
from catalog.services import missing_fields
from matchmaking.accounts.models import User
from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, access
from matchmaking.intake.filed import review_panel
from matchmaking.intake.panels import panel
from matchmaking.intake.selectors import last_return

S = AchievementState


@require_safe
@access(PUBLIC)
def achievement_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    achievement = visible_or_404(request.user, uuid)
    return render(request, "catalog/achievement_detail.html", detail_context(achievement, request.user))


def detail_context(achievement: Achievement, user: User) -> dict[str, Any]:
    """What the page shows, and what this person may do here."""
    protected = rules.can_see_protected(user, achievement)
    version = {"version": achievement.version}
    origin = lineage(user, achievement)
    return {
        "achievement": achievement,
        "protected": protected,
        "owner_shown": rules.can_see_owner(user, achievement),
        "can_see_matches": rules.can_see_matches(user, achievement) and achievement.state in MATCHED,
        "actions": allowed_actions(achievement, user),
        "files": panel(user, "achievement", achievement, revising=rules.can_revise(user, achievement)),
        "forms": {name: ReasonForm(prefix=name, initial=version) for name in ("withdraw", "suspend")},
        "lineage": origin,
        "objection_form": objection_form(origin["objectable"]),
        "version_form": VersionForm(initial=version, auto_id=False),
        "sent_back": last_return(achievement, "achievement") if protected else None,
        "review": review_panel(user, achievement, "achievement") if protected else None,
        "missing": _missing(achievement, user),
        "history": history(achievement, kind="achievement", show_people=True) if protected else [],
        "steps": life_steps(achievement) if protected else [],
        "health": _health(achievement) if protected else None,
    }


def allowed_actions(achievement: Achievement, user: User) -> dict[str, bool]:
    return {
        "edit": rules.can_edit(user, achievement) or rules.can_revise(user, achievement),
        "submit": rules.can_submit(user, achievement),
        "check": rules.can_send_back(user, achievement),
        "review": rules.can_review_achievement(user, achievement),
        "withdraw": rules.can_withdraw(user, achievement),
        "reopen": rules.can_reopen(user, achievement),
        "confirm": rules.can_confirm(user, achievement),
        "suspend": rules.can_suspend(user, achievement),
        "resume": rules.can_resume(user, achievement),
    }


def objection_form(pair: DuplicatePair | None) -> ReasonForm | None:
    """The form by which the owner of a merged record objects; None when there is nothing to object to."""
    return ReasonForm(prefix="object", initial={"version": pair.version}) if pair else None


def _missing(achievement: Achievement, user: User) -> int:
    """How many fields are missing before the person can hand the record on."""
    return len(missing_fields(achievement)) if rules.can_submit(user, achievement) else 0


def _health(achievement: Achievement) -> Health | None:
    """For the owner's side and the officers, while the record is offered."""
    found = with_health(Achievement.objects.filter(pk=achievement.pk, state__in=OFFERED).only("pk")).first()
    return Health.of(found) if found else None


def life_steps(achievement: Achievement) -> list[dict[str, str]]:
    """The way into the pool as a rail: author, unit, region, pool."""
    reached = {S.DRAFT: 0, S.RETURNED: 0, S.UNIT_REVIEW: 1, S.SUBMITTED: 2, S.REJECTED: 2}
    stopped = achievement.state in (S.REJECTED, S.WITHDRAWN, S.SUSPENDED, S.ARCHIVED)
    at = reached.get(AchievementState(achievement.state), 3)
    names = [S.DRAFT.label, S.UNIT_REVIEW.label, S.SUBMITTED.label, S.ACCEPTED.label]
    return [
        {"label": str(name), "state": "done" if n < at else "todo" if n > at else "stopped" if stopped else "current"}
        for n, name in enumerate(names)
    ]
