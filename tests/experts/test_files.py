"""Certificates of experts and files of teams: for the person, his unit and the officers, and gone when he leaves."""

import pytest
from django.urls import reverse

from experts.enums import ExpertState as S
from experts.services import leave_pool
from experts.teams.enums import TeamState
from matchmaking.activity.models import Entry
from matchmaking.intake.models import Attachment, StoredFile
from matchmaking.intake.services.files import describe_attachment
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.experts import make_expert, reload
from tests.factories.files import PDF, attach, upload
from tests.factories.teams import make_team
from tests.matchmaking.intake.test_files import list_url, send, status_of, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def expert(university, university_officer, expert_user):
    return make_expert(university, university_officer, user=expert_user)


@pytest.fixture
def team(expert, expert_user):
    return make_team(expert, expert_user)


def certificate(record, by, kind="expert", **changes):
    return attach(record, by, kind=kind, **{"upload": upload("高级工程师证书.pdf"), "purpose": "title", **changes})


class TestExperts:
    def test_the_person_adds_and_removes_and_others_do_not_find_it(
        self, login, expert, expert_user, university_officer, regional_officer_edu, other_university_officer,
        enterprise_lead, stranger, store, django_capture_on_commit_callbacks,
    ):  # fmt: skip
        person = login(expert_user)
        assert send(person, expert, upload("高级工程师证书.pdf"), kind="expert", purpose="title").status_code == 200
        attachment = Attachment.objects.get()
        seen = [status_of(login(one), attachment) for one in (expert_user, university_officer, regional_officer_edu)]
        assert seen == [200, 200, 200]
        others = (other_university_officer, enterprise_lead, stranger, None)
        assert [status_of(login(one), attachment) for one in others] == [404] * 4
        for one in others:
            assert "高级工程师证书" not in login(one).get(expert.get_absolute_url()).content.decode()
            if one:
                assert login(one).post(reverse("files:remove", args=[attachment.uuid])).status_code == 404
                assert login(one).get(list_url(expert, "expert")).status_code == 404
        for one in (university_officer, regional_officer_edu):  # they read it, and it is the person's own
            assert login(one).post(reverse("files:remove", args=[attachment.uuid])).status_code == 403
            assert send(login(one), expert, upload("b.pdf", PDF + b"b"), kind="expert").status_code == 403
        with django_capture_on_commit_callbacks(execute=True):
            assert person.post(reverse("files:remove", args=[attachment.uuid])).status_code == 302
        assert (StoredFile.objects.count(), stored_files(store)) == (0, [])

    @pytest.mark.parametrize("visibility", ["members", "public"])
    def test_no_choice_opens_it_to_others(self, visibility, login, expert, expert_user, enterprise_lead):
        person = login(expert_user)
        person.post(list_url(expert, "expert"), {"documents": [upload()], "purpose": "honour", "caption": ""})
        attachment = Attachment.objects.get()
        assert attachment.visibility == "officers"
        assert (
            certificate(expert, expert_user, upload=upload("b.pdf", PDF + b"b"), visibility=visibility).visibility
            == "officers"
        )
        described = {"purpose": "honour", "visibility": visibility, "caption": ""}
        describe_attachment(by=expert_user, record=expert, attachment=attachment, **described)
        attachment.refresh_from_db()
        assert attachment.visibility == "officers"
        values = {"purpose": "honour", "caption": "奖"}
        posted = {f"file-{attachment.pk}-{name}": value for name, value in values.items()}
        assert person.post(reverse("files:change", args=[attachment.uuid]), posted).status_code == 302
        attachment.refresh_from_db()
        assert (attachment.visibility, attachment.caption) == ("officers", "奖")
        Attachment.objects.update(visibility=visibility)  # were it written in some other way
        assert status_of(login(enterprise_lead), attachment) == 404
        page = person.get(expert.get_absolute_url()).content.decode()
        assert 'name="visibility"' not in page
        assert "-visibility" not in page

    def test_only_certificates(self, login, expert, expert_user):
        assert send(login(expert_user), expert, upload(), kind="expert", purpose="test_report").status_code == 422
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize("state", [S.CONSENTED, S.UNIT_AGREED, S.SUSPENDED, S.EXPIRED, S.REFUSED, S.MERGED])
    def test_the_person_removes_at_any_time(self, state, university, university_officer, expert_user, login):
        expert = make_expert(university, university_officer, user=expert_user, state=state)
        attachment = certificate(expert, expert_user)
        assert login(university_officer).post(reverse("files:remove", args=[attachment.uuid])).status_code == 403
        assert login(expert_user).post(reverse("files:remove", args=[attachment.uuid])).status_code == 302

    def test_before_the_consent_it_is_between_the_person_and_the_unit(
        self, login, university, university_officer, expert_user, regional_officer_edu
    ):
        expert = make_expert(university, university_officer, user=expert_user, state=S.NOMINATED)
        attachment = certificate(expert, expert_user)
        assert status_of(login(university_officer), attachment) == 200
        assert status_of(login(regional_officer_edu), attachment) == 404
        more = upload("b.pdf", PDF + b"b")
        assert send(login(university_officer), expert, more, kind="expert", purpose="title").status_code == 403

    def test_leaving_removes_everything(self, expert, expert_user, store, django_capture_on_commit_callbacks):
        certificate(expert, expert_user)
        certificate(expert, expert_user, upload=upload("b.pdf", PDF + b"b"))
        with django_capture_on_commit_callbacks(execute=True):
            left = leave_pool(by=expert_user, expert=reload(expert))
        assert left.state == S.LEFT
        assert (Attachment.objects.count(), StoredFile.objects.count(), stored_files(store)) == (0, 0, [])
        assert Entry.objects.filter(verb="expert.file_removed").count() == 2

    def test_leaving_removes_those_of_merged_entries_too(self, expert, expert_user, university, university_officer):
        other = make_expert(university, university_officer, user=expert_user, state=S.MERGED)
        certificate(other, expert_user)
        type(other).objects.filter(pk=other.pk).update(merged_into=expert)
        leave_pool(by=expert_user, expert=reload(expert))
        assert not Attachment.objects.exists()

    def test_who_has_left_adds_nothing(self, login, expert, expert_user):
        leave_pool(by=expert_user, expert=reload(expert))
        assert send(login(expert_user), expert, upload(), kind="expert", purpose="title").status_code in (403, 404)
        assert not Attachment.objects.exists()

    def test_the_history_does_not_say_what_it_is_called(self, expert, expert_user):
        certificate(expert, expert_user, caption="正高级")
        line = Entry.objects.get(verb="expert.file_added")
        assert "高级" not in str(line.detail)


class TestTeams:
    def test_the_lead_adds_and_removes_and_members_of_others_do_not_find_it(
        self,
        login,
        team,
        expert_user,
        university_officer,
        regional_officer_edu,
        other_university_officer,
        enterprise_lead,
    ):
        assert send(login(expert_user), team, upload(), kind="team", visibility="public").status_code == 200
        attachment = Attachment.objects.get()
        assert attachment.visibility == "officers"
        assert [
            status_of(login(one), attachment) for one in (expert_user, university_officer, regional_officer_edu)
        ] == ([200, 200, 200])
        for one in (other_university_officer, enterprise_lead, None):
            assert status_of(login(one), attachment) == 404
            assert "检测报告" not in login(one).get(team.get_absolute_url()).content.decode()
        assert login(regional_officer_edu).post(reverse("files:remove", args=[attachment.uuid])).status_code == 403
        assert login(university_officer).post(reverse("files:remove", args=[attachment.uuid])).status_code == 302

    def test_not_while_the_region_checks(self, login, expert, expert_user):
        team = make_team(expert, expert_user, state=TeamState.SUBMITTED)
        assert send(login(expert_user), team, upload(), kind="team").status_code == 403


class TestPages:
    @pytest.mark.parametrize("kind", ["expert", "team"])
    def test_the_card_is_for_the_file(
        self, kind, login, expert, team, expert_user, university_officer, enterprise_lead, django_assert_num_queries,
        django_assert_max_num_queries,
    ):  # fmt: skip
        record = {"expert": expert, "team": team}[kind]
        purpose = {"expert": "title", "team": "patent"}[kind]
        vocabularies.warm()
        client = login(expert_user)
        attach(record, expert_user, kind=kind, purpose=purpose)
        assert 'name="documents"' in client.get(record.get_absolute_url()).content.decode()
        assert 'id="files"' not in login(enterprise_lead).get(record.get_absolute_url()).content.decode()
        with django_assert_max_num_queries(60) as few:
            client.get(record.get_absolute_url())
        for n in range(1, 5):
            attach(record, expert_user, kind=kind, purpose=purpose, upload=upload(f"{n}.pdf", PDF + bytes([n])))
        with django_assert_num_queries(len(few)):
            client.get(record.get_absolute_url())
