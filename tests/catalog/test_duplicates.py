"""Records that two organisations entered both: found, shown to the officer, merged, objected to."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from catalog.duplicates import services
from catalog.duplicates.finding import CROWD, folded_number, read_all
from catalog.duplicates.selectors import fillable, pairs
from catalog.enums import AchievementState as S
from catalog.models import Achievement, AchievementIndicator, CompletingUnit, DuplicatePair
from catalog.services import NotAllowed as RecordRefused
from catalog.services import reopen_achievement
from matchmaking.common.workflow import StaleState
from matchmaking.intake.duplicates.deciding import NotAllowed, ReasonMissing
from matchmaking.intake.duplicates.enums import Reason
from matchmaking.intake.duplicates.keeping import drop_unseen
from matchmaking.intake.duplicates.kinds import find
from matchmaking.intake.models import DuplicateSearch, RecordVersion, ReviewTask
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification
from matchmaking.vocabularies.selectors import warm
from tests.factories.catalog import AchievementFactory, CompleterFactory, IPItemFactory, complete
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db
LIST = reverse("duplicates:list")
TITLE = "高温合金叶片缺陷在线检测技术"
OLD = datetime(2020, 1, 1, tzinfo=UTC)
NEARLY = "高温合金叶片的缺陷在线检测技术"


def entered(owner, **fields):
    fields = {"state": S.ACCEPTED, "title": TITLE, "region": owner.region} | fields
    return AchievementFactory(body__owner=owner, **fields)


def changed(record, **fields):
    Achievement.objects.filter(pk=record.pk).update(updated_at=timezone.now(), **fields)


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
        assert 84 <= pair.score < 100

    def test_words_in_another_order(self, university, other_university):
        entered(university, title="叶片缺陷检测与高温合金锻造")
        entered(other_university, title="高温合金锻造与叶片缺陷检测")
        assert search().get().reasons == ["title"]

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
        assert search().get().reasons == ["ip_number", "titles_differ"]

    def test_a_placeholder_is_no_number(self, university, other_university):
        assert folded_number("申请中") == ""
        assert folded_number("无1") == ""
        for n in range(CROWD + 1):
            owner = university if n % 2 else other_university
            IPItemFactory(achievement=entered(owner, title=f"{chr(0x4E00 + 97 * n) * 6}"), number="20220000000")
        assert not search()

    def test_completers_raise_the_score(self, university, other_university):
        one = entered(university, title="高温合金叶片缺陷在线检测技术")
        other = entered(other_university, title="高温合金叶片缺陷在线检测与评级")
        assert not search()
        for record in (one, other):
            CompleterFactory(achievement=record, name="测试完成人甲")
        changed(other)
        found = search().get()
        assert set(found.reasons) == {"title", "completers"}

    def test_a_unit_in_common_and_indicators_speak_for_and_against(self, university, other_university):
        one, other = entered(university), entered(other_university)
        CompletingUnit.objects.create(achievement=other, organisation=university, position=1)
        for record, value in ((one, 98), (other, 97)):
            AchievementIndicator.objects.create(achievement=record, name="检出率", value=value)
        assert set(search().get().reasons) == {"title", "unit", "indicators_differ"}

    def test_two_of_a_series_are_no_pair(self, university, other_university):
        one, other = entered(university), entered(other_university, title=TITLE + "（小试版）")
        for record in (one, other):
            CompleterFactory(achievement=record, name="测试完成人甲")
        assert not search()
        for record in (one, other):
            IPItemFactory(achievement=record, number="ZL202210012345.6")
        changed(one)
        assert search().get().reasons[0] == "ip_number"

    def test_twice_is_once_and_the_score_follows(self, both, pair):
        changed(both[1], title=TITLE)
        CompleterFactory(achievement=both[0], name="测试完成人甲")
        CompleterFactory(achievement=both[1], name="测试完成人甲")
        again = search().get()
        assert (again.pk, again.version) == (pair.pk, pair.version)
        assert again.score > pair.score

    def test_a_pair_that_is_no_longer_alike_is_forgotten(self, both, pair):
        changed(both[1], title="蔬菜种植大棚温度控制系统")
        assert not search()

    def test_a_night_compares_what_changed_since_the_last_one(self, both, pair, university):
        assert Job.objects.get(kind="find_duplicates").result == {"compared": 2}
        Achievement.objects.update(updated_at=OLD, state_since=OLD)
        third = entered(university, title="蔬菜种植大棚温度控制系统")
        assert search().get() == pair
        assert Job.objects.filter(kind="find_duplicates").latest("pk").result == {"compared": 1}
        changed(third, title=TITLE)
        assert search().count() == 2
        DuplicateSearch.objects.update(edition=0)
        search()
        assert Job.objects.filter(kind="find_duplicates").latest("pk").result == {"compared": 3}

    def test_a_pair_told_apart_stays_away_until_a_number_is_shared(self, pair, both, secretary):
        services.tell_apart(by=secretary, pair=pair, version=pair.version, reason="材料不同")
        changed(both[0], text_version=both[0].text_version + 1)
        assert search().get().state == "different"
        for record in both:
            IPItemFactory(achievement=record, number="ZL202210012345.6")
            changed(record)
        again = search().get()
        assert again.state == "found"
        services.tell_apart(by=secretary, pair=again, version=again.version, reason="编号有误")
        changed(both[0])
        assert search().get().state == "different"

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

    @pytest.mark.parametrize("field", ["problem_solved", "key_points", "application_text", "needs_from_partner"])
    def test_no_text_is_taken_over_that_names_a_hidden_owner(self, pair, both, secretary, university, field):
        Achievement.objects.filter(pk=both[0].pk).update(visibility="hidden_owner", benefit="", **{field: ""})
        named = f"由{university.name}与合作方完成"
        Achievement.objects.filter(pk=both[1].pk).update(benefit="每年节约三百万元", **{field: named})
        fresh = pairs(secretary).get(pk=pair.pk)
        assert [name for name, _label in fillable(fresh.first, fresh.second)] == ["benefit"]
        merge(pair, secretary, fill=["benefit", field])
        kept = Achievement.objects.get(pk=both[0].pk)
        assert (kept.benefit, getattr(kept, field)) == ("每年节约三百万元", "")

    def test_the_owner_cannot_reopen_what_was_merged(self, pair, both, secretary, other_university_officer):
        merge(pair, secretary)
        with pytest.raises(RecordRefused):
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

    def test_a_lifted_merge_puts_the_record_back(self, objected, both, secretary):
        services.tell_apart(by=secretary, pair=objected, version=objected.version, reason="确有不同")
        record = Achievement.objects.get(pk=both[1].pk)
        assert (record.merged_into, record.state) == (None, S.ACCEPTED)

    def test_where_no_state_was_kept_the_owner_may_reopen(self, objected, both, secretary, other_university_officer):
        DuplicatePair.objects.update(before="")
        pair = DuplicatePair.objects.get()
        services.tell_apart(by=secretary, pair=pair, version=pair.version, reason="确有不同")
        record = Achievement.objects.get(pk=both[1].pk)
        assert (record.merged_into, record.state) == (None, S.WITHDRAWN)
        reopen_achievement(by=other_university_officer, achievement=record)
        assert record.state == S.DRAFT

    def test_an_upheld_merge_changes_no_side(self, objected, secretary):
        with pytest.raises(NotAllowed):
            merge(objected, secretary, keep_first_one=False)

    def test_the_search_leaves_it_alone(self, objected):
        drop_unseen(find("achievement"), since=timezone.now())
        assert DuplicatePair.objects.filter(pk=objected.pk).exists()


class TestUndo:
    @pytest.mark.parametrize(
        ("before", "after"), [(S.ACCEPTED, S.ACCEPTED), (S.UNDER_NEGOTIATION, S.ACCEPTED), (S.SUBMITTED, S.SUBMITTED)]
    )
    def test_the_record_stands_where_it_stood(self, university, other_university, secretary, before, after):
        entered(university)
        other = complete(entered(other_university, state=before, title=NEARLY))
        merged = merge(search().get(), secretary)
        services.undo(by=secretary, pair=merged, version=merged.version, reason="看错了")
        record = Achievement.objects.get(pk=other.pk)
        assert (record.state, record.merged_into) == (after, None)
        pair = DuplicatePair.objects.get()
        assert (pair.state, pair.reason) == ("found", "看错了")
        assert pair in DuplicatePair.objects.waiting()
        assert Job.objects.filter(kind="match_record").exists() is (after == S.ACCEPTED)
        assert ReviewTask.objects.about("achievement", record.uuid).open().exists() is (after == S.SUBMITTED)
        told = set(Notification.objects.values_list("kind", flat=True))
        assert {"achievement_merge_lifted", "achievement_merge_undone"} <= told

    def test_only_an_officer_who_reviews_the_merged_record(self, pair, secretary, regional_officer_edu):
        merged = merge(pair, secretary)  # the second one, of another region
        with pytest.raises(NotAllowed):
            services.undo(by=regional_officer_edu, pair=merged, version=merged.version, reason="看错了")
        with pytest.raises(ReasonMissing):
            services.undo(by=secretary, pair=merged, version=merged.version, reason=" ")

    def test_not_after_the_record_went_elsewhere(self, pair, both, secretary):
        merged = merge(pair, secretary)
        Achievement.objects.filter(pk=both[1].pk).update(state=S.ARCHIVED)
        with pytest.raises(NotAllowed):
            services.undo(by=secretary, pair=DuplicatePair.objects.get(), version=merged.version, reason="看错了")

    def test_a_pair_told_apart_is_looked_at_again(self, pair, secretary):
        apart = services.tell_apart(by=secretary, pair=pair, version=pair.version, reason="材料不同")
        services.undo(by=secretary, pair=apart, version=apart.version, reason="其实相同")
        drop_unseen(find("achievement"), since=timezone.now())
        assert DuplicatePair.objects.get().state == "found"

    def test_from_the_page(self, pair, both, secretary, login):
        merged = merge(pair, secretary)
        client = login(secretary)
        page = client.get(merged.get_absolute_url())
        assert [one.value for one in page.context["choices"]] == ["undo"]
        data = page.context["form"].initial | {"decision": "undo", "reason": "看错了"}
        assert client.post(merged.get_absolute_url(), data).status_code == 302
        assert Achievement.objects.get(pk=both[1].pk).state == S.ACCEPTED


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

    def test_where_only_one_can_be_kept_the_page_says_why(self, login, pair, both, secretary, regional_officer_edu):
        def seen(user):
            page = login(user).get(pair.get_absolute_url())
            return {one.value for one in page.context["choices"]}, page.context["hindered"], page.content.decode()

        choices, hindered, _page = seen(secretary)
        assert {"keep_first", "keep_second"} <= choices
        assert list(hindered) == []

        other = both[1]
        choices, hindered, page = seen(regional_officer_edu)
        assert len({"keep_first", "keep_second"} & choices) == 1
        (why,) = hindered
        assert escape(why) in page
        assert str(other.region) in why

        for state in (S.UNDER_NEGOTIATION, S.COMMITTED):
            Achievement.objects.filter(pk=other.pk).update(state=state)
        choices, hindered, _page = seen(secretary)
        assert {"keep_first", "keep_second"} & choices
        assert len(hindered) == 1

    def test_side_by_side_and_merged_from_the_page(self, login, pair, both, secretary, other_university_officer):
        Achievement.objects.filter(pk=both[0].pk).update(benefit="")
        Achievement.objects.filter(pk=both[1].pk).update(benefit="每年节约三百万元")
        client = login(secretary)
        page = client.get(pair.get_absolute_url())
        assert {line.name for line in page.context["lines"]} >= {"title", "benefit"}
        data = page.context["form"].initial | {"decision": "keep_first", "reason": "", "fill_first": ["benefit"]}
        assert client.post(pair.get_absolute_url(), data).status_code == 422
        done = client.post(pair.get_absolute_url(), data | {"reason": "同一项专利"})
        assert (done.status_code, done.url) == (302, f"{LIST}?kind=achievement")
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


# --- Across programmes ------------------------------------------------------------------------------------------------


def test_one_achievement_reported_to_two_programmes_is_found(university):
    first = entered(university, programme=programme())
    second = entered(university, programme=programme("QXWQ"), title=NEARLY)
    [pair] = search()
    assert (pair.first, pair.second) == (first, second)
    assert Reason.PROGRAMMES in pair.reasons
    assert not {Reason.UNIT, Reason.COMPLETERS} & set(pair.reasons), "one owner has them in common anyway"


def test_within_one_programme_it_is_the_owners_business(university):
    entered(university)
    entered(university)
    assert not search().exists()


def test_other_words_of_one_owner_are_no_pair(university, other_university):
    """Its series would all be pairs; between two owners the same titles are worth a look with a common unit."""
    entered(university, programme=programme())
    other = entered(university, programme=programme("QXWQ"), title="高温合金叶片表面缺陷在线检测与分级技术")
    assert not search().exists()
    Achievement.objects.filter(pk=other.pk).update(updated_at=timezone.now())
    IPItemFactory(achievement=other, number="ZL202310000001.1")
    IPItemFactory(achievement=Achievement.objects.exclude(pk=other.pk).get(), number="202310000001.1")
    assert Reason.IP_NUMBER in search().get().reasons


def test_the_secretariat_lists_what_was_filed_to_two_programmes(university, other_university, secretary, login):
    entered(university, title=TITLE, programme=programme())
    across = entered(other_university, title=NEARLY, programme=programme("QXWQ"))
    entered(other_university, title="污泥厌氧消化产沼气工艺", programme=programme())
    entered(university, title="污泥厌氧消化产沼气的工艺", programme=programme())
    assert search().count() == 2
    client = login(secretary)

    page = client.get(LIST, {"kind": "achievement"})
    assert page.context["across_count"] == 1
    assert [row.is_across for row in page.context["rows"]].count(True) == 1
    only = client.get(LIST, {"kind": "achievement", "across": "1"})
    [row] = only.context["rows"]
    assert row.pair.second == across
    assert str(across.programme) in only.content.decode()
    assert "across=1" in only.context["tabs"][1]["url"]


def test_one_of_two_programmes_is_merged_into_the_other(university, secretary, login):
    first = entered(university, programme=programme())
    second = entered(university, programme=programme("QXWQ"), title=NEARLY)
    [pair] = search()
    services.merge_pair(by=secretary, pair=pair, version=pair.version, seen=(first.version, second.version),
                        keep_first_one=True, reason="两个专项重复申报")  # fmt: skip
    second.refresh_from_db()
    assert second.merged_into == first
    assert login(secretary).get(pair.get_absolute_url()).status_code == 200
