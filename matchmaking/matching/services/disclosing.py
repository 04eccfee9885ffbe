"""Opening the ladder of a match step by step, taking steps back, and the agreement that stands before the last ones."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState
from matchmaking.matching import rules
from matchmaking.matching.disclosing import needs_agreement, next_step
from matchmaking.matching.enums import LADDER, UNDER_NDA, Side
from matchmaking.matching.models import Disclosure, Match, NdaAcceptance
from matchmaking.matching.ndas import nda_text
from matchmaking.matching.services.people import enterprise_people, provider_people
from matchmaking.matching.services.review import NotAllowed, match_no
from matchmaking.notifications.services import notify


class AgreementMissing(Exception):
    """Both sides sign before one of them names itself or shows its data."""

    message = _("Before this step both sides accept the agreement on confidentiality.")


class TextChanged(Exception):
    """The text that the person has read is not the one in force."""

    message = _("The text of the agreement has changed. Please read it once more.")


@transaction.atomic
def open_step(*, by: User, match: Match, step: str) -> Disclosure:
    """Open the next step of the person's side to the other side.

    The match row is locked first, so of two who open the same step one is told that it stands already.
    Raises NotAllowed, AgreementMissing, and StaleState where another step is the next one.
    """
    match, side = _locked(by, match)
    _close_earlier_rounds(match, side)
    if next_step(match, side) != step:
        raise StaleState(match_no(match))
    if step in UNDER_NDA and needs_agreement(match):
        raise AgreementMissing
    opened = Disclosure.objects.create(match=match, side=side, step=step, opened_by=by)
    _write_down(match, by=by, side=side, verb="match.step_opened", detail={"step": step})
    _tell_the_other(match, side, "match_step_opened", f"{step}:{opened.pk}")
    return opened


@transaction.atomic
def revoke_step(*, by: User, match: Match, step: str) -> list[str]:
    """Take a step back, and with it every later one: from the next request on the other side reads nothing of them.

    Returns the steps that are closed now. Raises NotAllowed, and StaleState where the step is not open.
    """
    match, side = _locked(by, match)
    later = [str(one) for one in LADDER[LADDER.index(step) :]] if step in LADDER else []
    rows = Disclosure.objects.filter(match=match, side=side, step__in=later, revoked_at=None)
    closed = list(rows.values_list("step", flat=True))
    if step not in closed:
        raise StaleState(match_no(match))
    rows.update(revoked_at=timezone.now(), revoked_by=by)
    _write_down(match, by=by, side=side, verb="match.step_revoked", detail={"step": step, "closed": sorted(closed)})
    return closed


@transaction.atomic
def accept_nda(*, by: User, match: Match, version: str, digest: str) -> NdaAcceptance:
    """Accept the agreement on confidentiality for the person's side, exactly the text that he was shown.

    Raises NotAllowed, TextChanged, and StaleState where the side has accepted already.
    """
    match, side = _locked(by, match)
    text = nda_text()
    if (version, digest) != (text.version, text.digest):
        raise TextChanged
    if NdaAcceptance.objects.standing().filter(match=match, side=side).exists():
        raise StaleState(match_no(match))
    signed = NdaAcceptance.objects.create(match=match, side=side, text_version=version, text_hash=digest, by=by)
    _write_down(match, by=by, side=side, verb="match.nda_accepted", detail={"version": version, "sha256": digest})
    _tell_the_other(match, side, "match_nda_accepted", str(signed.pk))
    return signed


@transaction.atomic
def withdraw_nda(*, by: User, match: Match) -> NdaAcceptance:
    """Withdraw the side's acceptance: what was opened on its strength is closed to both sides from the next request on.

    Raises NotAllowed, and StaleState where none stands.
    """
    match, side = _locked(by, match)
    signed = NdaAcceptance.objects.standing().filter(match=match, side=side).first()
    if signed is None:
        raise StaleState(match_no(match))
    signed.withdrawn_at, signed.withdrawn_by = timezone.now(), by
    signed.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _write_down(match, by=by, side=side, verb="match.nda_withdrawn", detail={"version": signed.text_version})
    return signed


def _locked(by: User, match: Match) -> tuple[Match, Side]:
    locked = Match.objects.select_for_update(of=("self",)).select_related("need__body").get(pk=match.pk)
    side = rules.can_disclose(by, locked)
    if side is None:
        raise NotAllowed
    return locked, side


def _close_earlier_rounds(match: Match, side: str) -> None:
    """What was opened before the match was released anew counts no more; its rows are dated, so that new ones fit."""
    old = Disclosure.objects.filter(match=match, side=side, revoked_at=None, opened_at__lt=match.released_at)
    old.update(revoked_at=match.released_at or F("opened_at"))


def _write_down(match: Match, *, by: User, side: str, verb: str, detail: dict[str, Any]) -> None:
    record(by=by, verb=verb, about=match, kind="match", capability=f"match.answer_{side}",
           detail={"side": side, **detail})  # fmt: skip


def _tell_the_other(match: Match, side: str, kind: str, key: str) -> None:
    people = provider_people(match) if side == Side.ENTERPRISE else enterprise_people(match)
    notify(
        recipients=people,
        kind=kind,
        params={"match": match_no(match)},
        url=match.get_absolute_url(),
        dedupe_key=f"{kind}:{match_no(match)}:{side}:{key}",
    )
