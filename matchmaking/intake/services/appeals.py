"""One appeal against a rejection, decided by the secretariat. The state of the record is moved by its app."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import APPEAL, Appeal, AppealState, Decision, ReviewStep
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import close_task, open_task
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders


class AppealRefused(Exception):
    """There is nothing to appeal against, or an appeal was made before."""

    message = _("A rejection can be appealed once.")


def rejection_of(record: Any, kind: str) -> ReviewStep | None:
    """The last decision on the way of the record if it rejected it and nobody has appealed against it."""
    last = ReviewStep.objects.about(kind, record.uuid).exclude(step=APPEAL).order_by("-id").first()
    if last is None or last.decision != Decision.REJECT or Appeal.objects.filter(rejection=last).exists():
        return None
    return last


def open_appeal(record: Any, kind: str) -> Appeal | None:
    waiting = Appeal.objects.filter(object_kind=kind, object_id=record.uuid, state=AppealState.OPEN)
    return waiting.select_related("rejection__by", "rejection__organisation", "by", "organisation").first()


def instance_for(user: Any, appeal: Appeal | None) -> Organisation | None:
    """The secretariat for which the person may decide on the appeal; nobody decides on his own rejection."""
    if appeal is None or not user.is_authenticated or appeal.rejection.by_id == user.pk:
        return None
    return next((held.organisation for held in user.active_memberships if held.role == Role.SECRETARY), None)


@transaction.atomic
def lodge(*, by: User, record: Any, kind: str, text: str, owner: Organisation) -> Appeal:
    """Appeal against the last rejection. Raises AppealRefused. The caller has asked whether the person may."""
    rejection = rejection_of(record, kind)
    if rejection is None or not text.strip():
        raise AppealRefused
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                object_kind=kind, object_id=record.uuid, rejection=rejection, text=text.strip(), organisation=owner,
                by=by,
            )  # fmt: skip
    except IntegrityError as taken:  # two people at once
        raise AppealRefused from taken
    record_step(by=by, record=record, kind=kind, step=APPEAL, decision=Decision.APPEAL, organisation=owner,
                reason=text.strip()[:500])  # fmt: skip
    open_task(record=record, kind=kind, step=APPEAL, owner=owner)
    _tell(holders(Q(role=Role.SECRETARY)), "appeal_to_decide", record, appeal)
    return appeal


@transaction.atomic
def decide(*, by: User, record: Any, kind: str, appeal: Appeal, uphold: bool, reason: str,
           instance: Organisation, told: list[User]) -> None:  # fmt: skip
    """Close an appeal, once. Raises StaleState when somebody was faster. The app moves the record if upheld."""
    state = AppealState.UPHELD if uphold else AppealState.DISMISSED
    if not Appeal.objects.filter(pk=appeal.pk, state=AppealState.OPEN).update(state=state, closed_at=timezone.now()):
        raise StaleState(f"appeal {appeal.pk}")
    record_step(by=by, record=record, kind=kind, step=APPEAL, organisation=instance, reason=reason.strip(),
                decision=Decision.UPHOLD if uphold else Decision.DISMISS)  # fmt: skip
    close_task(record=record, kind=kind, step=APPEAL)
    _tell(told, "appeal_upheld" if uphold else "appeal_dismissed", record, appeal)


def drop_appeal(*, record: Any, kind: str) -> None:
    """The owner takes the record up himself: an appeal that waits has no object any more."""
    waiting = Appeal.objects.filter(object_kind=kind, object_id=record.uuid, state=AppealState.OPEN)
    if waiting.update(state=AppealState.DROPPED, closed_at=timezone.now()):
        close_task(record=record, kind=kind, step=APPEAL)


def _tell(people: list[User], notification: str, record: Any, appeal: Appeal) -> None:
    notify(recipients=people, kind=notification, params={"number": record.public_no}, url=record.get_absolute_url(),
           dedupe_key=f"{notification}:{appeal.pk}")  # fmt: skip
