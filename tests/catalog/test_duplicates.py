"""Records that two organisations entered both: found, shown to the officer, merged, objected to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.duplicates import services
from catalog.duplicates.finding import CROWD, folded_number, read_all
from catalog.enums import AchievementState as S
from catalog.models import Achievement, DuplicatePair
from catalog.services import NotAllowed, ReasonMissing, reopen_achievement, update_achievement
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import RecordVersion
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification
from matchmaking.vocabularies.selectors import warm
from tests.factories.catalog import AchievementFactory, CompleterFactory, IPItemFactory, complete

pytestmark = pytest.mark.django_db
LIST = reverse("catalog:duplicate_list")
TITLE = "高温合金叶片缺陷在线检测技术"
NEARLY = "高温合金叶片的缺陷在线检测技术"


def entered(owner, **fields):
    fields = {"state": S.ACCEPTED, "title": TITLE, "region": owner.region} | fields
    return AchievementFactory(body__owner=owner, **fields)


def search():
    enqueue(kind="find_duplicates", args={})
    run_due_jobs()
    return DuplicatePair.objects.order_by("pk")


@pytest.fixture
def both(university, other_university):
    return entered(university, title=TITLE), entered(other_university, title=NEARLY)


@pytest.fixture
def pair(both):
    return search().get()


def merge(pair, by, *, keep_first_one=True, fill=(), reason="同一项专利", **changed):
    seen = Achievement.objects.in_bulk([pair.first_id, pair.second_id])
    values = {"version": pair.version, "seen": (seen[pair.first_id].version, seen[pair.second_id].version)} | changed
    fresh = DuplicatePair.objects.get(pk=pair.pk)
    services.merge_pair(by=by, pair=fresh, keep_first_one=keep_first_one, reason=reason, fill=fill, **values)
    return DuplicatePair.objects.get(pk=pair.pk)


class TestSearch:
    def test_titles_that_are_nearly_the_same(self, both, pair):
        assert (pair.first, pair.second) == both
        assert pair.reasons == ["title"]
        assert 90 <= pair.score < 100

    def test_words_in_another_order(self, university, other_university):
        entered(university, title="叶片缺陷检测与高温合金锻造")
        entered(other_university, title="高温合金锻造与叶片缺陷检测")
        assert search().get().score == 100

    def test_the_own_records_are_left_alone(self, university):
        entered(university)
        entered(university, title=NEARLY)
        assert not search()

    @pytest.mark.parametrize("state", [S.DRAFT, S.UNIT_REVIEW, S.RETURNED, S.WITHDRAWN, S.REJECTED])
    def test_only_what_was_handed_in_and_stands(self, university, other_university, state):
        entered(university)
        entered(other_university, state=state)
        assert not search()

    def test_different_numbers_in_the_title_are_different_things(self, university, other_university):
        entered(university, title="高温合金叶片缺陷在线检测装置第3代")
        entered(other_university, title="高温合金叶片缺陷在线检测装置第4代")
        assert not search()

    def test_same_number_of_a_right_under_other_titles(self, university, other_university):
        one, other = entered(university), entered(other_university, title="蔬菜种植大棚温度控制系统")
        IPItemFactory(achievement=one, number="ZL 2022 1 0012345.6")
        IPItemFactory(achievement=other, number="２０２２１００１２３４５．６")
        assert search().get().reasons == ["ip_number"]

    def test_a_placeholder_is_no_number(self, university, other_university):
        assert folded_number("申请中") == ""
        assert folded_number("无1") == ""
        for n in range(CROWD + 1):
            owner = university if n % 2 else other_university
            IPItemFactory(achievement=entered(owner, title=f"{chr(0x4E00 + 97 * n) * 6}"), number="20220000000")
        assert not search()

    def test_completers_raise_the_score(self, university, other_university):
        one = entered(university, title="高温合金叶片缺陷在线检测技术")
        other = entered(other_university, title="高温合金叶轮缺陷离线检测技术")
        assert not search()
        for record in (one, other):
            CompleterFactory(achievement=record, name="测试完成人甲")
        found = search().get()
        assert set(found.reasons) == {"title", "completers"}

    def test_twice_is_once_and_the_score_follows(self, both, pair):
        Achievement.objects.filter(pk=both[1].pk).update(title=TITLE)
        again = search().get()
        assert (again.pk, again.score, again.version) == (pair.pk, 100, pair.version)

    def test_a_pair_that_is_no_longer_alike_is_forgotten(self, both, pair):
        Achievement.objects.filter(pk=both[1].pk).update(title="蔬菜种植大棚温度控制系统")
        assert not search()

    def test_a_pair_told_apart_comes_back_only_when_a_text_changed(self, pair, both, secretary):
        services.tell_apart(by=secretary, pair=pair, version=pair.version, reason="材料不同")
        assert search().get().state == "different"
        Achievement.objects.filter(pk=both[0].pk).update(text_version=both[0].text_version + 1)
        assert search().get().state == "found"

    def test_it_goes_on_after_its_cursor(self, both):
        job = enqueue(kind="find_duplicates", args={})
        Job.objects.filter(pk=job.pk).update(cursor=both[1].pk)
        run_due_jobs()
        assert not DuplicatePair.objects.exists()
        assert read_all().near(both[0].pk)


class TestMerge:
    def test_the_merged_one_leaves_and_both_owners_are_told(
        self, pair, both, regional_officer_edu, university_officer, other_university_officer, secretary
    ):
        decided = merge(pair, secretary)
        kept, gone = Achievement.objects.get(pk=both[0].pk), Achievement.objects.get(pk=both[1].pk)
        assert (decided.state, decided.decided_by) == ("merged", secretary)
        assert (kept.state, gone.state, gone.merged_into) == (S.ACCEPTED, S.WITHDRAWN, kept)
        assert gone.public_no == both[1].public_no
        assert Job.objects.filter(kind="close_matches", args__id=gone.pk).exists()
        told = set(Notification.objects.values_list("recipient__username", "kind"))
        assert ("university_officer", "achievement_merged_in") in told
        assert ("other_university_officer", "achievement_merged_away") in told

    def test_only_a_record_that_the_officer_reviews_can_leave(self, pair, both, regional_officer_edu):
        with pytest.raises(NotAllowed):
            merge(pair, regional_officer_edu, keep_first_one=True)  # the second one is another region's
        assert merge(pair, regional_officer_edu, keep_first_one=False).state == "merged"

    def test_no_record_leaves_on_which_a_deal_stands(self, pair, both, secretary):
        Achievement.objects.filter(pk=both[1].pk).update(state=S.UNDER_NEGOTIATION)
        Achievement.objects.filter(pk=both[1].pk).update(state=S.COMMITTED)
        with pytest.raises(NotAllowed):
            merge(pair, secretary)
        assert merge(pair, secretary, keep_first_one=False).state == "merged"

    def test_into_a_record_that_left_meanwhile(self, pair, both, secretary):
        Achievement.objects.filter(pk=both[0].pk).update(state=S.WITHDRAWN)
        with pytest.raises(NotAllowed):
            merge(pair, secretary)

    def test_what_was_not_looked_at_is_not_merged(self, pair, both, secretary):
        with pytest.raises(StaleState):
            merge(pair, secretary, seen=(both[0].version, both[1].version + 1))
        with pytest.raises(StaleState):
            merge(pair, secretary, version=pair.version + 1)
        with pytest.raises(ReasonMissing):
            merge(pair, secretary, reason=" ")

    def test_empty_texts_are_taken_over_with_a_version(self, pair, both, secretary):
        Achievement.objects.filter(pk=both[0].pk).update(benefit="")
        Achievement.objects.filter(pk=both[1].pk).update(benefit="每年节约三百万元", summary="另一段")
        merge(pair, secretary, fill=["benefit", "summary", "title"])
        kept = Achievement.objects.get(pk=both[0].pk)
        assert kept.benefit == "每年节约三百万元"
        assert (kept.summary, kept.title) == (both[0].summary, both[0].title)
        versions = RecordVersion.objects.filter(object_id=kept.uuid).order_by("number")
        assert [version.content["benefit"] for version in versions] == ["", "每年节约三百万元"]

    def test_nothing_is_taken_into_a_wider_circle(self, pair, both, secretary):
        Achievement.objects.filter(pk=both[0].pk).update(benefit="")
        Achievement.objects.filter(pk=both[1].pk).update(benefit="内部", visibility="members")
        with pytest.raises(NotAllowed):
            merge(pair, secretary, fill=["benefit"])

    def test_the_owner_cannot_reopen_what_was_merged(self, pair, both, secretary, other_university_officer):
        merge(pair, secretary)
        with pytest.raises(NotAllowed):
            reopen_achievement(by=other_university_officer, achievement=Achievement.objects.get(pk=both[1].pk))


class TestObjection:
    @pytest.fixture
    def objected(self, pair, secretary, other_university_officer):
        merged = merge(pair, secretary)
        services.object_to_merge(by=other_university_officer, pair=merged, version=merged.version, text="材料不同")
        return DuplicatePair.objects.get(pk=pair.pk)

    def test_it_goes_back_to_the_officers_with_the_note(self, objected, secretary, login):
        assert (objected.state, objected.objection) == ("found", "材料不同")
        assert Notification.objects.filter(kind="achievement_merge_objected").exists()
        page = login(secretary).get(objected.get_absolute_url()).content.decode()
        assert "材料不同" in page
        assert objected in login(secretary).get(LIST).context["page"].object_list

    def test_it_is_the_owners_and_once(
        self, objected, secretary, university_officer, other_university_officer, researcher
    ):
        upheld = merge(objected, secretary, keep_first_one=True)
        assert upheld.state == "merged"
        with pytest.raises(NotAllowed):
            services.object_to_merge(by=other_university_officer, pair=upheld, version=upheld.version, text="再次")

    def test_the_other_side_has_nothing_to_object_to(self, pair, secretary, university_officer, login):
        merged = merge(pair, secretary)
        with pytest.raises(NotAllowed):
            services.object_to_merge(by=university_officer, pair=merged, version=merged.version, text="不同")
        url = reverse("catalog:duplicate_object", args=[pair.uuid])
        assert login(university_officer).post(url, {}).status_code == 404

    def test_a_lifted_merge_lets_the_owner_reopen(self, objected, both, secretary, other_university_officer):
        services.tell_apart(by=secretary, pair=objected, version=objected.version, reason="确有不同")
        record = Achievement.objects.get(pk=both[1].pk)
        assert record.merged_into is None
        reopen_achievement(by=other_university_officer, achievement=record)
        assert record.state == S.DRAFT

    def test_an_upheld_merge_changes_no_side(self, objected, secretary):
        with pytest.raises(NotAllowed):
            merge(objected, secretary, keep_first_one=False)

    def test_the_search_leaves_it_alone(self, objected):
        services.drop_unseen(since=timezone.now())
        assert DuplicatePair.objects.filter(pk=objected.pk).exists()


class TestPages:
    def test_who_sees_a_pair(self, login, pair, regional_officer_edu, regional_officer_miit, secretary):
        for officer in (regional_officer_edu, secretary):
            assert login(officer).get(pair.get_absolute_url()).status_code == 200
            assert pair in login(officer).get(LIST).context["page"].object_list

    @pytest.mark.parametrize(
        "hidden", [{"visibility": "hidden_owner"}, {"state": S.SUBMITTED}, {"visibility": "invited"}]
    )
    def test_not_the_officer_who_may_not_know_one_of_both(
        self, login, pair, both, regional_officer_edu, secretary, hidden
    ):
        record = both[1]  # another region's
        if "state" in hidden:
            record.delete()
            record = entered(both[1].body.owner, **hidden)
            pair = search().get()
        else:
            Achievement.objects.filter(pk=record.pk).update(**hidden)
        assert login(regional_officer_edu).get(pair.get_absolute_url()).status_code == 404
        assert not login(regional_officer_edu).get(LIST).context["page"].object_list
        assert login(secretary).get(pair.get_absolute_url()).status_code == 200

    def test_it_is_for_officers(self, login, pair, university_officer):
        assert login(university_officer).get(pair.get_absolute_url()).status_code == 403
        assert login(university_officer).get(LIST).status_code == 403

    def test_side_by_side_and_merged_from_the_page(self, login, pair, both, secretary, other_university_officer):
        Achievement.objects.filter(pk=both[0].pk).update(benefit="")
        Achievement.objects.filter(pk=both[1].pk).update(benefit="每年节约三百万元")
        client = login(secretary)
        page = client.get(pair.get_absolute_url())
        assert {line.name for line in page.context["lines"]} >= {"title", "benefit"}
        data = page.context["form"].initial | {"decision": "keep_first", "reason": "", "fill_first": ["benefit"]}
        assert client.post(pair.get_absolute_url(), data).status_code == 422
        done = client.post(pair.get_absolute_url(), data | {"reason": "同一项专利"})
        assert (done.status_code, done.url) == (302, LIST)
        assert client.post(pair.get_absolute_url(), data | {"reason": "同一项专利"}).status_code == 409
        gone = login(other_university_officer).get(both[1].get_absolute_url()).content.decode()
        assert both[0].get_absolute_url() in gone
        assert "同一项专利" in gone
        kept = client.get(both[0].get_absolute_url()).content.decode()
        assert both[1].public_no in kept
        assert both[1].public_no not in login(None).get(both[0].get_absolute_url()).content.decode()

    def test_told_apart_and_objected_from_the_pages(self, login, pair, both, secretary, other_university_officer):
        merged = merge(pair, secretary)
        owner = login(other_university_officer)
        page = owner.get(both[1].get_absolute_url())
        url = reverse("catalog:duplicate_object", args=[pair.uuid])
        assert url in page.content.decode()
        version = page.context["objection_form"].initial["version"]
        assert version == merged.version
        owner.post(url, {"object-version": version, "object-reason": ""})
        assert DuplicatePair.objects.get().state == "merged"
        owner.post(url, {"object-version": version, "object-reason": "材料不同"})
        assert DuplicatePair.objects.get().state == "found"
        assert url not in owner.get(both[1].get_absolute_url()).content.decode()
        client = login(secretary)
        data = client.get(pair.get_absolute_url()).context["form"].initial | {"decision": "apart", "reason": "确有不同"}
        client.post(pair.get_absolute_url(), data)
        assert DuplicatePair.objects.get().state == "different"

    def test_the_hint_on_the_review_page(self, login, university, other_university, regional_officer_edu):
        waiting = complete(entered(university, state=S.SUBMITTED))
        other = entered(other_university, title=NEARLY)
        pair = search().get()
        desk = reverse("catalog:achievement_decide", args=[waiting.uuid])
        page = login(regional_officer_edu).get(desk).content.decode()
        assert pair.get_absolute_url() in page
        assert other.public_no in page

    def test_queries_stay_constant(self, login, pair, university, other_university, secretary):
        client = login(secretary)

        def count():
            warm()
            with CaptureQueriesContext(connection) as seen:
                assert client.get(LIST).status_code == 200
            return len(seen)

        before = count()
        entered(university, title="蔬菜种植大棚温度控制系统")
        entered(other_university, title="蔬菜种植大棚温度控制系统")
        assert len(search()) == 2
        assert count() == before

    def test_an_edit_raises_the_text_version_that_brings_a_pair_back(
        self, university, other_university, university_officer
    ):
        record = entered(university, state=S.RETURNED)
        data = {"title": NEARLY}
        fresh = update_achievement(by=university_officer, achievement=record, version=record.version, data=data)
        assert fresh.text_version == record.text_version + 1
