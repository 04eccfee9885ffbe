"""M46, the legal duty pack: export, correct, delete, withdraw, retention, opt-out. Twenty scripted checks."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from experts.models import Expert, ExpertBody
from experts.privacy import ERASED, erase_left
from experts.services import leave_pool
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Consent, Correction, Membership, PersonalExport, Showing, User
from matchmaking.accounts.privacy import closing, consents, copies, correcting, opting, retention
from matchmaking.accounts.privacy.ledger import note_contact
from matchmaking.accounts.tokens import create_token
from matchmaking.activity.models import Entry
from matchmaking.activity.selectors import history
from matchmaking.intake.models import RecordVersion, VersionOf
from matchmaking.intake.services.erasing import ReasonMissing, erase_versions
from matchmaking.intake.services.versions import keep
from matchmaking.matching.automatic import matched
from matchmaking.matching.disclosing import next_step
from matchmaking.matching.enums import Side
from matchmaking.matching.models import Match
from matchmaking.matching.ndas import nda_text
from matchmaking.matching.services import disclosing, questions
from tests.factories.experts import make_expert, reload
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


@pytest.fixture
def match(need, expert):
    """Proposed by the engine: the need of the enterprise and the expert."""
    return MatchFactory(need=need, achievement=None, expert=expert)


def opened(match: Match) -> Match:
    """Both sides have said yes."""
    moments = {"contact_opened_at": timezone.now(), "released_at": timezone.now()}
    for state in ("released", "contact_opened"):
        Match.objects.filter(pk=match.pk).update(state=state, **moments)
    return Match.objects.get(pk=match.pk)


def held_in(client, name: str = "privacy:my_data") -> str:
    return client.get(reverse(name)).content.decode()


# --- Know and copy (PIPL 44, 45) ---


def test_01_a_person_reads_what_is_held_why_and_for_how_long(login, expert_user, expert):
    shown = held_in(login(expert_user))
    assert expert.public_no in shown
    assert expert_user.email not in held_in(login(None), "privacy:closed")
    for said in ("until the person leaves, and 30 days", "your consent (PIPL art. 13 no. 1)"):
        from django.utils.translation import gettext

        assert gettext(said) in shown


def test_02_the_copy_holds_every_room_and_the_opened_contact_data(expert_user, expert, run_jobs):
    export = copies.ask_copy(by=expert_user)
    assert run_jobs("personal_export") == 1
    archive = copies.take_copy(by=expert_user, export=export)
    found = json.loads(zipfile.ZipFile(io.BytesIO(archive)).read("my-data.json"))
    assert {"rooms", "shown", "consents", "requests", "left_alone_by_the_engine"} <= set(found)
    text = json.dumps(found, ensure_ascii=False)
    assert expert.public_no in text
    assert "000-0000" in text
    assert expert_user.email in text
    assert len(found["consents"]) == 1
    assert "证明材料" in found["consents"][0]["text"]


def test_the_copy_holds_what_was_asked_answered_opened_and_signed_before_both_said_yes(
    expert_user, enterprise_lead, match, run_jobs
):
    Match.objects.filter(pk=match.pk).update(state="released", released_at=timezone.now())
    match = Match.objects.get(pk=match.pk)
    asked = questions.ask(by=expert_user, match=match, text="一炉多少片？")
    questions.answer_question(by=enterprise_lead, question=asked, text="约二百片。")
    text = nda_text()
    for person in (expert_user, enterprise_lead):
        disclosing.accept_nda(by=person, match=match, version=text.version, digest=text.digest)
    disclosing.open_step(by=enterprise_lead, match=match, step=next_step(match, Side.ENTERPRISE))

    copied = {}
    for person in (expert_user, enterprise_lead):
        export = copies.ask_copy(by=person)
        run_jobs("personal_export")
        archive = zipfile.ZipFile(io.BytesIO(copies.take_copy(by=person, export=export)))
        copied[person] = json.dumps(json.loads(archive.read("my-data.json")), ensure_ascii=False)
    assert ("一炉多少片" in copied[expert_user], "约二百片" in copied[expert_user]) == (True, False)
    assert ("一炉多少片" in copied[enterprise_lead], "约二百片" in copied[enterprise_lead]) == (False, True)
    assert all(text.version in one for one in copied.values())


def test_03_nobody_else_downloads_the_copy(login, expert_user, expert, secretary, make_administrator, run_jobs):
    export = copies.ask_copy(by=expert_user)
    run_jobs("personal_export")
    url = reverse("privacy:copy_download", args=[export.uuid])
    for other in (secretary, make_administrator(Role.AUDIT_ADMIN), make_administrator(Role.SYSTEM_ADMIN)):
        assert login(other).post(url).status_code == 404
    answer = login(expert_user).post(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert Entry.objects.filter(verb="account.copy_downloaded", actor_id=expert_user.pk).count() == 1


def test_04_the_copy_is_sealed_and_gone_after_seven_days(expert_user, expert, run_jobs):
    export = copies.ask_copy(by=expert_user)
    run_jobs("personal_export")
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM accounts_personalexport WHERE id = %s", [export.pk])
        assert b"000-0000" not in bytes(cursor.fetchone()[0])
    made = timezone.now() - timedelta(days=8)
    PersonalExport.objects.update(ready_at=made, expires_at=made + timedelta(days=7))
    assert copies.take_copy(by=expert_user, export=export) is None
    assert retention.empty_copies(10) == 1
    assert PersonalExport.objects.get().data is None


# --- To whom it was shown (PIPL 23, 55) ---


def test_05_contact_data_are_shown_by_a_click_only_and_each_time_is_in_the_ledger(
    login, enterprise_lead, expert_user, match
):
    match = opened(match)
    client = login(enterprise_lead)
    assert "000-0000" not in client.get(match.get_absolute_url()).content.decode()
    assert not Showing.objects.filter(what="contact").exists()
    for _time in range(2):
        assert "000-0000" in client.post(reverse("matching:match_contact", args=[match.uuid])).content.decode()
    lines = Showing.objects.filter(what="contact", subject=expert_user, shown_to=enterprise_lead)
    assert lines.count() == 2
    assert enterprise_lead.memberships.get().organisation.name in held_in(login(expert_user), "privacy:ledger")


def test_06_before_both_say_yes_nothing_is_shown_and_nothing_is_noted(login, enterprise_lead, match):
    Match.objects.filter(pk=match.pk).update(state="released", released_at=timezone.now())
    answer = login(enterprise_lead).post(reverse("matching:match_contact", args=[match.uuid]))
    assert answer.status_code in (403, 404)
    assert not Showing.objects.exists()


def test_07_the_page_counts_once_a_day_and_a_workbook_each_time(login, expert, expert_user, secretary):
    for person in (secretary, secretary, None, expert_user):
        login(person).get(expert.get_absolute_url())
    assert sorted(Showing.objects.filter(what="page").values_list("shown_to", flat=True), key=str) == sorted(
        [secretary.pk, None], key=str
    )
    answer = login(secretary).get(reverse("experts:expert_export"))
    assert sum(map(len, answer.streaming_content))
    line = Showing.objects.get(what="export")
    assert (line.subject, line.shown_to, line.object_no) == (expert_user, secretary, expert.public_no)


# --- Correct (PIPL 46) ---


def test_08_the_owner_is_asked_with_a_clock_and_answers(login, expert, expert_user, university_officer):
    client = login(expert_user)
    url = reverse("privacy:correction_ask", args=["experts", expert.uuid])
    assert client.post(url, {"text": ""}).status_code == 422
    assert client.post(url, {"text": "职务已变更"}).status_code == 302
    asked = Correction.objects.get()
    assert asked.due_on > timezone.localdate() + timedelta(days=15)
    assert asked.owner_id == university_officer.memberships.get().organisation_id
    page = reverse("privacy:correction_detail", args=[asked.uuid])
    assert login(university_officer).post(page, {"outcome": "refused", "answer": "", "version": 1}).status_code == 422
    assert login(university_officer).post(page, {"outcome": "done", "answer": "", "version": 1}).status_code == 302
    assert Correction.objects.get().state == "done"
    late = login(university_officer).post(page, {"outcome": "refused", "answer": "不改", "version": 1}, follow=True)
    assert (late.status_code, Correction.objects.get().state) == (200, "done")  # told that somebody was faster


def test_09_strangers_neither_read_nor_answer_a_request(
    login, expert, expert_user, other_university_officer, secretary
):
    held = correcting.find_held(expert_user, "experts", expert.uuid)
    asked = correcting.ask_correction(by=expert_user, held=held, text="职务已变更")
    page = reverse("privacy:correction_detail", args=[asked.uuid])
    assert login(other_university_officer).get(page).status_code == 404
    assert login(expert_user).post(page, {"outcome": "done", "version": 1}).status_code == 403
    ask = reverse("privacy:correction_ask", args=["experts", expert.uuid])
    assert login(other_university_officer).get(ask).status_code == 404
    assert login(secretary).get(page).status_code == 404  # not late yet
    Correction.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert correcting.remind_late() == 1
    assert correcting.remind_late() == 0
    assert login(secretary).get(page).status_code == 200


# --- Consent (PIPL 14 to 16) ---


def test_10_every_consent_stands_there_with_its_version_and_text(login, expert_user, expert):
    shown = held_in(login(expert_user), "privacy:consent_list")
    consent = Consent.objects.get(user=expert_user)
    assert consent.text_version in shown
    assert "证明材料" in shown
    Consent.objects.create(user=expert_user, person_name="专家甲", scope="expert_pool", text_version="2026-1.zh-hans")
    assert "2026年第1版" in held_in(login(expert_user), "privacy:consent_list")


def test_11_one_click_withdraws_and_the_next_request_finds_nothing(login, expert_user, expert, secretary):
    consent = Consent.objects.get(user=expert_user)
    page = expert.get_absolute_url()
    assert login(secretary).get(page).status_code == 200
    url = reverse("privacy:consent_withdraw", args=[consent.pk])
    assert login(secretary).post(url).status_code == 404
    assert login(expert_user).post(url).status_code == 302
    assert login(secretary).get(page).status_code == 404
    assert Consent.objects.get(pk=consent.pk).withdrawn_at is not None
    assert not consents.withdraw_consent(by=expert_user, consent=consent)


# --- Automated decisions (PIPL 24) ---


def test_12_whoever_opts_out_is_left_out_of_the_pools_of_the_engine(login, expert, expert_user):
    assert matched(Expert).filter(pk=expert.pk).exists()
    client = login(expert_user)
    assert client.post(reverse("privacy:automatic"), {"organisation": "", "on": "0"}).status_code == 302
    assert not matched(Expert).filter(pk=expert.pk).exists()
    assert Expert.objects.matched().filter(pk=expert.pk).exists()  # found and proposed by hand as before
    client.post(reverse("privacy:automatic"), {"organisation": "", "on": "1"})
    assert matched(Expert).filter(pk=expert.pk).exists()


def test_13_open_proposals_of_the_engine_are_withdrawn_and_those_by_hand_stay(
    match, expert_user, other_enterprise, other_enterprise_lead, run_jobs
):
    other = make_need(other_enterprise, other_enterprise_lead)
    by_hand = MatchFactory(need=other, achievement=None, expert=match.expert, origin="human")
    opting.set_automatic(by=expert_user, on=False)
    assert run_jobs("withdraw_proposals") == 1
    match.refresh_from_db()
    by_hand.refresh_from_db()
    assert (match.state, match.end_reason, by_hand.state) == ("closed_by_source", "opt_out", "proposed")


def test_14_an_organisation_opts_out_through_its_managers_only(login, enterprise, enterprise_lead, expert_user, need):
    form = {"organisation": str(enterprise.uuid), "on": "0"}
    assert login(expert_user).post(reverse("privacy:automatic"), form).status_code == 404
    with pytest.raises(opting.NotYours):
        opting.set_automatic(by=expert_user, organisation=enterprise, on=False)
    assert matched(type(need)).filter(pk=need.pk).exists()
    assert login(enterprise_lead).post(reverse("privacy:automatic"), form).status_code == 302
    assert not matched(type(need)).filter(pk=need.pk).exists()


# --- Delete (PIPL 47) ---


def test_15_closing_ends_access_at_once(login, expert, expert_user):
    client = login(expert_user)
    create_token(by=expert_user)
    url = reverse("privacy:close")
    assert client.post(url, {"username": "somebody"}).status_code == 422
    assert client.post(url, {"username": expert_user.username}).status_code == 302
    assert client.get(reverse("privacy:my_data")).status_code == 302
    closed = User.objects.get(pk=expert_user.pk)
    assert (closed.is_active, closed.closed_at is None) == (False, False)
    assert not Membership.objects.filter(user=closed, ended_at=None).exists()
    assert not Consent.objects.filter(user=closed, withdrawn_at=None).exists()
    assert reload(expert).state == "left"


def test_16_what_need_not_be_kept_is_erased_and_the_row_stays(expert, expert_user, enterprise, run_jobs):
    name, address = expert_user.full_name, expert_user.email
    keep(record=expert, kind="expert", by=None, what=VersionOf.PUBLISHED)
    body = make_need(enterprise, expert_user, contact={"name": name, "email": address}).body
    closing.close_account(by=expert_user)
    assert run_jobs("erase_person") == 1
    person = User.objects.get(pk=expert_user.pk)
    assert (person.full_name, person.has_usable_password()) == ("", False)
    assert address not in (person.email, person.username)
    entry = reload(expert)
    assert (entry.name, entry.directions, entry.works.count()) == (ERASED, "", 0)
    assert ExpertBody.objects.get(pk=entry.pk).contact is None
    assert set(RecordVersion.objects.filter(object_id=expert.uuid).values_list("data", flat=True)) == {None}
    body.refresh_from_db()
    assert body.contact is None


def test_17_the_history_keeps_the_act_and_shows_no_name(expert, expert_user, make_administrator, login, run_jobs):
    from matchmaking.activity.services import record

    record(by=expert_user, verb="expert.edited", about=expert, kind="expert")
    assert expert_user.full_name in str(history(expert, kind="expert", show_people=True))
    closing.close_account(by=expert_user)
    run_jobs("erase_person")
    assert "专家甲" not in str(history(expert, kind="expert", show_people=True))
    auditor = login(make_administrator(Role.AUDIT_ADMIN))
    shown = auditor.get(reverse("portal:history")).content.decode()
    assert "专家甲" not in shown


def test_18_a_signed_match_is_kept_as_it_was(match, expert, expert_user, run_jobs):
    match = opened(match)
    Match.objects.filter(pk=match.pk).update(state="signed")
    closing.close_account(by=expert_user)
    run_jobs("erase_person")
    entry = reload(expert)
    assert (entry.name, entry.state) == ("专家甲", "left")
    assert (
        not Expert.objects.visible_to(User.objects.get(pk=match.need.body.created_by_id)).filter(pk=entry.pk).exists()
    )


def test_19_versions_lose_their_content_by_the_one_door_and_nothing_else(expert, expert_user):
    keep(record=expert, kind="expert", by=expert_user, what=VersionOf.PUBLISHED)
    version = RecordVersion.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(sha256(data), 'hex') FROM intake_recordversion WHERE id = %s", [version.pk])
        [digest] = cursor.fetchone()
    rows = RecordVersion.objects.filter(pk=version.pk)
    now = timezone.now()
    crimes = [
        lambda: rows.update(number=9),
        lambda: rows.update(data={"name": "somebody"}),
        lambda: rows.update(data=None),
        lambda: rows.update(data=None, erased_at=now, erased_because=" "),
        lambda: rows.update(data=None, erased_at=now, erased_because="asked", number=9),
        lambda: rows.update(data=None, erased_at=now, erased_because="asked", by=None),
        rows.delete,
    ]
    for crime in crimes:
        with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
            crime()
    with pytest.raises(ReasonMissing):
        erase_versions(by=expert_user, record=expert, kind="expert", reason=" ")
    assert erase_versions(by=expert_user, record=expert, kind="expert", reason="the person left") == 1
    version.refresh_from_db()
    assert (version.data, version.erased_digest, version.erased_by) == (None, digest, expert_user)
    for crime in (lambda: rows.update(erased_because="other"), lambda: rows.update(data={"name": "again"})):
        with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
            crime()
    assert Entry.objects.filter(verb="expert.versions_erased", detail={"count": 1}).count() == 1


# --- Retention (PIPL 19) ---


def test_20_the_nightly_job_carries_out_the_declared_table(expert, expert_user, secretary, run_jobs):
    from matchmaking.jobs.services import enqueue

    kinds = {"subject": expert_user, "kind": "expert", "object_id": expert.uuid, "number": expert.public_no}
    for _line in range(2):
        note_contact(**kinds, shown_to=secretary, organisation=None)
    Showing.objects.create(subject=expert_user, what="contact", object_kind="expert", object_id=expert.uuid,
                           shown_to=secretary, at=timezone.now() - timedelta(days=1100))  # fmt: skip
    leave_pool(by=expert_user, expert=expert)
    Expert.objects.filter(pk=expert.pk).update(state_since=timezone.now() - timedelta(days=31))
    job = enqueue(kind="carry_out_retention", args={})
    assert run_jobs("carry_out_retention") == 1
    job.refresh_from_db()
    assert (job.result["ledger"], job.result["experts"]) == (1, 1)
    assert Showing.objects.count() == 2
    assert reload(expert).name == ERASED
    assert erase_left(10) == 0


def test_a_kept_entry_does_not_stop_the_night(match, expert, expert_user, university, university_officer):
    Match.objects.filter(pk=opened(match).pk).update(state="signed")
    other = make_expert(university, university_officer, name="专家乙")
    long_ago = timezone.now() - timedelta(days=31)
    for one in (expert, other):
        Expert.objects.filter(pk=one.pk).update(state="left", state_since=long_ago)
    assert erase_left(1) == 1
    assert reload(other).name == ERASED
    assert erase_left(1) == 0


# --- What proves that it was done stays (Network Data Security Regulations 12, PIPL 69) ---


def refused(crime) -> None:
    with pytest.raises((ProgrammingError, InternalError), match=r"append-only|kept"), transaction.atomic():
        crime()


def test_a_line_of_the_ledger_is_neither_changed_nor_removed_before_its_time(expert, expert_user, secretary):
    line = note_contact(subject=expert_user, kind="expert", object_id=expert.uuid, number=expert.public_no,
                        shown_to=secretary, organisation=None)  # fmt: skip
    rows = Showing.objects.filter(pk=line.pk)
    for crime in (lambda: rows.update(shown_to=expert_user), lambda: rows.update(at=timezone.now()), rows.delete):
        refused(crime)
    old = Showing.objects.create(subject=expert_user, what="contact", object_kind="expert", object_id=expert.uuid,
                                 shown_to=secretary, at=timezone.now() - timedelta(days=1100))  # fmt: skip
    refused(lambda: Showing.objects.filter(pk=old.pk).update(shown_to=expert_user))
    assert retention.drop_showings(10) == 1


def test_a_consent_is_withdrawn_once_and_stays_as_it_was_given(expert, expert_user):
    rows = Consent.objects.filter(user=expert_user)
    other = {"text_hash": "0" * 64, "scope": "all", "given_at": timezone.now(), "person_name": "somebody"}
    for name, value in other.items():
        refused(lambda name=name, value=value: rows.update(**{name: value}))
    refused(lambda: rows.update(person_name=""))  # not while it stands
    refused(lambda: rows._raw_delete(rows.db))  # Django itself would ask for the references first
    leave_pool(by=expert_user, expert=expert)
    refused(lambda: rows.update(withdrawn_at=None))
    refused(lambda: rows.update(withdrawn_at=timezone.now()))
    assert rows.update(person_name="") == 1


# --- The publication is a consent of its own (PIPL 25) ---


def test_the_publication_alone_can_be_taken_back(login, expert, expert_user, secretary):
    consent = Consent.objects.get(user=expert_user)
    page, url = expert.get_absolute_url(), reverse("privacy:consent_narrow", args=[consent.pk])
    assert login(None).get(page).status_code == 200
    assert login(secretary).post(url).status_code == 404
    assert login(expert_user).post(url).status_code == 302
    assert login(None).get(page).status_code in (302, 404)
    assert login(secretary).get(page).status_code == 200
    now = ExpertBody.objects.get(pk=expert.pk).consent
    assert (now.scope, now.withdrawn_at, now.text_hash) == ("expert_pool", None, consent.text_hash)
    assert Consent.objects.get(pk=consent.pk).withdrawn_at is not None
    assert Entry.objects.filter(verb="expert.publication_ended", object_id=expert.uuid).count() == 1
    for standing in (consent, now):  # a second click, and one that has no such part
        assert login(expert_user).post(reverse("privacy:consent_narrow", args=[standing.pk])).status_code == 302
    assert Entry.objects.filter(verb="account.consent_narrowed").count() == 1
    with pytest.raises(consents.NotYours):
        consents.narrow_consent(by=secretary, consent=now)


def test_the_ledger_does_not_read_through_the_history(login, expert_user, expert):
    client = login(expert_user)
    with CaptureQueriesContext(connection) as asked:
        held_in(client, "privacy:ledger")
    assert [one["sql"] for one in asked if '"activity_entry"."actor_id" =' in one["sql"]] == []


# --- Whom to tell after an incident (PIPL 57), and who took a list away (51) ---


def test_the_affected_persons_are_listed_from_the_ledger(expert, expert_user, secretary, stranger, capsys):
    said = {"subject": expert_user, "kind": "expert", "object_id": expert.uuid, "number": expert.public_no}
    note_contact(**said, shown_to=secretary, organisation=None)
    call_command("affected_persons", "--reader", secretary.username, "--since", "2020-01-01T00:00")
    found = capsys.readouterr()
    assert (expert_user.email in found.out, "1 persons" in found.err) == (True, True)
    for asked in (["--reader", stranger.username], ["--until", "2020-01-01T00:00", "--record", expert.public_no]):
        call_command("affected_persons", *asked)
        assert expert_user.email not in capsys.readouterr().out
    for wrong in ([], ["--since", "yesterday"]):
        with pytest.raises(CommandError):
            call_command("affected_persons", *wrong)


def test_a_workbook_that_names_people_says_who_took_it_away(login, expert, secretary):
    answer = login(secretary).get(reverse("experts:expert_export"))
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    foot = load_workbook(io.BytesIO(book.fp.getvalue())).active.oddFooter.left.text
    assert secretary.username in foot


def test_whoever_leads_a_team_is_shown_with_it_on_its_page_and_in_the_api(
    login, expert, expert_user, university_officer, secretary, enterprise_lead
):
    team = make_team(expert, university_officer)
    assert expert.name in login(enterprise_lead).get(team.get_absolute_url()).content.decode()
    assert expert.name in login(secretary).get(f"/api/teams/{team.uuid}/").content.decode()
    lines = Showing.objects.filter(what="page", object_kind="team", subject=expert_user)
    assert set(lines.values_list("shown_to", flat=True)) == {enterprise_lead.pk, secretary.pk}


def test_the_page_of_a_match_and_of_the_api_count_as_shown(login, expert_user, enterprise_lead, secretary, match):
    match = opened(match)
    login(enterprise_lead).get(match.get_absolute_url())
    login(secretary).get(f"/api/experts/{match.expert.uuid}/")
    login(expert_user).get(match.get_absolute_url())
    lines = Showing.objects.filter(what="page", subject=expert_user)
    assert set(lines.values_list("shown_to", flat=True)) == {enterprise_lead.pk, secretary.pk}
