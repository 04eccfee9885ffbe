"""What must not happen with one's own data: decided by oneself, by a stranger, twice, late, or without a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from experts.models import Expert
from matchmaking.accounts.enums import Role
from matchmaking.accounts.invitations.models import Invitation
from matchmaking.accounts.models import Consent, Correction, LeftAlone, Showing, User
from matchmaking.accounts.privacy import closing, consents, copies, correcting, opting
from matchmaking.accounts.privacy.ledger import note_page
from matchmaking.accounts.tokens import create_token, tokens_of
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.jobs import runner
from matchmaking.jobs.services import enqueue
from matchmaking.matching.indexes import read_targets
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.services.records import run_for_record
from matchmaking.matching.shown import note_read
from tests.factories.accounts import member
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(enterprise, enterprise_lead, expert):
    return MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=None, expert=expert)


def asked(user, expert, text="职务已变更"):
    return correcting.ask_correction(by=user, held=correcting.find_held(user, "experts", expert.uuid), text=text)


def test_nobody_withdraws_the_consent_of_another(expert, expert_user, secretary):
    with pytest.raises(consents.NotYours):
        consents.withdraw_consent(by=secretary, consent=Consent.objects.get(user=expert_user))


def test_one_does_not_answer_ones_own_request(login, university, university_officer):
    own = make_expert(university, university_officer, user=university_officer, name="专家乙")
    request = asked(university_officer, own)
    page = reverse("privacy:correction_detail", args=[request.uuid])
    assert login(university_officer).get(page).status_code == 200
    said = {"outcome": "done", "answer": "", "version": 1}
    assert login(university_officer).post(page, said).status_code == 403
    with pytest.raises(correcting.Refused):
        correcting.answer_correction(by=university_officer, correction=request, done=True, answer="", version=1)


def test_one_request_at_a_time_about_a_record(expert, expert_user):
    first = asked(expert_user, expert)
    with pytest.raises(correcting.Refused):
        asked(expert_user, expert, "还是不对")
    first.pk = None
    first.uuid = "00000000-0000-4000-8000-000000000001"
    with pytest.raises(IntegrityError, match="correction_open_once"), transaction.atomic():
        first.save(force_insert=True)


def test_a_request_is_answered_once_and_a_refusal_has_a_reason(expert, expert_user, university_officer):
    request = asked(expert_user, expert)
    said = {"by": university_officer, "done": False, "version": 1}
    with pytest.raises(correcting.Refused):
        correcting.answer_correction(correction=request, answer=" ", **said)
    old = Correction.objects.get(pk=request.pk)
    correcting.answer_correction(correction=request, answer="与证书一致。", **said)
    for seen in (old, Correction.objects.get(pk=request.pk)):  # a page that was opened before, then the row as it is
        with pytest.raises(StaleState):
            correcting.answer_correction(by=university_officer, correction=seen, done=True, answer="", version=1)
    with pytest.raises(IntegrityError, match="correction_refusal_has_reason"), transaction.atomic():
        Correction.objects.filter(pk=request.pk).update(answer="")


def test_the_engine_reads_nobody_who_opted_out(expert, expert_user):
    assert run_for_record(noun="expert", key=expert.pk) is not None
    assert len(read_targets("expert")) == 1
    opting.set_automatic(by=expert_user, on=False)
    assert run_for_record(noun="expert", key=expert.pk) is None
    assert read_targets("expert") == []


def test_what_a_side_has_said_yes_to_stays_after_an_opt_out(match, expert_user, run_jobs):
    Match.objects.filter(pk=match.pk).update(state="released", released_at=timezone.now())
    MatchSide.objects.create(match=match, side="enterprise", answer="interested", due_at=timezone.now(),
                             answered_at=timezone.now())  # fmt: skip
    opting.set_automatic(by=expert_user, on=False)
    run_jobs("withdraw_proposals")
    match.refresh_from_db()
    assert match.state == "released"


def test_two_clicks_are_one_opt_out(expert_user):
    assert opting.set_automatic(by=expert_user, on=False)
    assert not opting.set_automatic(by=expert_user, on=False)
    assert LeftAlone.objects.count() == 1
    with pytest.raises(IntegrityError, match="left_alone_person_once"), transaction.atomic():
        LeftAlone.objects.create(user=expert_user, by=expert_user)


def test_two_clicks_are_one_copy(expert_user):
    assert copies.ask_copy(by=expert_user) == copies.ask_copy(by=expert_user)


def test_a_closed_account_keeps_no_key_and_no_invitation(login, expert_user, university, university_officer):
    create_token(by=expert_user)
    Invitation.objects.create(organisation=university, email=expert_user.email, role=Role.RESEARCHER,
                              token_hash="1" * 64, invited_by=university_officer,
                              expires_at=timezone.now() + timedelta(days=3))  # fmt: skip
    client = login(expert_user)
    closing.close_account(by=expert_user)
    assert not tokens_of(expert_user).exists()
    assert not Invitation.objects.open().exists()
    assert client.get(reverse("privacy:my_data")).status_code == 302
    with pytest.raises(closing.AlreadyClosed):
        closing.close_account(by=expert_user)


def test_an_account_that_was_not_closed_is_not_erased(expert_user, expert):
    job = enqueue(kind=closing.KIND, args={"user": expert_user.pk})
    assert runner.run(job.pk, raise_errors=True) == "done"
    assert Expert.objects.get(pk=expert.pk).name == "专家甲"
    assert User.objects.get(pk=expert_user.pk).full_name == expert_user.full_name != ""


def test_where_the_expert_is_masked_nothing_was_shown(match, enterprise_lead):
    note_read(match, False, viewer=enterprise_lead)
    assert not Showing.objects.exists()
    note_read(match, True, viewer=enterprise_lead)
    assert Showing.objects.count() == 1


def test_ones_own_page_is_no_disclosure(expert, expert_user):
    note_page(viewer=expert_user, kind="expert", record=expert, subjects=[expert_user.pk])
    assert not Showing.objects.exists()


def test_an_opening_of_contact_data_is_an_act_in_the_history(login, match, enterprise_lead):
    moments = {"contact_opened_at": timezone.now(), "released_at": timezone.now()}
    for state in ("released", "contact_opened"):
        Match.objects.filter(pk=match.pk).update(state=state, **moments)
    login(enterprise_lead).post(reverse("matching:match_contact", args=[match.uuid]))
    entry = Entry.objects.get(verb="match.contact_shown")
    assert (entry.actor_id, entry.object_id, entry.detail) == (enterprise_lead.pk, match.uuid, {"side": "provider"})


def test_whoever_manages_alone_is_told_before_closing(login, university, university_officer, researcher):
    close = reverse("privacy:close")
    assert university.name in login(university_officer).get(close).context["alone"][0].name
    assert login(researcher).get(close).context["alone"] == []
    member(university, Role.UNIVERSITY_OFFICER)
    assert login(university_officer).get(close).context["alone"] == []
