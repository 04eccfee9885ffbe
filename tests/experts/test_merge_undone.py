"""What a merge of two entries takes over and gives back; consent, hidden nominations, answers given by mistake."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from experts.duplicates import services
from experts.duplicates.kind import choices
from experts.duplicates.rules import can_undo
from experts.enums import ExpertState as S
from experts.models import Conflict, Expert, ExpertPair
from experts.services import leave_pool
from experts.teams.services.writing import write
from matchmaking.accounts.models import Consent, User
from matchmaking.intake.duplicates import deciding
from matchmaking.intake.duplicates.deciding import NotAllowed
from matchmaking.intake.duplicates.finding import Found
from matchmaking.intake.duplicates.keeping import drop_unseen, keep_found
from matchmaking.intake.duplicates.kinds import find
from matchmaking.intake.models import RecordVersion
from matchmaking.notifications.models import Notification
from tests.catalog.test_races import at_once
from tests.experts.same_person import answer, ask, fresh, merge, search, tell_apart, undo
from tests.factories.experts import make_expert, reload
from tests.factories.teams import make_team
from tests.factories.teams import reload as reload_team

pytestmark = pytest.mark.django_db


def offered(pair, by):
    return [one.value for one in choices(by, fresh(pair))]


def rewrite(team, by, members):
    team = reload_team(team)
    with transaction.atomic():
        write(by=by, team=team, version=team.version, data={}, members=[(reload(one), role) for one, role in members])


@pytest.fixture
def lead(university, university_officer):
    return make_expert(university, university_officer, name="测试牵头人")


@pytest.fixture
def team(lead, both, university_officer):
    return make_team(lead, university_officer, members=[both[1]])


class TestConsent:
    @pytest.fixture
    def one_account(self, both, stranger):
        for expert in both:
            type(expert.body).objects.filter(pk=expert.pk).update(user=stranger)

    @pytest.mark.parametrize("keep_first_one", [True, False])
    def test_leaving_with_the_kept_entry_ends_the_other(self, one_account, agreed, both, secretary, stranger,
                                                        keep_first_one):  # fmt: skip
        kept, gone = both if keep_first_one else both[::-1]
        merge(agreed, secretary, keep_first_one=keep_first_one)
        leave_pool(by=stranger, expert=reload(kept))
        gone = reload(gone)
        assert gone.state == S.LEFT
        assert gone.body.consent.withdrawn_at is not None
        assert Notification.objects.filter(kind="expert_left").count() == 2
        assert not can_undo(secretary, fresh(agreed))
        with pytest.raises(NotAllowed):
            undo(agreed, secretary)
        assert not Expert.objects.matched().filter(pk__in=[kept.pk, gone.pk]).exists()

    def test_leaving_with_the_merged_entry_leaves_the_kept_one(self, one_account, agreed, both, secretary, stranger):
        merge(agreed, secretary)
        leave_pool(by=stranger, expert=reload(both[1]))
        assert (reload(both[0]).state, reload(both[1]).state) == (S.IN_POOL, S.LEFT)
        assert not can_undo(secretary, fresh(agreed))

    def test_an_entry_merged_into_a_merged_one_ends_too(self, agreed, both, secretary, stranger, lead):
        type(lead.body).objects.filter(pk=lead.pk).update(user=stranger)
        merge(agreed, secretary)
        Expert.objects.filter(pk=both[0].pk).update(state=S.MERGED, merged_into=lead)
        leave_pool(by=stranger, expert=reload(lead))
        assert {reload(one).state for one in (*both, lead)} == {S.LEFT}

    def test_only_what_was_merged_into_it_ends(self, one_account, both, stranger):
        leave_pool(by=stranger, expert=reload(both[0]))
        assert reload(both[1]).state == S.IN_POOL

    @pytest.mark.parametrize("place", [0, 1])
    def test_a_merge_is_not_undone_without_both_consents(self, agreed, both, secretary, login, place):
        merge(agreed, secretary)
        assert can_undo(secretary, fresh(agreed))
        stands = login(secretary).get(agreed.get_absolute_url()).content.decode()
        Consent.objects.filter(pk=both[place].body.consent_id).update(withdrawn_at=timezone.now())
        assert not can_undo(secretary, fresh(agreed))
        with pytest.raises(services.ConsentGone):
            undo(agreed, secretary)
        why = str(services.ConsentGone.message)
        page = login(secretary).get(agreed.get_absolute_url()).content.decode()
        assert (why in stands, why in page) == (False, True)

    def test_the_page_says_why_when_consent_went_meanwhile(self, agreed, secretary, login, monkeypatch):
        merge(agreed, secretary)
        client = login(secretary)
        data = client.get(agreed.get_absolute_url()).context["form"].initial | {"decision": "undo", "reason": "看错了"}

        def gone(**_given):
            raise services.ConsentGone

        monkeypatch.setattr(services, "undo", gone)
        answered = client.post(agreed.get_absolute_url(), data)
        assert answered.status_code == 422
        assert str(services.ConsentGone.message) in answered.content.decode()


class TestGivenBack:
    def test_a_part_comes_back_after_the_team_was_rewritten(self, team, agreed, both, secretary, university_officer):
        merge(agreed, secretary)
        rewrite(team, university_officer, [(both[0], "负责检测")])
        undo(agreed, secretary)
        part = team.memberships.get()
        assert (part.expert, part.role) == (both[1], "负责检测")

    def test_what_cannot_come_back_is_named(self, team, agreed, both, secretary, university_officer, lead):
        another = make_team(lead, university_officer, name="另一团队", members=[both[1]])
        merge(agreed, secretary)
        rewrite(team, university_officer, [])
        undo(agreed, secretary)
        assert not team.memberships.exists()
        assert another.memberships.get().expert == both[1]
        reason = fresh(agreed).reason
        assert reason.startswith("看错了")
        assert f"{team.public_no} (数据分析)" in reason
        assert another.public_no not in reason

    def test_who_was_a_member_by_both_entries_stays_one(self, agreed, both, secretary, lead, university_officer):
        team = make_team(lead, university_officer, members=both)
        merge(agreed, secretary)
        undo(agreed, secretary)
        assert {part.expert_id for part in team.memberships.all()} == {one.pk for one in both}

    def test_the_team_has_a_new_version_each_time(self, team, agreed, both, secretary):
        seen = reload_team(team).version
        merge(agreed, secretary)
        assert reload_team(team).version == seen + 1
        undo(agreed, secretary)
        assert reload_team(team).version == seen + 2
        kept = RecordVersion.objects.filter(object_kind="team", object_id=team.uuid).order_by("number")
        members = [[row["expert"] for row in version.content["members"]] for version in kept]
        assert members == [[both[1].pk], [both[0].pk], [both[1].pk]]

    def test_a_draft_of_a_team_keeps_no_version(self, agreed, both, secretary, lead, university_officer):
        team = make_team(lead, university_officer, members=[both[1]], state="draft")
        merge(agreed, secretary)
        assert team.memberships.get().expert == both[0]
        assert not RecordVersion.objects.filter(object_id=team.uuid).exists()

    def test_organisations_to_avoid_go_over_without_the_reason(self, agreed, both, secretary, enterprise,
                                                               other_enterprise):  # fmt: skip
        Conflict.objects.create(expert=both[1], organisation=enterprise, reason="配偶在该公司任职")
        Conflict.objects.create(expert=both[0], organisation=other_enterprise)
        Conflict.objects.create(expert=both[1], organisation=other_enterprise, reason="曾任顾问")
        merge(agreed, secretary)
        over = set(both[0].conflicts.values_list("organisation", "reason"))
        assert over == {(enterprise.pk, ""), (other_enterprise.pk, "")}
        undo(agreed, secretary)
        assert both[0].conflicts.get().organisation == other_enterprise
        assert both[1].conflicts.get(organisation=enterprise).reason == "配偶在该公司任职"

    def test_an_own_reason_keeps_an_organisation(self, agreed, both, secretary, enterprise):
        Conflict.objects.create(expert=both[1], organisation=enterprise)
        merge(agreed, secretary)
        both[0].conflicts.update(reason="本人持股")
        undo(agreed, secretary)
        assert both[0].conflicts.get().reason == "本人持股"


class TestHiddenNominations:
    @pytest.mark.parametrize(
        "hidden", [{"state": "consented"}, {"state": "unit_agreed"}, {"state": "suspended"}, {"visibility": "invited"}]
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_no_unit_is_asked_about_what_it_cannot_see(
        self, university, university_officer, other_university, other_university_officer, secretary, hidden, turned
    ):
        shown = [{}, hidden]
        make_expert(university, university_officer, **shown[turned])
        make_expert(other_university, other_university_officer, **shown[not turned])
        pair = search().get()
        assert "ask" not in offered(pair, secretary)
        with pytest.raises(NotAllowed):
            ask(pair, secretary)

    def test_units_are_asked_about_what_members_see(self, pair, both, secretary):
        Expert.objects.filter(pk=both[1].pk).update(visibility="members")
        assert "ask" in offered(pair, secretary)

    @pytest.mark.parametrize("hidden", [{"state": S.LEFT}, {"state": S.SUSPENDED}, {"visibility": "invited"}])
    def test_the_question_vanishes_with_the_other_entry(self, pair, both, secretary, university_officer, login, hidden):
        ask(pair, secretary)
        url, client = reverse("experts:expert_same", args=[pair.uuid]), login(university_officer)
        assert client.get(url).status_code == 200
        assert url in client.get(both[0].get_absolute_url()).content.decode()
        Expert.objects.filter(pk=both[1].pk).update(**hidden)
        assert client.get(url).status_code == 404
        assert url not in client.get(both[0].get_absolute_url()).content.decode()
        with pytest.raises(NotAllowed):
            answer(pair, university_officer)

    def test_silence_counts_only_while_a_unit_can_answer(self, pair, both, secretary):
        ask(pair, secretary)
        ExpertPair.objects.update(asked_at=timezone.now() - timedelta(days=20))
        assert "keep_first" in offered(pair, secretary)
        Expert.objects.filter(pk=both[1].pk).update(state=S.SUSPENDED)
        assert "keep_first" not in offered(pair, secretary)


class TestAskedAnew:
    def check(self, pair, by):
        found = fresh(pair)
        assert (found.asked_at, found.first_answer, found.second_answer, found.first_note) == (None, "", "", "")
        assert "ask" in offered(pair, by)
        ask(pair, by)
        assert Notification.objects.filter(kind="expert_same_asked").count() == 4  # told before, and told again

    def test_after_a_mistaken_answer(self, agreed, secretary):
        ExpertPair.objects.update(first_answer="other", first_note="不认识")
        tell_apart(agreed, secretary)
        undo(agreed, secretary)
        self.check(agreed, secretary)

    def test_after_a_merge(self, agreed, secretary):
        merge(agreed, secretary)
        undo(agreed, secretary)
        self.check(agreed, secretary)

    def test_when_new_proof_brings_a_pair_back(self, agreed, secretary):
        ExpertPair.objects.update(first_answer="other")
        tell_apart(agreed, secretary)
        keep_found(find("expert"), [Found(agreed.first_id, agreed.second_id, 99, ("account",))])
        self.check(agreed, secretary)


class TestForgotten:
    @pytest.mark.parametrize("decided", [None, tell_apart, merge])
    def test_a_pair_ends_with_the_consent_of_one(self, agreed, both, secretary, decided):
        if decided:
            decided(agreed, secretary)
        search()
        assert ExpertPair.objects.filter(pk=agreed.pk, first_answer="same").exists()
        Consent.objects.filter(pk=both[1].body.consent_id).update(withdrawn_at=timezone.now())
        search()
        assert not ExpertPair.objects.exists()

    def test_a_pair_ends_when_one_has_left(self, agreed, both):
        Expert.objects.filter(pk=both[0].pk).update(state=S.LEFT)
        assert drop_unseen(find("expert"), since=timezone.now(), compared=[]) == 1
        assert not ExpertPair.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_the_search_writes_pairs_while_an_officer_decides(pair, both, secretary, lead, monkeypatch):
    locked, written = threading.Event(), threading.Event()
    real = deciding.lock

    def lock(*args):
        real(*args)
        locked.set()
        written.wait(10)

    def night():
        locked.wait(10)
        with transaction.atomic():
            first, second = sorted([both[0].pk, lead.pk])
            keep_found(find("expert"), [Found(first, second, 90, ("name",)), Found(both[0].pk, both[1].pk, 91, ())])
        written.set()

    ask(pair, secretary)
    ExpertPair.objects.update(first_answer="same", second_answer="same")
    officer = User.objects.get(pk=secretary.pk)
    monkeypatch.setattr(deciding, "lock", lock)
    results = at_once(lambda: merge(pair, officer), night)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert ExpertPair.objects.count() == 2
