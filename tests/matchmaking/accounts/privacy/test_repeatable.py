"""The jobs of personal data may die anywhere and run again; after an opt-out, a closed account and a whole night."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from experts.models import Expert
from matchmaking.accounts.models import Correction, PersonalExport, Showing, User
from matchmaking.accounts.privacy import closing, copies, correcting, opting
from matchmaking.activity.models import Entry
from matchmaking.intake.models import RecordVersion, VersionOf
from matchmaking.intake.services.versions import keep
from matchmaking.jobs.models import Job
from matchmaking.jobs.services import enqueue
from matchmaking.matching.models import Match
from matchmaking.notifications.models import Notification, OutboxMail
from tests.factories.jobs import assert_repeatable
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


def outcome():
    """What is left of the person, what was told, and what the history says."""
    return {
        "people": list(User.objects.order_by("pk").values_list("full_name", "email", "is_active")),
        "experts": list(Expert.objects.order_by("pk").values_list("name", "state", "directions")),
        "versions": list(RecordVersion.objects.order_by("pk").values_list("erased_at", "erased_digest")),
        "copies": list(PersonalExport.objects.order_by("pk").values_list("ready_at", "removed_at")),
        "ledger": Showing.objects.count(),
        "requests": list(Correction.objects.order_by("pk").values_list("state", "reminded_at")),
        "matches": list(Match.objects.order_by("pk").values_list("state", "end_reason")),
        "told": (Notification.objects.count(), OutboxMail.objects.count()),
        "history": Counter(Entry.objects.values_list("verb", "object_no", "to_state")),
    }


def personal_export(case):
    copies.ask_copy(by=case("expert_user"))
    return Job.objects.get(kind="personal_export")


def erase_person(case):
    keep(record=case("expert"), kind="expert", by=None, what=VersionOf.PUBLISHED)
    closing.close_account(by=case("expert_user"))
    return Job.objects.get(kind="erase_person")


def withdraw_proposals(case):
    need = make_need(case("enterprise"), case("enterprise_lead"))
    MatchFactory(need=need, achievement=None, expert=case("expert"))
    opting.set_automatic(by=case("expert_user"), on=False)
    return Job.objects.get(kind="withdraw_proposals")


def late_corrections(case):
    case("secretary")
    held = correcting.find_held(case("expert_user"), "experts", case("expert").uuid)
    correcting.ask_correction(by=case("expert_user"), held=held, text="职务已变更")
    Correction.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    return enqueue(kind="late_corrections", args={})


def carry_out_retention(case):
    user, expert = case("expert_user"), case("expert")
    old = timezone.now() - timedelta(days=1100)
    Showing.objects.create(subject=user, what="contact", object_kind="expert", object_id=expert.uuid, at=old)
    copies.make_copy(export=copies.ask_copy(by=user))
    PersonalExport.objects.update(ready_at=old, expires_at=old + timedelta(days=7))
    Expert.objects.filter(pk=expert.pk).update(state="left", state_since=timezone.now() - timedelta(days=31))
    return enqueue(kind="carry_out_retention", args={})


CASES = {
    made.__name__: made
    for made in (carry_out_retention, erase_person, late_corrections, personal_export, withdraw_proposals)
}


@pytest.mark.parametrize("kind", sorted(CASES))
def test_it_may_run_again(kind, request, monkeypatch):
    assert_repeatable(kind, lambda: CASES[kind](request.getfixturevalue), outcome, monkeypatch, chunks=20)


@pytest.mark.parametrize("kind", sorted(CASES))
def test_the_cases_do_something(kind, request, run_jobs):
    CASES[kind](request.getfixturevalue)
    before = outcome()
    assert run_jobs(kind) == 1
    assert outcome() != before
