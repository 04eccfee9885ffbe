"""Files of a record that stands in the pool: added and removed at once, shown to others after a check."""

import pytest
from django.conf import settings
from django.urls import reverse

from catalog import services as catalog
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from matchmaking.activity.models import Entry
from matchmaking.intake.models import Attachment, ChangeState, ProposedChange, RecordVersion, ReviewTask, StoredFile
from matchmaking.intake.services import changes
from matchmaking.intake.services.files import add_attachment, describe_attachment, remove_attachment
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies import selectors as vocabularies
from needs import services as needs
from needs.models import TechNeed
from needs.talent import services as posts
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.files import PDF, upload
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.matchmaking.intake.test_files import fetch, list_url, open_url, send, status_of, stored_files
from tests.matchmaking.intake.test_versions import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def published(university, researcher):
    return loaded(complete(AchievementFactory(state=S.ACCEPTED, body__owner=university, body__created_by=researcher)))


@pytest.fixture
def one(published, university_officer):
    return put(published, university_officer)


@pytest.fixture
def reader(login):
    """Somebody who reads the pages in English."""

    def signed_in(person):
        client = login(person)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return signed_in


def loaded(record):
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def put(record, by, kind="achievement", **changes):
    values = {"upload": upload(), "purpose": "test_report", "visibility": "officers", **changes}
    return add_attachment(by=by, kind=kind, record=record, **values)


def say(record, by, attachment, **changes):
    values = {"purpose": "test_report", "visibility": "officers", "caption": "", **changes}
    return describe_attachment(by=by, record=record, attachment=attachment, **values)


def posted(attachment, **changes):
    values = {"purpose": "test_report", "visibility": "officers", "caption": "", **changes}
    return {f"file-{attachment.pk}-{name}": value for name, value in values.items()}


def waiting(record, kind="achievement"):
    change = changes.open_change(record, kind)
    return [(one["file"], one["visibility"]) for one in change.content["files"]] if change else []


def passed(record, officer):
    record = loaded(record)
    change = changes.open_change(record, "achievement")
    catalog.REVISING.pass_change(officer, record, change=change, version=record.version)


def kept(record):
    found = RecordVersion.objects.filter(object_id=record.uuid).order_by("number")
    return [(version.what, [one["name"] for one in version.content["files"]]) for version in found]


class TestAddingAndRemoving:
    def test_a_new_file_is_for_the_officers_whatever_was_asked(
        self, login, published, university_officer, regional_officer_edu, enterprise_lead
    ):
        client = login(university_officer)
        assert send(client, published, upload(), visibility="public").status_code == 200
        attachment = Attachment.objects.get()
        assert attachment.visibility == "officers"
        assert [status_of(login(one), attachment) for one in (university_officer, regional_officer_edu)] == [200, 200]
        assert [status_of(login(one), attachment) for one in (enterprise_lead, None)] == [404, 404]
        for person in (enterprise_lead, None):
            assert "检测报告" not in login(person).get(published.get_absolute_url()).content.decode()
        assert put(
            published, university_officer, upload=upload("b.pdf", PDF + b"b"), visibility="public"
        ).visibility == ("officers")

    def test_nobody_is_asked_who_may_open_it(self, login, published, university_officer):
        values = {"documents": [upload()], "purpose": "test_report", "caption": ""}
        assert login(university_officer).post(list_url(published), values).status_code == 302
        assert Attachment.objects.get().visibility == "officers"

    def test_each_step_is_a_line_of_history_and_a_version(self, published, university_officer):
        attachment = put(published, university_officer)
        remove_attachment(by=university_officer, record=published, attachment=attachment)
        assert kept(published) == [("published", []), ("edited", ["检测报告.pdf"]), ("edited", [])]
        verbs = Entry.objects.filter(verb__contains=".file_").order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["achievement.file_added", "achievement.file_removed"]
        assert loaded(published).state == S.ACCEPTED
        assert not ProposedChange.objects.exists()

    @pytest.mark.parametrize("visibility", ["officers", "members", "public"])
    def test_removing_needs_no_check_and_takes_the_bytes(
        self, visibility, login, one, published, university_officer, store, django_capture_on_commit_callbacks
    ):
        Attachment.objects.update(visibility=visibility)
        with django_capture_on_commit_callbacks(execute=True):
            answer = login(university_officer).post(reverse("files:remove", args=[one.uuid]))
        assert answer.status_code == 302
        assert (Attachment.objects.count(), StoredFile.objects.count(), stored_files(store)) == (0, 0, [])
        assert kept(published)[-1] == ("edited", [])

    def test_a_refused_file_leaves_nothing(self, login, published, university_officer, store):
        assert send(login(university_officer), published, upload("x.exe", b"MZ")).status_code == 422
        assert (stored_files(store), kept(published), Attachment.objects.count()) == ([], [], 0)

    def test_others_do_not_find_it_or_may_not(
        self,
        login,
        one,
        published,
        researcher,
        regional_officer_edu,
        other_university_officer,
        enterprise_lead,
        stranger,
    ):
        change, remove = (reverse(f"files:{name}", args=[one.uuid]) for name in ("change", "remove"))
        for person, refused in ((researcher, 403), (regional_officer_edu, 403), (other_university_officer, 404),
                                (enterprise_lead, 404), (stranger, 404)):  # fmt: skip
            client = login(person)
            assert (client.post(change).status_code, client.post(remove).status_code) == (refused, refused)
            assert send(client, published, upload("b.pdf", PDF + b"b")).status_code == 403
        assert Attachment.objects.count() == 1

    @pytest.mark.parametrize("state", [S.SUSPENDED, S.WITHDRAWN])
    def test_out_of_the_pool_files_stay_as_they_were(self, state, login, one, published, university_officer):
        Achievement.objects.filter(pk=published.pk).update(state=state)
        client = login(university_officer)
        assert client.post(reverse("files:remove", args=[one.uuid])).status_code == 403
        assert send(client, published, upload("b.pdf", PDF + b"b")).status_code == 403


class TestShowingToOthers:
    def test_it_waits_for_the_region_and_is_open_when_passed(
        self, login, reader, one, published, university_officer, regional_officer_edu, enterprise_lead
    ):
        client = reader(university_officer)
        answer = client.post(reverse("files:change", args=[one.uuid]),
                             posted(one, visibility="members", caption="第三方"),
                             headers={"HX-Request": "true"})  # fmt: skip
        assert "once an officer has checked" in answer.content.decode()
        one.refresh_from_db()
        assert (one.visibility, one.caption) == ("officers", "")
        assert status_of(login(enterprise_lead), one) == 404
        assert ReviewTask.objects.open().get(object_id=published.uuid).step == "change"
        assert Notification.objects.filter(kind="achievement_change_to_check", recipient=regional_officer_edu).exists()

        passed(published, regional_officer_edu)
        one.refresh_from_db()
        assert (one.visibility, one.caption) == ("members", "第三方")
        assert status_of(login(enterprise_lead), one) == 200
        assert RecordVersion.objects.order_by("-number").first().content["files"][0]["visibility"] == "members"

    def test_owner_and_officer_read_what_changes_and_others_nothing(
        self, login, reader, one, published, university_officer, regional_officer_edu, enterprise_lead
    ):
        put(published, university_officer, upload=upload("另一份.pdf", PDF + b"2"))
        say(published, university_officer, one, visibility="public")
        for person, address in (
            (university_officer, published.get_absolute_url()), (regional_officer_edu, published.get_absolute_url()),
            (regional_officer_edu, reverse("review:change", args=["achievement", published.uuid])),
        ):  # fmt: skip
            text = words(reader(person).get(address))
            assert "everybody who sees the record" in text
        after = _lines(regional_officer_edu, published)[0].after
        assert "另一份" in "".join(part.text for part in after if not part.changed)
        assert "检测报告" not in login(enterprise_lead).get(published.get_absolute_url()).content.decode()

    def test_a_new_caption_of_a_shown_file_waits_and_of_a_hidden_one_does_not(self, one, published, university_officer):
        assert say(published, university_officer, one, caption="内部") is True
        Attachment.objects.update(visibility="public")
        assert say(published, university_officer, one, visibility="public", caption="广告") is False
        assert say(published, university_officer, one, visibility="members", caption="广告") is False
        one.refresh_from_db()
        assert (one.visibility, one.caption) == ("public", "内部")

    def test_showing_to_fewer_is_live_and_takes_back_what_waited(self, one, published, university_officer):
        Attachment.objects.update(visibility="members")
        assert say(published, university_officer, one, visibility="public") is False
        assert waiting(published) == [(str(one.uuid), "public")]
        assert say(published, university_officer, one, visibility="officers") is True
        one.refresh_from_db()
        assert (one.visibility, waiting(published)) == ("officers", [])
        assert not ReviewTask.objects.open().filter(object_id=published.uuid).exists()

    def test_a_file_that_is_removed_leaves_the_change_and_the_others_wait_on(
        self, one, published, university_officer, regional_officer_edu
    ):
        two = put(published, university_officer, upload=upload("b.pdf", PDF + b"b"))
        for attachment in (one, two):
            say(published, university_officer, attachment, visibility="public")
        assert len(waiting(published)) == 2
        remove_attachment(by=university_officer, record=published, attachment=one)
        assert waiting(published) == [(str(two.uuid), "public")]
        passed(published, regional_officer_edu)
        assert list(Attachment.objects.values_list("uuid", "visibility")) == [(two.uuid, "public")]

    def test_other_fields_wait_beside_it(self, one, published, university_officer, regional_officer_edu):
        say(published, university_officer, one, visibility="public")
        record = loaded(published)
        came = catalog.revise_achievement(by=university_officer, achievement=record, version=record.version,
                                          data={"title": "新题目"})  # fmt: skip
        assert came.change.fields == ["files", "title"]
        say(published, university_officer, one, visibility="officers")
        assert changes.open_change(published, "achievement").fields == ["title"]

    def test_a_return_says_at_the_files_why(self, login, one, published, university_officer, regional_officer_edu):
        say(published, university_officer, one, visibility="public")
        change = changes.open_change(published, "achievement")
        data = {"version": loaded(published).version, "change": str(change.uuid), "decision": "return",
                "reasons": ["unclear"], "reason": "请遮盖", "note_files": "第二页有电话"}  # fmt: skip
        address = reverse("review:change", args=["achievement", published.uuid])
        assert login(regional_officer_edu).post(address, data).status_code == 302
        change.refresh_from_db()
        one.refresh_from_db()
        assert (change.state, one.visibility) == (ChangeState.RETURNED, "officers")
        assert "第二页有电话" in login(university_officer).get(published.get_absolute_url()).content.decode()

    def test_a_programme_may_let_it_go_live(self, one, published, university_officer):
        Programme.objects.update(checked_fields={"achievement": ["title"]})
        assert say(published, university_officer, one, visibility="public") is True
        one.refresh_from_db()
        assert one.visibility == "public"
        assert not ProposedChange.objects.exists()

    def test_mails_do_not_name_the_file(self, one, published, university_officer, regional_officer_edu):
        say(published, university_officer, one, visibility="public")
        assert OutboxMail.objects.exists()
        assert not any("检测报告" in mail.subject + mail.body for mail in OutboxMail.objects.all())


def _lines(user, record):
    from matchmaking.intake.filed import review_panel

    return review_panel(user, loaded(record), "achievement")["lines"]


class TestPages:
    def test_the_record_has_the_means_for_its_owner_alone(
        self, login, one, published, university_officer, researcher, regional_officer_edu
    ):
        for address in (published.get_absolute_url(), reverse("catalog:achievement_edit", args=[published.uuid])):
            text = login(university_officer).get(address).content.decode()
            assert 'name="documents"' in text
            assert reverse("files:remove", args=[one.uuid]) in text
            assert 'name="visibility"' not in text.partition("file-form")[2]
        for person in (researcher, regional_officer_edu, None):
            assert 'name="documents"' not in login(person).get(published.get_absolute_url()).content.decode()

    def test_what_waits_stands_at_the_file(self, reader, one, published, university_officer):
        say(published, university_officer, one, visibility="members")
        text = reader(university_officer).get(list_url(published)).content.decode()
        assert "Then opened by" in text

    def test_the_page_asks_the_same_number_of_questions(
        self, login, one, published, university_officer, django_assert_max_num_queries, django_assert_num_queries
    ):
        client = login(university_officer)
        vocabularies.warm()
        say(published, university_officer, one, visibility="members")
        address = published.get_absolute_url()
        client.get(address)
        with django_assert_max_num_queries(70) as few:
            client.get(address)
        for n in range(1, 6):
            more = put(published, university_officer, upload=upload(f"{n}.pdf", PDF + bytes([n])))
            say(published, university_officer, more, visibility="public")
        with django_assert_num_queries(len(few)):
            client.get(address)


class TestOtherKinds:
    def test_a_need_whose_enterprise_is_hidden(
        self, login, enterprise, enterprise_lead, regional_officer_miit, researcher, other_enterprise_lead
    ):
        need = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
        client = login(enterprise_lead)
        assert send(client, need, upload("测试企业甲图纸.pdf"), kind="need").status_code == 200
        attachment = Attachment.objects.get()
        say(need, enterprise_lead, attachment, visibility="public")
        need = TechNeed.objects.get(pk=need.pk)
        change = changes.open_change(need, "need")
        needs.REVISING.pass_change(regional_officer_miit, need, change=change, version=need.version)
        attachment.refresh_from_db()
        assert attachment.visibility == "public"
        for person in (researcher, other_enterprise_lead, None):
            answer = login(person).get(need.get_absolute_url())
            assert answer.status_code in (200, 302, 404)
            assert "测试企业甲" not in answer.content.decode()
            assert status_of(login(person), attachment) == 404
        lines = Entry.objects.filter(verb__startswith="need.file_")
        assert list(lines.values_list("organisation_name", flat=True)) == [""]
        assert fetch(client, open_url(attachment)).status_code == 200

    def test_a_talent_post(self, login, enterprise, enterprise_lead, researcher):
        post = make_post(enterprise, enterprise_lead, state="published")
        client = login(enterprise_lead)
        assert 'name="documents"' in client.get(post.get_absolute_url()).content.decode()
        assert send(client, post, upload(), kind="talent_post", visibility="public").status_code == 200
        attachment = Attachment.objects.get()
        assert status_of(login(researcher), attachment) == 404
        assert say(post, enterprise_lead, attachment, visibility="members") is False
        change = changes.open_change(post, "talent_post")
        checker = change.organisation
        assert checker == enterprise
        assert posts.REVISING.lacks(post, change.content) == posts.REVISING.lacks(post, {})
        assert "检测报告" in client.get(post.get_absolute_url()).content.decode()
