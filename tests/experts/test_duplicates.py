"""People entered by two units: found by what was consented to, merged after the units were asked, undone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experts.duplicates import services
from experts.duplicates.rules import can_undo
from experts.duplicates.selectors import lineage
from experts.enums import ExpertState as S
from experts.models import Conflict, Expert, ExpertPair
from experts.rules import can_leave
from experts.services import leave_pool
from matchmaking.intake.duplicates.deciding import NotAllowed, ReasonMissing
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import Notification
from tests.experts.same_person import answer, ask, fresh, merge, search
from tests.factories.experts import make_expert, reload
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db
LIST = reverse("duplicates:list") + "?kind=expert"
ELSE = {"works": [], "directions": "海洋微生物发酵与功能肽制备", "fields": ["0201"], "birth_year": None}


class TestSearch:
    def test_name_and_two_signs(self, pair, both):
        assert (pair.first, pair.second) == both
        assert {"name", "works", "private", "directions", "fields"} == set(pair.reasons)

    @pytest.mark.parametrize(
        "fields",
        [ELSE, {"birth_year": 1961}, {"gender": "m"}, {"name": "另一专家"}, {"state": "nominated"}, {"state": "left"}],
    )
    def test_no_pair(self, university, university_officer, other_university, other_university_officer, fields):
        make_expert(university, university_officer)
        make_expert(other_university, other_university_officer, **fields)
        assert not search()

    def test_one_account_decides(self, both, stranger):
        for expert in both:
            type(expert.body).objects.filter(pk=expert.pk).update(user=stranger, birth_year=1950 + expert.pk % 40)
        found = search().get()
        assert (found.score, found.reasons[0]) == (99, "account")

    def test_not_two_of_one_unit(self, university, university_officer):
        make_expert(university, university_officer)
        make_expert(university, university_officer)
        assert not search()

    def test_a_withdrawn_consent_ends_it(self, both):
        expert = both[1]
        type(expert.body.consent).objects.filter(pk=expert.body.consent_id).update(withdrawn_at=timezone.now())
        assert not search()


class TestAsking:
    def test_units_answer_on_their_page(self, pair, both, secretary, other_university_officer, login, researcher):
        url = reverse("experts:expert_same", args=[pair.uuid])
        assert login(other_university_officer).get(url).status_code == 404
        ask(pair, secretary)
        assert Notification.objects.filter(kind="expert_same_asked").count() == 2
        client = login(other_university_officer)
        assert url in client.get(both[1].get_absolute_url()).content.decode()
        page = client.get(url)
        assert page.context["mine"] == both[1]
        assert client.post(url, {"version": page.context["form"].initial["version"]}).status_code == 422
        data = {"version": page.context["form"].initial["version"], "said": "same", "note": "去年调入"}
        assert client.post(url, data).status_code == 302
        assert client.post(url, data).status_code == 302  # answered: led back
        assert (fresh(pair).second_answer, fresh(pair).first_answer) == ("same", "")
        assert "去年调入" in login(secretary).get(pair.get_absolute_url()).content.decode()
        assert login(researcher).get(url).status_code in (403, 404)

    def test_nobody_merges_before_the_units_were_heard(
        self, pair, secretary, university_officer, other_university_officer
    ):
        with pytest.raises(NotAllowed):
            merge(pair, secretary)
        ask(pair, secretary)
        answer(pair, university_officer)
        with pytest.raises(NotAllowed):
            merge(pair, secretary)
        ExpertPair.objects.update(asked_at=timezone.now() - timedelta(days=20))
        assert merge(pair, secretary).state == "merged"

    def test_a_unit_that_says_no_stops_it(self, pair, secretary, university_officer, other_university_officer):
        ask(pair, secretary)
        answer(pair, university_officer)
        answer(pair, other_university_officer, "other")
        ExpertPair.objects.update(asked_at=timezone.now() - timedelta(days=90))
        with pytest.raises(NotAllowed):
            merge(pair, secretary)

    def test_who_asks_and_who_answers(self, pair, secretary, university_officer):
        with pytest.raises(NotAllowed):
            ask(pair, university_officer)
        ask(pair, secretary)
        with pytest.raises(NotAllowed):
            ask(pair, secretary)
        with pytest.raises(NotAllowed):
            answer(pair, secretary)
        answer(pair, university_officer)
        with pytest.raises(NotAllowed):
            answer(pair, university_officer, "other")


class TestMerge:
    def test_one_entry_leaves(self, agreed, both, secretary, enterprise):
        Conflict.objects.create(expert=both[1], organisation=enterprise)
        merge(agreed, secretary)
        kept, gone = Expert.objects.get(pk=both[0].pk), Expert.objects.get(pk=both[1].pk)
        assert (kept.state, gone.state, gone.merged_into) == (S.IN_POOL, S.MERGED, kept)
        assert set(Expert.objects.matched()) == {kept}
        assert Job.objects.filter(kind="close_matches", args__id=gone.pk).exists()
        assert kept.conflicts.get().organisation == enterprise
        told = set(Notification.objects.values_list("recipient__username", "kind"))
        assert ("other_university_officer", "expert_merged_away") in told
        assert ("university_officer", "expert_merged_in") in told

    def test_lineage_is_on_both_pages(self, agreed, both, secretary, other_university_officer, login, stranger):
        merge(agreed, secretary)
        gone = login(other_university_officer).get(both[1].get_absolute_url()).content.decode()
        assert both[0].get_absolute_url() in gone
        assert "同一人" in gone
        assert both[1].public_no in login(secretary).get(both[0].get_absolute_url()).content.decode()
        assert login(stranger).get(both[1].get_absolute_url()).status_code == 404
        assert both[1].public_no not in login(stranger).get(both[0].get_absolute_url()).content.decode()
        assert not lineage(stranger, reload(both[0]))["merged"]

    def test_parts_in_teams_go_over_and_come_back(self, agreed, both, secretary, university, university_officer):
        lead = make_expert(university, university_officer, name="测试牵头人")
        team = make_team(lead, university_officer, members=[both[1]])
        merge(agreed, secretary)
        assert team.memberships.get().expert == both[0]
        found = fresh(agreed)
        services.undo(by=secretary, pair=found, version=found.version, reason="看错了")
        assert team.memberships.get().expert == both[1]

    def test_who_leads_a_team_stays(self, agreed, both, secretary, other_university_officer):
        make_team(both[1], other_university_officer)
        with pytest.raises(NotAllowed):
            merge(agreed, secretary)
        assert merge(agreed, secretary, keep_first_one=False).state == "merged"

    def test_the_person_may_still_leave(self, agreed, both, secretary, stranger):
        type(both[1].body).objects.filter(pk=both[1].pk).update(user=stranger)
        merge(agreed, secretary)
        gone = reload(both[1])
        assert can_leave(stranger, gone)
        leave_pool(by=stranger, expert=gone)
        found = fresh(agreed)
        assert not can_undo(secretary, found)
        with pytest.raises(NotAllowed):
            services.undo(by=secretary, pair=found, version=found.version, reason="看错了")

    def test_undone(self, agreed, both, secretary):
        merge(agreed, secretary)
        found = fresh(agreed)
        with pytest.raises(ReasonMissing):
            services.undo(by=secretary, pair=found, version=found.version, reason=" ")
        services.undo(by=secretary, pair=found, version=found.version, reason="看错了")
        back = Expert.objects.get(pk=both[1].pk)
        assert (back.state, back.merged_into) == (S.IN_POOL, None)
        assert fresh(agreed).state == "found"
        assert Job.objects.filter(kind="match_record", args__id=back.pk).exists()


class TestPages:
    def test_no_personal_details_and_no_file(self, pair, both, login, secretary):
        type(both[1].body).objects.filter(pk=both[1].pk).update(birth_year=1957, unit_opinion="内部意见")
        page = login(secretary).get(pair.get_absolute_url())
        assert {line.name for line in page.context["lines"]}.isdisjoint(
            {"birth_year", "gender", "contact", "conflicts"}
        )
        text = page.content.decode()
        assert "1957" not in text
        assert "内部意见" not in text

    def test_no_officer_sees_an_entry_of_another_region_before_the_pool(
        self, pair, both, login, regional_officer_edu, secretary
    ):
        assert login(secretary).get(pair.get_absolute_url()).status_code == 200
        seen = login(regional_officer_edu).get(pair.get_absolute_url()).status_code
        Expert.objects.filter(pk=both[1].pk).update(state=S.SUSPENDED)
        assert (seen, login(regional_officer_edu).get(pair.get_absolute_url()).status_code) == (200, 404)
        assert not login(regional_officer_edu).get(LIST).context["rows"]

    def test_asked_and_merged_from_the_page(self, agreed, both, login, secretary):
        client = login(secretary)
        page = client.get(agreed.get_absolute_url())
        assert [one.value for one in page.context["choices"]] == ["keep_first", "keep_second", "apart"]
        data = page.context["form"].initial | {"decision": "keep_second", "reason": "同一人"}
        assert client.post(agreed.get_absolute_url(), data).status_code == 302
        assert Expert.objects.get(pk=both[0].pk).merged_into == both[1]
        assert client.get(f"{LIST}&group=merged").context["rows"]
