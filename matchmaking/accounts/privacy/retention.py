"""How long what is kept: one declared table, carried out every night in small pieces, shown on a page.

A rule without an `act` says why something stays; rooms above add the rules of what only they know (`register_rule`).
docs/personal-data.md is written from this table (a test compares them).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Consent
from matchmaking.accounts.privacy.enums import CorrectionState
from matchmaking.accounts.privacy.models import Correction, PersonalExport, Showing
from matchmaking.notifications.models import MailState, Notification, OutboxMail

PIECE = 500  # rows in a transaction
HALF_YEAR, YEAR, THREE_YEARS = timedelta(days=180), timedelta(days=365), timedelta(days=3 * 365 + 1)


@dataclass(frozen=True)
class Rule:
    """What is kept how long, from when, what happens then, and where the rule comes from.

    `act(most)` does it for at most so many rows in one transaction and returns how many it found; 0 ends the night.
    """

    code: str
    what: Any
    how_long: Any
    since: Any
    then: Any
    source: Any
    act: Callable[[int], int] | None = None


_rules: dict[str, Rule] = {}


def register_rule(rule: Rule) -> None:
    _rules[rule.code] = rule


def rules() -> list[Rule]:
    """The whole table, in the order of its registration."""
    return list(_rules.values())


class UnknownRule(Exception):
    """Nobody declared a rule of this code."""


def find_rule(code: str) -> Rule:
    try:
        return _rules[code]
    except KeyError:
        raise UnknownRule(code) from None


def first_keys(rows: QuerySet[Any], most: int) -> list[int]:
    """The keys of at most so many rows, the oldest first."""
    return list(rows.order_by("pk").values_list("pk", flat=True)[:most])


def _delete(rows: QuerySet[Any], most: int) -> int:
    keys = first_keys(rows, most)
    rows.model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 (the unscoped door)
    return len(keys)


def empty_copies(most: int) -> int:
    """The copies that persons asked for lose their content after seven days; that they were asked for stays."""
    over = PersonalExport.objects.filter(expires_at__lte=timezone.now(), removed_at=None)
    return PersonalExport.objects.filter(pk__in=first_keys(over, most)).update(
        data=Value(None), removed_at=timezone.now()
    )  # fmt: skip


def drop_showings(most: int) -> int:
    return _delete(Showing.objects.filter(at__lt=timezone.now() - THREE_YEARS), most)


def drop_corrections(most: int) -> int:
    answered = ~Q(state=CorrectionState.OPEN)
    return _delete(Correction.objects.filter(answered, state_since__lt=timezone.now() - THREE_YEARS), most)


def drop_notifications(most: int) -> int:
    return _delete(Notification.objects.filter(created_at__lt=timezone.now() - YEAR), most)


def drop_mails(most: int) -> int:
    old = OutboxMail.objects.filter(created_at__lt=timezone.now() - HALF_YEAR)
    return _delete(old.filter(state__in=[MailState.SENT, MailState.FAILED]), most)


def drop_attempts(most: int) -> int:
    before = timezone.now() - HALF_YEAR
    models: tuple[Any, ...] = (AccessAttempt, AccessFailureLog, AccessLog)
    return sum(_delete(model.objects.filter(attempt_time__lt=before), most) for model in models)


def anonymise_consents(most: int) -> int:
    """Three years after its withdrawal a consent keeps version and times, which prove it, and no name."""
    old = Consent.objects.filter(withdrawn_at__lt=timezone.now() - THREE_YEARS).exclude(person_name="")
    return Consent.objects.filter(pk__in=first_keys(old, most)).update(person_name="")


_PIPL = _("PIPL art. 19 and 47: no longer than the purpose needs")
for _rule in (
    Rule("account", _("account: name, user name, e-mail address"), _("until the account is closed"),
         _("the sign-up"), _("a job replaces name and address; the row stays without them"), _PIPL),
    Rule("roles", _("roles in organisations"), _("as long as the history"), _("the day the role was given"),
         _("ended, never removed: they say who acted for whom"), _("GB/T 22239-2019, 8.1.4: audit")),
    Rule("sign_in", _("sessions, second factor, tokens"), _("until they end, or the account is closed"),
         _("signing in"), _("removed"), _PIPL),
    Rule("attempts", _("failed attempts to sign in, with network and browser"), _("180 days"), _("the attempt"),
         _("removed"), _("Cybersecurity Law art. 23 (2026): logs for at least six months"), drop_attempts),
    Rule("history", _("history of acts"), _("as long as the portal stands, at least 180 days"), _("the act"),
         _("stays sealed; of closed accounts no name is shown any more"),
         _("Cybersecurity Law art. 23 (2026); GB/T 22239-2019, 8.1.4: audit")),
    Rule("notifications", _("notifications"), _("one year"), _("the notification"), _("removed"), _PIPL,
         drop_notifications),
    Rule("mails", _("mails that were sent"), _("180 days"), _("the mail"), _("removed"),
         _("Cybersecurity Law art. 23 (2026): logs for at least six months"), drop_mails),
    Rule("consents", _("consents: name, version, times"), _("three years"), _("the withdrawal"),
         _("the name is removed, version and times stay as proof"),
         _("PIPL art. 14 and 69: the processor proves the consent"), anonymise_consents),
    Rule("ledger", _("ledger of what was shown to whom"), _("three years"), _("the showing"), _("removed"),
         _("Network Data Security Regulations art. 12: records of providing for at least three years"), drop_showings),
    Rule("copies", _("copy of one's own data"), _("seven days"), _("the day it was ready"), _("emptied"), _PIPL,
         empty_copies),
    Rule("corrections", _("requests for correction"), _("three years"), _("the answer"), _("removed"),
         _("PIPL art. 50: the processor shows that it answered"), drop_corrections),
    Rule("contacts", _("contact data of organisations and records"), _("as long as the record stands"),
         _("the entry"), _("replaced by the owner; emptied when the person closes the account"), _PIPL),
    Rule("records", _("names of people in records of organisations"), _("as long as the record stands"),
         _("the entry"), _("corrected by the owner, at the person's request within 15 working days"),
         _("PIPL art. 13 no. 2 and 3: contract and statutory duty of the owner")),
    Rule("versions", _("kept versions of records"), _("as long as the record stands"), _("the step that kept it"),
         _("erased with reason when its person leaves; else evidence of the review"),
         _("PIPL art. 47: what must be kept is stored and not processed otherwise")),
):  # fmt: skip
    register_rule(_rule)
