"""Files of a record: who adds, reads and removes them, and how they leave the store."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from django.conf import settings as portal_settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from catalog.attaching import open_to
from catalog.enums import IN_POOL, AchievementState
from catalog.services import missing_fields, submit_achievement
from matchmaking.activity.models import Entry
from matchmaking.intake.models import Attachment, StoredFile
from matchmaking.intake.views.files import DOWNLOAD_POLICY
from matchmaking.vocabularies import selectors as vocabularies
from needs.models import TechNeed
from needs.talent.models import TalentPost
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.files import JPEG, PDF, PNG, attach, upload
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.matchmaking.common.test_documents import HOSTILE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def record(university, researcher):
    return AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)


def list_url(record, kind="achievement"):
    return reverse("files:list", args=[kind, record.uuid])


def open_url(attachment):
    return reverse("files:open", args=[attachment.uuid])


def send(client, record, *files, htmx=True, kind="achievement", **changes):
    values = {"documents": list(files), "purpose": "test_report", "visibility": "officers", "caption": "", **changes}
    return client.post(list_url(record, kind), values, headers={"HX-Request": "true"} if htmx else {})


def fetch(client, address):
    """The answer with its whole content; a file that nobody reads to the end would stay open."""
    answer = client.get(address)
    if answer.streaming:
        answer.content_read = b"".join(answer.streaming_content)
        for close in answer._resource_closers:
            close()
    return answer


def status_of(client, attachment):
    return fetch(client, open_url(attachment)).status_code


def publish(record):
    type(record).objects.filter(pk=record.pk).update(state="unit_review")
    type(record).objects.filter(pk=record.pk).update(state="submitted")
    type(record).objects.filter(pk=record.pk).update(state="accepted")


def stored_files(store):
    return [path for path in Path(store).rglob("*") if path.is_file()]


def test_a_file_is_added_read_described_and_removed(login, researcher, record, store):
    client = login(researcher)
    assert send(client, record, upload()).status_code == 200
    attachment = Attachment.objects.get()
    assert (attachment.file.name, attachment.media_type) == ("检测报告.pdf", "application/pdf")
    assert fetch(client, open_url(attachment)).content_read == PDF

    described = client.post(
        reverse("files:change", args=[attachment.uuid]),
        {f"file-{attachment.pk}-{name}": value
         for name, value in {"purpose": "evaluation", "visibility": "public", "caption": "第三方"}.items()},
    )  # fmt: skip
    assert described.status_code == 302
    attachment.refresh_from_db()
    assert (attachment.kind, attachment.visibility, attachment.caption) == ("evaluation", "public", "第三方")

    client.post(reverse("files:remove", args=[attachment.uuid]))
    assert (Attachment.objects.count(), StoredFile.objects.count()) == (0, 0)
    verbs = Entry.objects.filter(verb__contains=".file_").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["achievement.file_added", "achievement.file_described", "achievement.file_removed"]
    assert "检测报告" not in str(list(Entry.objects.values_list("detail", flat=True)))


def test_a_removed_file_leaves_the_disk_when_all_is_written(
    login, researcher, record, store, django_capture_on_commit_callbacks
):
    attachment = attach(record, researcher)
    assert len(stored_files(store)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        login(researcher).post(reverse("files:remove", args=[attachment.uuid]))
    assert stored_files(store) == []


def test_the_store_knows_no_name_and_has_no_address(login, researcher, record, store):
    attach(record, researcher, upload=upload("../../机密 报告.pdf"))
    [path] = stored_files(store)
    assert path.name == StoredFile.objects.get().uuid.hex
    relative = path.relative_to(store).as_posix()
    client = login(researcher)
    for address in (f"/media/{relative}", f"/{relative}", f"/static/{relative}", f"/files/{path.name}"):
        assert client.get(address).status_code == 404
    assert not portal_settings.MEDIA_URL.strip("/")


@pytest.mark.parametrize("what", HOSTILE)
def test_the_hostile_corpus_is_refused_and_nothing_is_left(what, login, researcher, record, store):
    name, content = HOSTILE[what]
    answer = send(login(researcher), record, upload(name, content))
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert (Attachment.objects.count(), StoredFile.objects.count(), stored_files(store)) == (0, 0, [])


def test_of_several_files_the_good_ones_are_kept(login, researcher, record):
    answer = send(login(researcher), record, upload(), upload("b.pdf", b"MZ"), upload("c.jpg", JPEG))
    assert answer.status_code == 422
    assert "b.pdf" in answer.content.decode()
    assert Attachment.objects.count() == 2


def test_no_record_has_more_than_its_number(login, researcher, record, settings):
    settings.FILES_PER_RECORD = 2
    client = login(researcher)
    files = [upload(f"{n}.pdf", PDF + bytes([n])) for n in range(3)]
    assert send(client, record, *files).status_code == 422
    assert Attachment.objects.count() == 2


@pytest.mark.parametrize("deed", ["add", "change", "remove"])
def test_a_record_that_is_removed_meanwhile_is_missing(deed, login, researcher, record, monkeypatch, store):
    """Undoing an upload removes drafts; the page of one may still be open."""
    attachment = attach(record, researcher)
    gone = AchievementFactory(state="draft")
    gone.pk = 10**9
    monkeypatch.setattr("matchmaking.intake.attachments.find_record", lambda user, kind, uuid: gone)
    monkeypatch.setattr("matchmaking.intake.attachments.may_change", lambda user, kind, place: True)
    client = login(researcher)
    if deed == "add":
        answer = send(client, record, upload("另一份.pdf", PDF + b"2"))
    else:
        described = {"purpose": "test_report", "visibility": "officers", "caption": ""}
        values = {f"file-{attachment.pk}-{name}": value for name, value in described.items()}
        answer = client.post(reverse(f"files:{deed}", args=[attachment.uuid]), values)
    assert answer.status_code == 404
    assert Attachment.objects.count() == 1


def test_the_same_file_twice_is_said(login, researcher, record):
    client = login(researcher)
    send(client, record, upload())
    assert send(client, record, upload("anders.pdf")).status_code == 422
    assert Attachment.objects.count() == 1


def test_an_upload_that_says_it_is_huge_is_refused_unread(client, settings):
    def never(*_args):
        raise AssertionError("the body was read")

    answer = client.generic("POST", "/files/achievement/x/", b"", CONTENT_LENGTH="2147483648",
                            **{"wsgi.input": type("Input", (), {"read": never, "readline": never})()})  # fmt: skip
    assert answer.status_code == 413
    assert str(settings.REQUEST_MAX_BYTES // 1024**2) in answer.content.decode()


def test_every_answer_keeps_the_file_from_acting(login, researcher, record):
    client = login(researcher)
    document, picture = attach(record, researcher), attach(record, researcher, upload=upload("图.png", PNG))
    for attachment, query, way in (
        (document, "", "attachment"), (document, "?show=1", "attachment"), (picture, "", "attachment"),
        (picture, "?show=1", "inline"),
    ):  # fmt: skip
        answer = fetch(client, open_url(attachment) + query)
        assert answer["Content-Disposition"].split(";")[0] == way
        assert answer["Content-Type"] == attachment.media_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == DOWNLOAD_POLICY
        assert DOWNLOAD_POLICY.startswith("default-src 'none'; ")
        assert DOWNLOAD_POLICY.endswith("; sandbox")
        assert answer["X-Frame-Options"] == "DENY"
        assert "no-store" in answer["Cache-Control"]


def test_before_publication_only_the_owners_side_and_later_the_officers(
    login, researcher, record, university_officer, other_university_officer, regional_officer_edu, enterprise_lead,
    stranger,
):  # fmt: skip
    attachment = attach(record, researcher, visibility="public")

    def seen_by(*people):
        return [status_of(login(person), attachment) for person in people]

    outside = (other_university_officer, enterprise_lead, stranger, None)
    assert seen_by(researcher, university_officer, regional_officer_edu, *outside) == [200, 200, *[404] * 5]
    type(record).objects.filter(pk=record.pk).update(state="submitted")
    assert seen_by(researcher, university_officer, regional_officer_edu, *outside) == [200, 200, 200, *[404] * 4]


@pytest.mark.parametrize(("visibility", "stranger_sees", "member_sees"), [
    ("officers", 404, 404), ("members", 404, 200), ("public", 200, 200)])  # fmt: skip
def test_after_publication_each_file_has_its_readers(
    visibility, stranger_sees, member_sees, login, researcher, record, enterprise_lead, stranger, regional_officer_edu
):
    attachment = attach(record, researcher, visibility=visibility)
    publish(record)
    answers = {person: status_of(login(person), attachment)
               for person in (None, stranger, enterprise_lead, researcher, regional_officer_edu)}  # fmt: skip
    assert answers == {None: stranger_sees, stranger: stranger_sees, enterprise_lead: member_sees, researcher: 200,
                       regional_officer_edu: 200}  # fmt: skip
    page = login(enterprise_lead).get(record.get_absolute_url()).content.decode()
    assert (str(attachment.uuid) in page) == (member_sees == 200)


def test_files_do_not_name_a_hidden_owner(login, researcher, record, enterprise_lead):
    attachment = attach(record, researcher, visibility="public")
    publish(record)
    type(record).objects.filter(pk=record.pk).update(visibility="hidden_owner")
    assert login(enterprise_lead).get(record.get_absolute_url()).status_code == 200
    assert status_of(login(enterprise_lead), attachment) == 404
    assert status_of(login(researcher), attachment) == 200


def test_only_who_may_write_adds_and_removes(
    login, researcher, record, university_officer, other_university_officer, regional_officer_edu, enterprise_lead
):
    attachment = attach(record, researcher, visibility="public")
    change, remove = (reverse(f"files:{name}", args=[attachment.uuid]) for name in ("change", "remove"))
    for person, refused in ((other_university_officer, 404), (enterprise_lead, 404)):
        client = login(person)
        assert send(client, record, upload("b.pdf", PDF + b"b")).status_code == refused
        assert (client.post(change).status_code, client.post(remove).status_code) == (refused, refused)
        assert client.get(list_url(record)).status_code == refused
    publish(record)
    for person in (researcher, regional_officer_edu, enterprise_lead):
        client = login(person)
        assert send(client, record, upload("b.pdf", PDF + b"b")).status_code == 403
        assert (client.post(change).status_code, client.post(remove).status_code) == (403, 403)
    assert Attachment.objects.count() == 1


def test_whoever_does_not_see_the_file_does_not_learn_of_it(login, researcher, record, enterprise_lead):
    attachment = attach(record, researcher)
    publish(record)
    client = login(enterprise_lead)
    answers = {
        client.post(reverse(f"files:{name}", args=[attachment.uuid])).status_code for name in ("change", "remove")
    }
    assert answers == {404}


def test_the_unit_adds_in_its_own_review_and_the_author_no_more(login, researcher, university_officer, record):
    type(record).objects.filter(pk=record.pk).update(state="unit_review")
    assert send(login(researcher), record, upload()).status_code == 403
    assert send(login(university_officer), record, upload()).status_code == 200


def test_a_need_has_files_too(login, enterprise, enterprise_lead, park_admin, researcher, other_enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft", visibility="public")
    answer = send(login(enterprise_lead), need, upload("图纸.png", PNG), kind="need", visibility="members")
    assert answer.status_code == 200
    attachment = Attachment.objects.get()
    assert status_of(login(researcher), attachment) == 404
    for state in ("submitted", "checked", "published"):
        TechNeed.objects.filter(pk=need.pk).update(state=state)
    assert status_of(login(researcher), attachment) == 200
    assert status_of(login(park_admin), attachment) == 200
    assert status_of(login(None), attachment) == 404
    TechNeed.objects.filter(pk=need.pk).update(visibility="hidden_owner", shown_enterprise=None)
    assert status_of(login(researcher), attachment) == 404
    assert status_of(login(enterprise_lead), attachment) == 200


def test_words_or_a_report_prove_a_high_level(record, researcher):
    complete(record)
    record.body.trl_evidence = ""
    assert "trl_evidence" in missing_fields(record)
    other = attach(record, researcher, purpose="picture")
    assert "trl_evidence" in missing_fields(record)
    Attachment.objects.filter(pk=other.pk).update(kind="test_report")
    assert "trl_evidence" not in missing_fields(record)


def test_a_file_whose_row_could_not_be_written_does_not_stay(researcher, record, store, monkeypatch):
    def broken(**_values):
        raise RuntimeError

    monkeypatch.setattr("matchmaking.intake.services.files.record_entry", broken)
    with pytest.raises(RuntimeError):
        attach(record, researcher)
    assert (stored_files(store), StoredFile.objects.count()) == ([], 0)


@pytest.mark.parametrize("state", sorted(set(AchievementState) - set(IN_POOL)))
def test_out_of_the_pool_nothing_is_open_to_others(state, record, enterprise_lead):
    record.state = state
    assert not open_to(enterprise_lead, record)


def test_unknown_kinds_and_records_are_missing(login, researcher, record):
    client = login(researcher)
    for kind, uuid in (("achievement", uuid4()), ("nonsense", record.uuid), ("need", record.uuid)):
        assert client.get(reverse("files:list", args=[kind, uuid])).status_code == 404
        assert client.post(reverse("files:list", args=[kind, uuid]), {"documents": upload()}).status_code == 404


def test_a_lost_file_is_missing_and_no_error(login, researcher, record, store):
    attachment = attach(record, researcher)
    stored_files(store)[0].unlink()
    assert status_of(login(researcher), attachment) == 404


def test_without_scripts_the_files_have_a_page_of_their_own(login, researcher, record):
    client = login(researcher)
    answer = send(client, record, upload(), htmx=False)
    assert (answer.status_code, answer.url) == (302, list_url(record))
    page = client.get(answer.url).content.decode()
    assert "检测报告.pdf" in page
    assert 'name="documents"' in page


@pytest.mark.parametrize(
    "values", [{"purpose": "x"}, {"visibility": "all"}, {"documents": []}, {"caption": "长" * 201}]
)
def test_a_wrong_description_adds_nothing(values, login, researcher, record):
    assert send(login(researcher), record, upload(), **values).status_code == 422
    assert not Attachment.objects.exists()


def test_the_page_of_a_record_asks_the_same_number_of_questions(
    login, researcher, record, django_assert_max_num_queries, django_assert_num_queries
):
    client = login(researcher)
    vocabularies.warm()
    attach(record, researcher, upload=upload("0.pdf", PDF))
    url = reverse("catalog:achievement_edit", args=[record.uuid])
    client.get(url)
    with django_assert_max_num_queries(60) as few:
        client.get(url)
    for n in range(1, 6):
        attach(record, researcher, upload=upload(f"{n}.pdf", PDF + bytes([n])))
    with django_assert_num_queries(len(few)):
        client.get(url)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_a_file_never_reaches_a_record_that_is_being_handed_in(university, researcher):
    """The record moves in a transaction that is still open: the file waits for it and is refused then."""
    record = complete(AchievementFactory(state="draft", body__owner=university, body__created_by=researcher))
    moved = Event()

    def hand_in():
        try:
            with transaction.atomic():
                submit_achievement(by=researcher, achievement=record, version=record.version)
                moved.set()
                sleep(0.5)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        handing = thread.submit(hand_in)
        assert moved.wait(timeout=10)
        client = Client()
        client.force_login(researcher)
        assert send(client, record, upload()).status_code == 403
        handing.result()
    assert not Attachment.objects.exists()


def test_a_talent_post_has_files_too(login, enterprise, enterprise_lead, researcher):
    post = make_post(enterprise, enterprise_lead, state="draft")
    client = login(enterprise_lead)
    assert client.get(reverse("talent:talent_post_edit", args=[post.uuid])).status_code == 200
    assert send(client, post, upload("实验室.png", PNG), kind="talent_post", visibility="members").status_code == 200
    attachment = Attachment.objects.get()
    assert status_of(login(researcher), attachment) == 404
    for state in ("submitted", "published"):
        TalentPost.objects.filter(pk=post.pk).update(state=state)
    assert status_of(login(researcher), attachment) == 200
    assert status_of(login(None), attachment) == 404
    assert send(login(researcher), post, upload("b.pdf"), kind="talent_post").status_code == 403
