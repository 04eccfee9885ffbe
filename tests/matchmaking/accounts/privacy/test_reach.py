"""How far an erasure reaches: after it no column of no table holds what was said of the person, sealed or not."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.invitations.models import Invitation
from matchmaking.accounts.outreach.models import InvitationList, ListedEnterprise
from matchmaking.accounts.privacy import closing, copies, correcting
from matchmaking.activity.models import Entry, Seal
from matchmaking.activity.sealing import seal_entries
from matchmaking.activity.verifying import verify_history
from matchmaking.finding.models import SavedSearch
from matchmaking.intake.models import FormDraft, ImportBatch, ImportRow, RecordVersion, StoredFile, VersionOf
from matchmaking.intake.services.versions import keep
from matchmaking.notifications.services import queue_mail
from tests.factories.accounts import UserFactory
from tests.factories.experts import form_data, make_expert, reload

pytestmark = pytest.mark.django_db
# What stays, and why it may: the proofs of PIPL 50 and 69, each three years by the table of retention.
KEPT = {"accounts.Consent.person_name", "accounts.Correction.request"}
# What was said of the person, and nowhere else.
WORDS = ("钱无痕", "zzreach", "139-0000-4711", "鳞状超材料的涡声学")


def everywhere() -> dict[str, set[str]]:
    """{table.column: the words found there}, every row of every table, encrypted columns opened."""
    found: dict[str, set[str]] = {}
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values_list(*names):
            for name, value in zip(names, row, strict=True):
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
                if said := {word for word in WORDS if word in text}:
                    found.setdefault(f"{model._meta.label}.{name}", set()).update(said)
    return found


@pytest.fixture
def person(db):
    return UserFactory(username="zzreach", full_name="钱无痕", email="zzreach@example.test")


@pytest.fixture
def busy(person, university, university_officer, login):
    """An expert who was nominated, edited, consented and kept in versions."""
    contact = {"name": "钱无痕", "position": "", "phone": "139-0000-4711", "email": person.email}
    said = {"name": "钱无痕", "directions": "鳞状超材料的涡声学", "contact": contact}
    expert = make_expert(university, university_officer, user=person, **said)
    keep(record=expert, kind="expert", by=university_officer, what=VersionOf.PUBLISHED)
    client = login(person)
    assert client.get(expert.get_absolute_url()).status_code == 200
    posted = form_data(version=expert.version, name="钱无痕", directions="鳞状超材料的涡声学，二",
                       contact_phone="139-0000-4711", contact_email=person.email)  # fmt: skip
    client.post(reverse("experts:expert_edit", args=[expert.uuid]), posted)
    login(university_officer).get(expert.get_absolute_url())
    invite_and_upload(person, expert, university, university_officer)
    say_something(person, expert)
    return reload(expert)


def invite_and_upload(person, expert, university, by):
    """The address in an invitation and in a list, the row of the upload that wrote the entry."""
    until = timezone.now() + timedelta(days=14)
    Invitation.objects.create(organisation=university, email=person.email, role=Role.RESEARCHER,
                              token_hash="1" * 64, invited_by=by, expires_at=until)  # fmt: skip
    made = InvitationList.objects.create(organisation=university, made_by=by)
    ListedEnterprise.objects.create(list=made, number=1, name="测试企业", uscc="91320000MA00000001", email=person.email)
    file = StoredFile.objects.create(name="a.xlsx", size=1, sha256="0" * 64, owner=university, created_by=by)
    batch = ImportBatch.objects.create(kind="experts", owner=university, programme=expert.programme, file=file,
                                       state="committed", created_by=by)  # fmt: skip
    said = {"name": "钱无痕", "directions": "鳞状超材料的涡声学"}
    ImportRow.objects.create(batch=batch, row_no=5, group="new", values=said, mended=said, cleaned=said, before=said,
                             words=["钱无痕"], similar=[{"label": "钱无痕"}], target_id=expert.uuid)  # fmt: skip


def say_something(person, expert):
    """An unsaved text, a saved search, a request for correction, a copy, and mails."""
    FormDraft.objects.create(user=person, key="expert:1", fields={"name": "钱无痕"})
    SavedSearch.objects.create(user=person, pool="needs", name="钱无痕的搜索", query="q=钱无痕")
    held = correcting.find_held(person, "experts", expert.uuid)
    correcting.ask_correction(by=person, held=held, text="钱无痕的职务已变更")
    copies.make_copy(export=copies.ask_copy(by=person))
    queue_mail(to=[person.email], subject="致钱无痕", body="钱无痕，您好。")


def test_after_an_erasure_the_person_stands_nowhere(busy, person, run_jobs):
    before = everywhere()
    assert len(before) >= 8, before  # or the test would find nothing because nothing was there
    closing.close_account(by=person)
    assert run_jobs("erase_person") == 1
    assert set(everywhere()) == KEPT


def test_the_chain_still_verifies_after_an_erasure(busy, person, run_jobs):
    seal_entries()
    sealed = Seal.objects.count()
    assert sealed >= 1
    assert Entry.objects.filter(actor_id=person.pk).exists()
    closing.close_account(by=person)
    run_jobs("erase_person")
    seal_entries()
    assert set(RecordVersion.objects.filter(object_id=busy.uuid).values_list("data", flat=True)) == {None}
    outcome = verify_history()
    assert (outcome.finding, Seal.objects.count() > sealed) == (None, True)
    assert not Entry.objects.exclude(actor_name="").exists()
