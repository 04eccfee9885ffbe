"""Review tasks: opened and closed with the states, reminded and escalated once, counted from the same rows."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalog import services as catalog
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from experts.enums import ExpertState
from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake import queues, reviewed
from matchmaking.intake.models import ReviewStep, ReviewTask
from matchmaking.intake.services import tasks
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.programmes.models import StepRule
from matchmaking.programmes.selectors import step_rule
from matchmaking.vocabularies.workdays import workday_after, workday_before
from needs import services as needs
from needs.models import TechNeed
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
TEN_WORKDAYS_LATER = date(2026, 3, 16)


def fresh(user):
    return User.objects.get(pk=user.pk)


def loaded(record):
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def open_steps(record):
    found = ReviewTask.objects.open().filter(object_id=record.uuid)
    return list(found.order_by("step").values_list("step", flat=True))


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


class TestDays:
    def test_working_days_skip_the_weekend(self):
        assert workday_after(date(2026, 3, 6), 1) == date(2026, 3, 9)
        assert workday_before(date(2026, 3, 9)) == date(2026, 3, 6)

    def test_every_programme_has_rules_with_text_and_source(self):
        for rule in StepRule.objects.filter(programme=programme()):
            assert all([rule.rule_zh, rule.rule_en, rule.source]), rule
        assert step_rule(programme(), "need", "park").workdays == 5

    def test_a_step_without_a_rule_has_a_cautious_one(self):
        rule = step_rule(programme(), "nothing", "region")
        assert (rule.workdays, rule.escalate_to) == (10, "secretary")


class TestFollowing:
    def test_an_achievement_from_unit_to_pool(self, university, researcher, university_officer, regional_officer_edu,
                                             secretary):  # fmt: skip
        record = loaded(complete(AchievementFactory(body__owner=university, body__created_by=researcher)))
        catalog.submit_achievement(by=researcher, achievement=record)
        assert open_steps(record) == ["unit"]
        with time_machine.travel(MONDAY, tick=False):
            catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        task = ReviewTask.objects.open().get(object_id=record.uuid)
        assert (task.step, task.due_on) == ("region", TEN_WORKDAYS_LATER)
        assert task.organisation == regional_officer_edu.active_memberships[0].organisation
        catalog.accept_achievement(by=regional_officer_edu, achievement=record, version=record.version)
        assert open_steps(record) == []

    def test_a_withdrawal_closes_the_task(self, university, university_officer):
        record = loaded(complete(AchievementFactory(body__owner=university)))
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        catalog.withdraw_achievement(by=university_officer, achievement=record, version=record.version, reason="撤")
        assert open_steps(record) == []

    def test_a_need_goes_through_its_park(self, enterprise, enterprise_lead, park, park_admin, regional_officer_miit):
        need = make_need(enterprise, enterprise_lead, state="draft")
        needs.submit_need(by=enterprise_lead, need=need)
        task = ReviewTask.objects.open().get(object_id=need.uuid)
        assert (task.step, task.organisation) == ("park", park)
        assert task.deputy == regional_officer_miit.active_memberships[0].organisation
        needs.check_need(by=park_admin, need=need)
        assert open_steps(need) == ["region"]
        needs.return_need(by=regional_officer_miit, need=need, reason="补", reasons=["incomplete"])
        assert open_steps(need) == []

    def test_an_expert_waits_for_unit_then_region(self, university, university_officer, expert_user):
        expert = make_expert(university, university_officer, state=ExpertState.NOMINATED, user=expert_user)
        from experts.services import agree_unit, give_consent

        give_consent(by=expert_user, expert=expert)
        assert open_steps(expert) == ["unit"]
        agree_unit(by=university_officer, expert=expert, opinion="同意")
        assert open_steps(expert) == ["region"]

    def test_a_step_has_one_open_task_in_the_database_too(self, university):
        record = loaded(complete(AchievementFactory(state=S.SUBMITTED, body__owner=university)))
        task = tasks.follow(record=record, kind="achievement", step="region", owner=university)
        assert tasks.follow(record=record, kind="achievement", step="region", owner=university) == task
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewTask.objects.create(object_kind="achievement", object_id=record.uuid, step="region",
                                      programme=record.programme, due_on=date(2026, 1, 1),
                                      escalates_on=date(2026, 1, 2))  # fmt: skip

    def test_the_deputy_of_a_city_is_its_province(self, university, regional_officer_edu):
        city = OrganisationFactory(kind=OrganisationKind.DEPT_EDU, region=region("3201"))
        member(city, Role.REGIONAL_OFFICER)
        record = loaded(complete(AchievementFactory(state=S.SUBMITTED, body__owner=university, region=region("3201"))))
        task = tasks.follow(record=record, kind="achievement", step="region", owner=university)
        assert task.organisation == city
        assert task.deputy == regional_officer_edu.active_memberships[0].organisation


class TestDeputies:
    """Every step has somebody who steps in: lifecycles.md."""

    @pytest.fixture
    def waiting(self, university):
        record = loaded(complete(AchievementFactory(state=S.SUBMITTED, body__owner=university)))
        return record, lambda: tasks.follow(record=record, kind="achievement", step="region", owner=university)

    def test_where_no_department_stands_above_it_is_the_secretariat(self, waiting, regional_officer_edu, secretary):
        task = waiting[1]()
        assert task.organisation == regional_officer_edu.active_memberships[0].organisation
        assert task.deputy == secretary.active_memberships[0].organisation

    def test_where_the_secretariat_decides_itself_another_of_its_officers(self, waiting, secretary):
        task = waiting[1]()
        assert task.deputy == task.organisation == secretary.active_memberships[0].organisation

    def test_in_a_unit_another_officer_of_the_unit(self, university, university_officer):
        record = loaded(complete(AchievementFactory(state=S.UNIT_REVIEW, body__owner=university)))
        task = tasks.follow(record=record, kind="achievement", step="unit", owner=university)
        assert task.deputy == task.organisation == university

    def test_the_programme_may_name_another(self, waiting, university, regional_officer_edu, secretary):
        rules = StepRule.objects.filter(programme=waiting[0].programme, record_kind="achievement", step="region")
        rules.update(deputy="unit")
        assert waiting[1]().deputy == university

    def test_the_page_of_the_review_says_who_until_when_and_by_which_rule(self, login, waiting, regional_officer_edu,
                                                                          secretary):  # fmt: skip
        task = waiting[1]()
        address = reverse("catalog:achievement_decide", args=[waiting[0].uuid])
        text = login(regional_officer_edu).get(address).content.decode()
        rule = step_rule(waiting[0].programme, "achievement", "region")
        for said in (f"{task.due_on:%Y-%m-%d}", f"{task.escalates_on:%Y-%m-%d}", str(task.organisation),
                     str(task.deputy), rule.rule_zh, rule.source):  # fmt: skip
            assert said in text

    def test_a_task_from_before_shows_its_deputy_too(self, login, waiting, regional_officer_edu, secretary):
        waiting[1]()
        ReviewTask.objects.update(deputy=None)
        address = reverse("catalog:achievement_decide", args=[waiting[0].uuid])
        page = login(regional_officer_edu).get(address)
        assert page.context["standing"]["deputy"] == secretary.active_memberships[0].organisation
        assert "代办单位" in page.content.decode()


class TestTheJob:
    @pytest.fixture
    def waiting(self, university, researcher, regional_officer_edu, regional_officer_sti, secretary):
        with time_machine.travel(MONDAY, tick=False):
            record = loaded(complete(AchievementFactory(state=S.SUBMITTED, body__owner=university,
                                                        body__created_by=researcher)))  # fmt: skip
            tasks.follow(record=record, kind="achievement", step="region", owner=university)
        return record

    def run_on(self, day):
        with time_machine.travel(datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=9), tick=False):
            enqueue(kind="watch_review_tasks", args={})
            return [state for kind, state in run_due_jobs() if kind == "watch_review_tasks"]

    def test_reminds_a_working_day_before_and_once(self, waiting):
        assert self.run_on(date(2026, 3, 12)) == ["done"]
        assert told("review_due") == []
        self.run_on(date(2026, 3, 13))  # a Friday; the last day is the Monday after
        self.run_on(date(2026, 3, 16))
        assert told("review_due") == ["regional_officer_edu", "regional_officer_sti"]

    def test_escalates_once_when_overdue_to_the_next_instance(self, waiting):
        self.run_on(TEN_WORKDAYS_LATER)
        assert told("review_overdue") == []
        for day in (date(2026, 3, 20), date(2026, 3, 23)):
            self.run_on(day)
        assert told("review_overdue") == ["regional_officer_edu", "regional_officer_sti", "secretary"]
        assert ReviewTask.objects.get().escalated_at is not None

    def test_what_was_decided_is_left_alone(self, waiting, regional_officer_edu):
        catalog.accept_achievement(by=regional_officer_edu, achievement=waiting, version=waiting.version)
        self.run_on(date(2026, 4, 20))
        assert told("review_overdue") == []

    def test_nobody_is_told_of_what_he_does_not_see(self, waiting, university):
        blind = OrganisationFactory(kind=OrganisationKind.DEPT_EDU, region=region("37"))
        member(blind, Role.REGIONAL_OFFICER, username="blind")
        ReviewTask.objects.update(deputy=blind)
        self.run_on(date(2026, 3, 23))
        assert "blind" not in told("review_overdue")
        assert "secretary" in told("review_overdue")

    def test_mails_carry_the_number_and_nothing_of_the_content(self, waiting):
        self.run_on(date(2026, 3, 13))
        for mail in OutboxMail.objects.all():
            assert waiting.public_no in mail.subject + mail.body
            assert waiting.title not in mail.subject + mail.body

    def test_records_from_before_get_their_task(self, university, regional_officer_edu):
        record = complete(AchievementFactory(state=S.SUBMITTED, body__owner=university))
        draft = complete(AchievementFactory(body__owner=university))
        self.run_on(date(2026, 3, 2))
        assert open_steps(record) == ["region"]
        assert open_steps(draft) == []

    def test_an_overdue_park_lets_the_region_decide(self, enterprise, enterprise_lead, park_admin,
                                                    regional_officer_miit, other_regional_officer_miit):  # fmt: skip
        need = make_need(enterprise, enterprise_lead, state="draft")
        with time_machine.travel(MONDAY, tick=False):
            needs.submit_need(by=enterprise_lead, need=need)
        with pytest.raises(needs.NotAllowed):
            needs.publish_need(by=fresh(regional_officer_miit), need=need)
        ReviewTask.objects.update(escalated_at=timezone.now())
        assert TechNeed.objects.waiting_for_region(fresh(regional_officer_miit)).filter(pk=need.pk).exists()
        with pytest.raises(needs.NotAllowed):
            needs.publish_need(by=fresh(other_regional_officer_miit), need=need)
        needs.publish_need(by=fresh(regional_officer_miit), need=need)
        assert need.state == "published"
        with pytest.raises(StaleState):
            needs.check_need(by=fresh(park_admin), need=need)


class TestQueues:
    def rows(self, user, kind="achievement", **choice):
        how = reviewed.find(kind)
        return set(queues.rows(how, fresh(user), queues.Choice(**choice)).values_list("title", flat=True))

    @pytest.fixture
    def desk(self, university, university_officer, regional_officer_edu):
        made = {}
        for title in ("等待", "逾期", "退回重报", "通过"):
            made[title] = loaded(complete(AchievementFactory(title=title, state=S.SUBMITTED, body__owner=university)))
            tasks.follow(record=made[title], kind="achievement", step="region", owner=university)
        back = made["退回重报"]
        catalog.return_achievement(by=regional_officer_edu, achievement=back, version=back.version, reason="补",
                                   reasons=["ownership"])  # fmt: skip
        catalog.submit_achievement(by=university_officer, achievement=back, opinion="同意", secrecy_declared=True)
        catalog.accept_achievement(by=regional_officer_edu, achievement=made["通过"], version=1)
        yesterday = timezone.localdate() - timedelta(days=1)
        late = ReviewTask.objects.filter(object_id=made["逾期"].uuid)
        late.update(due_on=yesterday, escalates_on=timezone.localdate())
        return made

    def test_groups(self, desk, regional_officer_edu):
        officer = regional_officer_edu
        assert self.rows(officer) == {"等待", "逾期", "退回重报"}
        assert self.rows(officer, group="overdue") == {"逾期"}
        assert self.rows(officer, group="back") == {"退回重报"}
        assert self.rows(officer, group="passed") == {"通过"}
        assert self.rows(officer, group="returned") == {"退回重报"}
        assert self.rows(officer, group="returned", reason="ownership") == {"退回重报"}
        assert self.rows(officer, group="returned", reason="secrecy") == set()

    def test_wrong_region_and_wrong_track_see_nothing(self, desk, other_regional_officer_edu, regional_officer_miit):
        for officer in (other_regional_officer_edu, regional_officer_miit):
            for group in queues.WORDS:
                assert self.rows(officer, group=group) == set()

    def test_every_figure_opens_exactly_its_rows(self, desk, login, regional_officer_edu):
        how = reviewed.find("achievement")
        [line] = queues.by_region(how, fresh(regional_officer_edu), 30)
        client = login(regional_officer_edu)
        for group, figure in line.figures.items():
            page = client.get(figure["url"])
            assert page.context["page"].paginator.count == figure["count"], group
        assert {group: figure["count"] for group, figure in line.figures.items()} == {
            "waiting": 3, "overdue": 1, "passed": 1, "returned": 1
        }  # fmt: skip

    def test_figures_by_park_for_needs(self, login, enterprise, enterprise_lead, park, park_admin,
                                       regional_officer_miit):  # fmt: skip
        need = make_need(enterprise, enterprise_lead, state="draft")
        needs.submit_need(by=enterprise_lead, need=need)
        needs.check_need(by=park_admin, need=need)
        [line] = queues.by_park(reviewed.find("need"), fresh(regional_officer_miit), 30)
        assert (line.place, line.figures["waiting"]["count"]) == (park.name, 1)
        page = login(regional_officer_miit).get(line.figures["waiting"]["url"])
        assert page.context["page"].paginator.count == 1

    def test_reasons_are_counted(self, desk, regional_officer_edu):
        how = reviewed.find("achievement")
        assert queues.reasons_given(how, fresh(regional_officer_edu), 30) == [("ownership", 1)]

    def test_the_overview_is_for_officers_and_parks(self, login, desk, regional_officer_edu, park_admin,
                                                    enterprise_lead, university_officer):  # fmt: skip
        address = reverse("review:overview")
        assert login(regional_officer_edu).get(address).status_code == 200
        assert login(park_admin).get(address).status_code == 200
        for person in (enterprise_lead, university_officer):
            assert login(person).get(address).status_code == 403
        assert login().get(address).status_code == 302

    @pytest.mark.parametrize("query", ["?group=x&days=7000&region_code=%00&park=no&reason=';--", "?group=changes",
                                       "?group=appeals", "?page=9&group=back"])  # fmt: skip
    def test_clumsy_addresses(self, login, desk, regional_officer_edu, query):
        assert login(regional_officer_edu).get(reverse("catalog:achievement_review") + query).status_code in (200, 400)


class TestDigest:
    def send(self, day):
        with time_machine.travel(datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=9), tick=False):
            enqueue(kind="send_review_digest", args={})
            run_due_jobs()

    def test_once_a_week_and_only_if_something_waits(self, university, regional_officer_edu,
                                                     other_regional_officer_edu):  # fmt: skip
        record = complete(AchievementFactory(title="秘而不宣", state=S.SUBMITTED, body__owner=university))
        for day in (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)):
            self.send(day)
        assert told("review_digest") == ["regional_officer_edu"]
        [mail] = OutboxMail.objects.all()
        assert record.title not in mail.subject + mail.body
        self.send(date(2026, 3, 9))
        assert told("review_digest") == ["regional_officer_edu", "regional_officer_edu"]

    def test_not_in_the_middle_of_the_week(self, university, regional_officer_edu):
        complete(AchievementFactory(state=S.SUBMITTED, body__owner=university))
        self.send(date(2026, 3, 5))
        assert told("review_digest") == []


def test_reasons_stand_on_the_step(university, regional_officer_edu):
    record = loaded(complete(AchievementFactory(state=S.SUBMITTED, body__owner=university)))
    catalog.reject_achievement(by=regional_officer_edu, achievement=record, version=1, reason="重复",
                               reasons=["duplicate", "duplicate", "other"])  # fmt: skip
    assert ReviewStep.objects.get().reasons == ["duplicate", "other"]
