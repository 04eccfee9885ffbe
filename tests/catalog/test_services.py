"""The use cases of the catalogue: what they write, and every refusal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import services
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.services.review import ReasonMissing
from matchmaking.activity.models import Entry
from matchmaking.common.search import search_query
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.models import Decision, FieldNote, ReviewStep
from matchmaking.intake.selectors import last_return, steps_of
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import Notification
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db


def draft(owner, author, **fields):
    return complete(AchievementFactory(body__owner=owner, body__created_by=author, **fields))


def kinds_for(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


class TestCreate:
    def test_a_draft_gets_a_number_its_owners_region_and_its_owner_as_only_unit(self, university, researcher):
        made = services.create_achievement(
            by=researcher, owner=university, programme=programme(), data={"title": "新型密封件", "trl": 6}
        )

        assert made.public_no.startswith("CG-")
        assert made.region == university.region
        assert made.maturity == "pilot_passed"
        assert [row.organisation for row in made.completing_units.all()] == [university]
        assert Achievement.objects.filter(search_vector=search_query("密封件")).get() == made
        assert Entry.objects.get(object_id=made.uuid).verb == "achievement.created"

    def test_rows_keep_their_order(self, university, other_university, researcher):
        made = services.create_achievement(
            by=researcher,
            owner=university,
            programme=programme(),
            data={"title": "新型密封件", "price_fen": 1_250_000},
            indicators=[{"name": "寿命", "operator": "ge", "value": "5000", "unit": "h"},
                        {"name": "泄漏率", "operator": "text", "text": "不可检出"}],
            ip_items=[{"kind": "pat_inv", "number": "(示例)1"}],
            completing_units=[other_university, university],
            completers=[{"name": "甲"}, {"name": "乙", "user": researcher}],
        )  # fmt: skip

        assert [row.name for row in made.indicators.order_by("position")] == ["寿命", "泄漏率"]
        assert [row.organisation for row in made.completing_units.order_by("position")] == [
            other_university,
            university,
        ]
        assert [row.name for row in made.completers.order_by("position")] == ["甲", "乙"]
        assert made.body.price_fen == 1_250_000

    def test_refuses_a_person_of_another_unit(self, university, other_university_officer):
        with pytest.raises(services.NotAllowed):
            services.create_achievement(
                by=other_university_officer, owner=university, programme=programme(), data={"title": "x"}
            )

    def test_refuses_a_name_that_is_no_field(self, university, researcher):
        with pytest.raises(TypeError, match="state"):
            services.create_achievement(
                by=researcher, owner=university, programme=programme(), data={"title": "x", "state": "accepted"}
            )


class TestUpdate:
    def test_a_changed_text_raises_both_versions(self, university, researcher):
        record = draft(university, researcher)

        after = services.update_achievement(
            by=researcher, achievement=record, version=1, data={"title": "超声检测新方法"}
        )

        assert (after.version, after.text_version) == (2, 2)
        assert Achievement.objects.filter(search_vector=search_query("超声")).exists()

    def test_a_change_the_engine_does_not_read_leaves_the_text_version(self, university, researcher):
        record = draft(university, researcher)

        after = services.update_achievement(
            by=researcher, achievement=record, version=1, data={"benefit": "节约成本", "title": record.title}
        )

        assert (after.version, after.text_version) == (2, 1)

    def test_a_changed_indicator_raises_the_text_version_and_the_same_ones_do_not(self, university, researcher):
        from decimal import Decimal

        record = draft(university, researcher)
        same = [{"name": "检出率", "operator": "ge", "value": Decimal("98.5"), "value_high": None, "unit": "%",
                 "text": "", "condition": "", "evidence": ""}]  # fmt: skip

        kept = services.update_achievement(by=researcher, achievement=record, version=1, data={}, indicators=same)
        assert kept.text_version == 1

        better = [same[0] | {"value": Decimal("99.5")}]
        after = services.update_achievement(by=researcher, achievement=kept, version=2, data={}, indicators=better)
        assert after.text_version == 2

    def test_refuses_an_old_version_and_writes_nothing(self, university, researcher):
        record = draft(university, researcher)
        services.update_achievement(by=researcher, achievement=record, version=1, data={"title": "先存的"})

        with pytest.raises(StaleState):
            services.update_achievement(
                by=researcher, achievement=record, version=1, data={"title": "后存的"}, indicators=[]
            )

        record.refresh_from_db()
        assert record.title == "先存的"
        assert record.indicators.count() == 1

    @pytest.mark.parametrize("state", [S.SUBMITTED, S.ACCEPTED, S.REJECTED, S.WITHDRAWN])
    def test_refuses_once_the_record_is_out_of_the_owners_hands(self, university, researcher, state):
        with pytest.raises(services.NotAllowed):
            services.update_achievement(
                by=researcher, achievement=draft(university, researcher, state=state), version=1, data={"title": "x"}
            )

    def test_in_unit_review_the_officer_edits_and_the_author_does_not(self, university, researcher, university_officer):
        record = draft(university, researcher, state=S.UNIT_REVIEW)

        with pytest.raises(services.NotAllowed):
            services.update_achievement(by=researcher, achievement=record, version=1, data={"title": "x"})
        services.update_achievement(by=university_officer, achievement=record, version=1, data={"title": "改写"})

    def test_a_colleague_who_is_not_the_author_is_refused(self, university, researcher, expert_user):
        from matchmaking.accounts.enums import Role
        from tests.factories.accounts import member

        colleague = member(university, Role.RESEARCHER)
        with pytest.raises(services.NotAllowed):
            services.update_achievement(
                by=colleague, achievement=draft(university, researcher), version=1, data={"title": "x"}
            )


class TestHandingIn:
    def test_the_author_hands_to_the_unit_and_its_officer_to_the_region(
        self, university, researcher, university_officer, regional_officer_edu
    ):
        record = draft(university, researcher, body__secrecy_declared=False, body__unit_opinion="")

        services.submit_achievement(by=researcher, achievement=record)
        assert record.state == S.UNIT_REVIEW
        assert kinds_for(university_officer) == ["achievement_to_review"]

        services.submit_achievement(
            by=university_officer, achievement=record, version=record.version, opinion="同意", secrecy_declared=True
        )
        assert record.state == S.SUBMITTED
        record.body.refresh_from_db()
        assert (record.body.unit_opinion, record.body.unit_opinion_by) == ("同意", university_officer.full_name)
        assert kinds_for(regional_officer_edu) == ["achievement_to_review"]
        assert [step.decision for step in ReviewStep.objects.order_by("pk")] == ["submit", "pass"]

    def test_departments_on_other_tracks_are_not_told(
        self, university, university_officer, regional_officer_miit, regional_officer_sti, other_regional_officer_edu
    ):
        services.submit_achievement(by=university_officer, achievement=draft(university, university_officer))

        assert kinds_for(regional_officer_sti) == ["achievement_to_review"]
        assert kinds_for(regional_officer_miit) == kinds_for(other_regional_officer_edu) == []

    def test_without_a_department_the_secretariat_is_told(self, university, university_officer, secretary):
        services.submit_achievement(by=university_officer, achievement=draft(university, university_officer))

        assert kinds_for(secretary) == ["achievement_to_review"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("summary", "太短"), ("summary", "长" * 601), ("problem_solved", ""), ("key_points", " "),
            ("applications", []), ("tech_field", ""), ("discipline", ""), ("keywords", ["一", "二"]),
            ("keywords", list("一二三四五六七八九")), ("trl", None), ("source", ""), ("ownership", ""),
            ("ownership", "unclear"), ("coop_modes", []),
        ],
    )  # fmt: skip
    def test_names_each_missing_field(self, university, researcher, field, value):
        record = draft(university, researcher, **{field: value})

        with pytest.raises(services.Incomplete) as refusal:
            services.submit_achievement(by=researcher, achievement=record)

        assert list(refusal.value.fields) == [field]
        record.refresh_from_db()
        assert record.state == S.DRAFT

    def test_names_missing_rows(self, university, researcher):
        record = AchievementFactory(body__owner=university, body__created_by=researcher)

        with pytest.raises(services.Incomplete) as refusal:
            services.submit_achievement(by=researcher, achievement=record)

        assert list(refusal.value.fields) == ["indicators", "ip_items", "completing_units", "completers"]

    @pytest.mark.parametrize(("trl", "missing"), [(5, False), (6, True)])
    def test_wants_evidence_from_level_six_on(self, university, researcher, trl, missing):
        record = draft(university, researcher, trl=trl, body__trl_evidence="")

        assert ("trl_evidence" in services.missing_fields(record)) is missing

    def test_the_unit_must_declare_and_give_its_opinion(self, university, university_officer):
        record = draft(university, university_officer, body__secrecy_declared=False, body__unit_opinion="")

        with pytest.raises(services.Incomplete) as refusal:
            services.submit_achievement(by=university_officer, achievement=record)

        assert list(refusal.value.fields) == ["secrecy_declared", "unit_opinion"]

    def test_a_refused_declaration_is_not_half_saved(self, university, university_officer):
        record = draft(university, university_officer, keywords=[], body__unit_opinion="")

        with pytest.raises(services.Incomplete):
            services.submit_achievement(
                by=university_officer, achievement=record, opinion="同意", secrecy_declared=True
            )

        record.body.refresh_from_db()
        assert record.body.unit_opinion == ""

    def test_refuses_another_unit_and_an_old_version(self, university, researcher, other_university_officer):
        record = draft(university, researcher)

        with pytest.raises(services.NotAllowed):
            services.submit_achievement(by=other_university_officer, achievement=record)
        with pytest.raises(StaleState):
            services.submit_achievement(by=researcher, achievement=record, version=7)

    def test_the_unit_sends_back_with_notes(self, university, researcher, university_officer):
        record = draft(university, researcher, state=S.UNIT_REVIEW)

        services.send_back_achievement(
            by=university_officer, achievement=record, version=1, reason="请补充", notes={"summary": "写清用途"}
        )

        assert record.state == S.DRAFT
        assert kinds_for(researcher) == ["achievement_returned"]
        assert FieldNote.objects.get().field == "summary"

    def test_the_author_cannot_send_back(self, university, researcher):
        with pytest.raises(services.NotAllowed):
            services.send_back_achievement(
                by=researcher, achievement=draft(university, researcher, state=S.UNIT_REVIEW), version=1, reason="x"
            )


class TestReview:
    def submitted(self, university, researcher):
        return draft(university, researcher, state=S.SUBMITTED)

    def test_accepting_writes_the_job_the_step_and_the_messages(
        self, university, researcher, university_officer, regional_officer_edu
    ):
        record = self.submitted(university, researcher)

        services.accept_achievement(by=regional_officer_edu, achievement=record, version=1)

        assert (record.state, record.version) == (S.ACCEPTED, 2)
        assert record.confirmed_at is not None
        job = Job.objects.get(kind="match_record")
        assert job.args == {"noun": "achievement", "id": record.pk}
        assert job.dedupe_key == f"match_record:achievement:{record.pk}:2"
        assert ReviewStep.objects.get().organisation == regional_officer_edu.active_memberships[0].organisation
        assert kinds_for(researcher) == kinds_for(university_officer) == ["achievement_accepted"]

    def test_returning_keeps_a_note_for_each_field(self, university, researcher, regional_officer_sti):
        record = self.submitted(university, researcher)

        services.return_achievement(
            by=regional_officer_sti, achievement=record, version=1, reason="指标不全",
            notes={"indicators": "缺少测试条件", "title": " "},
        )  # fmt: skip

        assert record.state == S.RETURNED
        assert {note.field: note.note for note in FieldNote.objects.all()} == {"indicators": "缺少测试条件"}
        assert kinds_for(researcher) == ["achievement_returned"]

    def test_rejecting_and_returning_need_a_reason(self, university, researcher, regional_officer_edu):
        record = self.submitted(university, researcher)
        for decide in (services.return_achievement, services.reject_achievement):
            with pytest.raises(ReasonMissing):
                decide(by=regional_officer_edu, achievement=record, version=1, reason=" ")

    def test_the_secretary_reviews_everything(self, university, researcher, secretary):
        record = self.submitted(university, researcher)
        services.reject_achievement(by=secretary, achievement=record, version=1, reason="重复")
        assert record.state == S.REJECTED

    @pytest.mark.parametrize(
        "who",
        ["regional_officer_miit", "other_regional_officer_edu", "national_officer", "university_officer", "researcher"],
    )
    def test_refuses_who_is_not_on_the_track_or_out_of_reach(self, university, researcher, who, request):
        officer = request.getfixturevalue(who)
        record = self.submitted(university, researcher)
        for decide, more in (
            (services.accept_achievement, {}),
            (services.return_achievement, {"reason": "x"}),
            (services.reject_achievement, {"reason": "x"}),
        ):
            with pytest.raises(services.NotAllowed):
                decide(by=officer, achievement=record, version=1, **more)

    def test_the_programmes_data_decides_which_track_reviews(self, university, researcher, regional_officer_miit):
        track = programme().tracks.get(code="miit")
        track.reviews = [*track.reviews, "achievement"]
        track.save()

        services.accept_achievement(
            by=regional_officer_miit, achievement=self.submitted(university, researcher), version=1
        )

    def test_a_record_that_is_not_submitted_cannot_be_accepted(self, university, researcher, regional_officer_edu):
        with pytest.raises(IllegalMove):
            services.accept_achievement(by=regional_officer_edu, achievement=draft(university, researcher), version=1)
        assert not Job.objects.filter(kind="match_record").exists()

    @pytest.mark.parametrize("state", ["suspended", "stale", "under_negotiation", "committed"])
    def test_what_left_the_review_comes_back_by_its_own_way(self, university, researcher, regional_officer_edu, state):
        """These may become accepted again, but not by the decision on a submitted record."""
        record = complete(AchievementFactory(state=state, body__owner=university, body__created_by=researcher))
        with pytest.raises(IllegalMove):
            services.accept_achievement(by=regional_officer_edu, achievement=record, version=record.version)
        record.refresh_from_db()
        assert record.state == state

    def test_many_at_once_passes_over_what_moved(self, university, researcher, regional_officer_edu):
        first, second = self.submitted(university, researcher), self.submitted(university, researcher)
        services.return_achievement(
            by=regional_officer_edu, achievement=Achievement.objects.get(pk=second.pk), version=1, reason="x"
        )

        done, moved = services.accept_achievements(by=regional_officer_edu, achievements=[first, second])

        assert (done, moved) == ([first], [second])


class TestPool:
    def test_talks_move_between_two_states_only(self, university, researcher):
        record = draft(university, researcher, state=S.ACCEPTED)

        services.set_negotiation(by=None, achievement=record, target=S.UNDER_NEGOTIATION)
        services.set_negotiation(by=None, achievement=record, target=S.ACCEPTED)

        assert record.state == S.ACCEPTED
        for target in (S.COMMITTED, S.WITHDRAWN):
            with pytest.raises(IllegalMove):
                services.set_negotiation(by=None, achievement=record, target=target)

    def test_talks_are_no_side_door_into_the_pool(self, university, researcher):
        with pytest.raises(IllegalMove):
            services.set_negotiation(
                by=None, achievement=draft(university, researcher, state=S.SUBMITTED), target=S.ACCEPTED
            )

    def test_withdrawing_closes_the_matches(self, university, university_officer):
        record = draft(university, university_officer, state=S.ACCEPTED)

        services.withdraw_achievement(by=university_officer, achievement=record, version=1, reason="已独占许可")

        assert record.state == S.WITHDRAWN
        assert Job.objects.get(kind="close_matches").args == {"noun": "achievement", "id": record.pk}

    def test_a_withdrawn_draft_had_no_matches(self, university, researcher):
        services.withdraw_achievement(
            by=researcher, achievement=draft(university, researcher), version=1, reason="重复录入"
        )
        assert not Job.objects.exists()

    def test_withdrawing_is_refused_to_others_and_after_a_deal(
        self, university, researcher, university_officer, other_university_officer
    ):
        record = draft(university, researcher, state=S.ACCEPTED)
        for person in (researcher, other_university_officer):
            with pytest.raises(services.NotAllowed):
                services.withdraw_achievement(by=person, achievement=record, version=1, reason="x")
        committed = draft(university, researcher, state=S.COMMITTED)
        with pytest.raises(services.NotAllowed):
            services.withdraw_achievement(by=university_officer, achievement=committed, version=1, reason="x")
        with pytest.raises(ReasonMissing):
            services.withdraw_achievement(by=university_officer, achievement=record, version=1, reason=" ")

    def test_reopening_brings_back_a_draft(self, university, researcher):
        for state in (S.WITHDRAWN, S.REJECTED):
            record = draft(university, researcher, state=state)
            services.reopen_achievement(by=researcher, achievement=record)
            assert record.state == S.DRAFT
        with pytest.raises(services.NotAllowed):
            services.reopen_achievement(by=researcher, achievement=draft(university, researcher, state=S.ACCEPTED))

    def test_an_officer_suspends_and_resumes(self, university, researcher, regional_officer_edu, regional_officer_miit):
        record = draft(university, researcher, state=S.ACCEPTED)

        with pytest.raises(services.NotAllowed):
            services.suspend_achievement(by=regional_officer_miit, achievement=record, version=1, reason="x")
        services.suspend_achievement(by=regional_officer_edu, achievement=record, version=1, reason="权属争议")
        assert record.state == S.SUSPENDED
        assert last_return(record, "achievement").reason == "权属争议"
        services.resume_achievement(by=regional_officer_edu, achievement=record, version=2)
        assert [step.decision for step in steps_of(record, "achievement")] == [Decision.RESUME, Decision.SUSPEND]
        assert last_return(record, "achievement") is None
        assert kinds_for(researcher) == ["achievement_suspended", "achievement_resumed"]
        assert record.state == S.ACCEPTED
        assert set(Job.objects.values_list("kind", flat=True)) >= {"close_matches", "match_record"}

    def test_a_year_without_confirmation_asks_for_one(self, university, researcher):
        long_ago = timezone.now() - timedelta(days=366)
        old = draft(university, researcher, state=S.ACCEPTED, confirmed_at=long_ago)
        never = draft(university, researcher, state=S.ACCEPTED, state_since=long_ago)
        fresh = draft(university, researcher, state=S.ACCEPTED, confirmed_at=timezone.now(), state_since=long_ago)

        assert services.mark_stale_achievements() == 2
        assert services.mark_stale_achievements() == 0

        states = dict(Achievement.objects.values_list("pk", "state"))
        assert (states[old.pk], states[never.pk], states[fresh.pk]) == (S.STALE, S.STALE, S.ACCEPTED)
        assert kinds_for(researcher) == ["achievements_stale"]  # one message for both

    def test_confirming_revives(self, university, researcher):
        record = draft(university, researcher, state=S.STALE)
        services.confirm_achievement(by=researcher, achievement=record, version=1)
        assert record.state == S.ACCEPTED
        assert Job.objects.filter(kind="match_record").exists()

    def test_resuming_and_confirming_are_refused_to_others(
        self, university, researcher, other_university_officer, regional_officer_miit
    ):
        with pytest.raises(services.NotAllowed):
            services.confirm_achievement(
                by=other_university_officer, achievement=draft(university, researcher, state=S.STALE), version=1
            )
        with pytest.raises(services.NotAllowed):
            services.resume_achievement(
                by=regional_officer_miit, achievement=draft(university, researcher, state=S.SUSPENDED), version=1
            )

    def test_every_step_refuses_an_old_version(self, university, university_officer, secretary):
        accepted = draft(university, university_officer, state=S.ACCEPTED)
        suspended = draft(university, university_officer, state=S.SUSPENDED)
        for step, by, record, more in (
            (services.withdraw_achievement, university_officer, accepted, {"reason": "x"}),
            (services.suspend_achievement, secretary, accepted, {"reason": "x"}),
            (services.confirm_achievement, university_officer, accepted, {}),
            (services.resume_achievement, secretary, suspended, {}),
        ):
            with pytest.raises(StaleState):
                step(by=by, achievement=record, version=7, **more)
        assert not Job.objects.exists()

    def test_the_periodic_job_asks_for_all_confirmations(self, university, researcher):
        from matchmaking.jobs.runner import run_due_jobs
        from matchmaking.jobs.services import enqueue

        long_ago = timezone.now() - timedelta(days=400)
        for _n in range(3):
            draft(university, researcher, state=S.ACCEPTED, confirmed_at=long_ago)
        job = enqueue(kind="mark_stale_achievements", args={})
        run_due_jobs()
        job.refresh_from_db()
        assert job.result == {"marked": 3}


class TestBulk:
    def rows(self, count):
        return [
            {"title": f"批量成果{n}", "keywords": ["甲"],
             "indicators": [{"name": "寿命", "operator": "ge", "value": 1}],
             "completers": [{"name": "某人"}], "ip_items": [{"kind": "sw"}]}
            for n in range(count)
        ]  # fmt: skip

    def test_writes_everything_and_the_search_vectors(self, university, university_officer):
        made = services.bulk_create_achievements(
            by=university_officer, owner=university, programme=programme(), rows=self.rows(3)
        )

        assert len({one.public_no for one in made}) == 3
        assert Achievement.objects.filter(search_vector=search_query("批量成果")).count() == 3
        assert all(one.body.owner == university and one.indicators.count() == 1 for one in made)
        assert all(one.completing_units.get().organisation == university for one in made)

    @pytest.mark.parametrize("where", ["title", "indicators"])
    def test_nothing_goes_into_the_pool_that_names_the_owner_it_hides(self, university, university_officer, where):
        (row,) = self.rows(1)
        row["visibility"] = "hidden_owner"
        if where == "title":
            row["title"] = f"{university.name}的成果"
        else:
            row["indicators"][0]["name"] = f"{university.name}寿命"
        made = {"by": university_officer, "owner": university, "programme": programme(), "rows": [row]}
        services.bulk_create_achievements(**made)  # a draft may, until it is handed in
        with pytest.raises(services.Incomplete) as caught:
            services.bulk_create_achievements(**made, state=S.ACCEPTED)
        assert list(caught.value.fields) == [where]

    def test_costs_the_same_number_of_queries_for_any_number(
        self, university, university_officer, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def count(number):
            with CaptureQueriesContext(connection) as seen:
                services.bulk_create_achievements(
                    by=university_officer, owner=university, programme=programme(), rows=self.rows(number)
                )
            return len(seen)

        assert count(3) == count(60)

    def test_a_row_may_name_its_own_owner_and_state(self, university, other_university, university_officer):
        row = {"title": "他校成果", "tech_field": "0804", "discipline": "460", "trl": 5, "ownership": "single",
               "owner": other_university, "state": S.ACCEPTED}  # fmt: skip
        (made,) = services.bulk_create_achievements(
            by=university_officer, owner=university, programme=programme(), rows=[row], is_sample=True
        )
        assert (made.body.owner, made.region, made.state, made.is_sample) == (
            other_university, other_university.region, S.ACCEPTED, True,
        )  # fmt: skip

    def test_nothing_given_writes_nothing(self, university, university_officer):
        assert services.bulk_create_achievements(
            by=university_officer, owner=university, programme=programme(), rows=[]
        ) == []  # fmt: skip
