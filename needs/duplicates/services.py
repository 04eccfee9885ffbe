"""What happens to a pair of needs: linked as one challenge, told apart, undone."""

from django.db import connection, transaction

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.intake.duplicates import deciding
from matchmaking.intake.duplicates.deciding import NotAllowed
from matchmaking.intake.duplicates.enums import PairState as P
from matchmaking.intake.duplicates.kinds import Decision, find
from needs.duplicates import rules
from needs.duplicates.selectors import linked_with
from needs.models import NeedPair, TechNeed
from needs.services.people import owner_people, tell

KIND = "need"
LINKING = 0x11EED  # the advisory lock under which groups of linked needs change


def decide(by: User, pair: NeedPair, decision: Decision) -> None:
    """Take the decision of the page. Raises NotAllowed, ReasonMissing, StaleState."""
    if decision.value == deciding.APART:
        may = rules.can_tell_apart(by, pair)
        deciding.tell_apart(find(KIND), by=by, pair=pair, version=decision.version, reason=decision.reason, may=may)
    elif decision.value == deciding.UNDO:
        undo(by=by, pair=pair, version=decision.version, reason=decision.reason)
    else:
        link(by=by, pair=pair, version=decision.version, seen=decision.seen, reason=decision.reason,
             leads_first=decision.value == deciding.KEEP_FIRST)  # fmt: skip


@transaction.atomic
def link(*, by: User, pair: NeedPair, version: int, seen: tuple[int, int], reason: str, leads_first: bool) -> NeedPair:
    """Mark two needs as one challenge; the lists show the leading one. Both owners are told, neither of the other.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    deciding.expect(pair, version, reason)
    _one_at_a_time()
    deciding.lock(pair, TechNeed.objects.select_related("body__owner", "region", "programme"), seen)
    if not rules.can_link(by, pair):
        raise NotAllowed
    deciding.decide(find(KIND), pair, P.MERGED, by=by, reason=reason, leads_first=leads_first)
    _regroup(pair.first_id)
    _tell_both(by, pair, "linked")
    return pair


@transaction.atomic
def undo(*, by: User, pair: NeedPair, version: int, reason: str) -> NeedPair:
    """Take the decision back: the pair is to be looked at again, a link is lifted. Raises as `link`."""
    deciding.expect(pair, version, reason)
    if not rules.can_undo(by, pair):
        raise NotAllowed
    _one_at_a_time()
    was_linked = pair.state == P.MERGED
    deciding.decide(find(KIND), pair, P.FOUND, by=by, reason=reason)
    if was_linked:
        _regroup(pair.first_id)
        _regroup(pair.second_id)
        _tell_both(by, pair, "unlinked")
    return pair


def _one_at_a_time() -> None:
    """Until the end of the transaction nobody else changes links. Taken before any row.

    A group is read before its needs can be locked, so two of these would lose each other's links or wait in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINKING])


def _regroup(key: int) -> None:
    """Let one need of those that are linked stand for all: one that no link puts behind another."""
    members, links = linked_with(key)
    list(TechNeed.objects.select_for_update(no_key=True).filter(pk__in=members).order_by("pk").values_list("pk"))
    behind = {link.second_id if link.leads_first else link.first_id for link in links}
    head = min(members - behind or members)
    TechNeed.objects.filter(pk=head).update(same_as=None)
    TechNeed.objects.filter(pk__in=members - {head}).update(same_as=head)


def _tell_both(by: User, pair: NeedPair, what: str) -> None:
    for need in (pair.first, pair.second):
        record(by=by, verb=f"need.{what}", about=need, kind=KIND)
        tell(owner_people(need.body), f"need_{what}", need, once=f"{pair.pk}:{pair.version}")
