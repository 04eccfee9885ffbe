"""Changes of published records: free fields are live at once, checked ones wait for the region; and appeals."""

import contextlib
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from catalog import services as catalog
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.services.rows import INDICATOR_FIELDS
from experts import services as experts
from experts.enums import ExpertState
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import Appeal, ChangeState, ProposedChange, RecordVersion, ReviewStep, ReviewTask
from matchmaking.intake.services import appeals, changes
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import Notification, OutboxMail
from needs import services as needs
from needs.models import TechNeed
from tests.catalog.test_races import at_once
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import INDICATOR, make_need

pytestmark = pytest.mark.django_db


def loaded(record):
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def page(name, kind, record):
    return reverse(f"review:{name}", args=[kind, record.uuid])


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def match_jobs():
    return Job.objects.filter(kind="match_record").count()


@pytest.fixture
def published(university, researcher):
    made = complete(AchievementFactory(state=S.ACCEPTED, body__owner=university, body__created_by=researcher))
    return loaded(made)


def revise(record, by, **data):
    record = loaded(record)
    return catalog.revise_achievement(by=by, achievement=record, version=record.version, data=data)


class TestAchievements:
    def test_a_free_field_is_live_with_a_version_and_a_new_match(self, published, university_officer):
        came = revise(published, university_officer, summary="新的摘要。" * 40)
        assert (came.live, came.change) == (("summary",), None)
        assert loaded(published).summary.startswith("新的摘要")
        kept = RecordVersion.objects.filter(object_id=published.uuid).order_by("number")
        assert [one.what for one in kept] == ["published", "edited"]
        assert match_jobs() == 1

    def test_a_checked_field_waits_and_the_former_text_stays(self, published, university_officer,
                                                             regional_officer_edu):  # fmt: skip
        came = revise(published, university_officer, title="新题目", benefit="新效益")
        assert came.live == ("benefit",)
        assert came.change.fields == ["title"]
        assert loaded(published).title == published.title
        assert told("achievement_change_to_check") == ["regional_officer_edu"]
        assert ReviewTask.objects.open().get(object_id=published.uuid).step == "change"

    def test_owner_and_officer_read_old_and_new_on_the_page_of_the_record(
        self, login, published, university_officer, regional_officer_edu, enterprise_lead
    ):
        revise(published, university_officer, title="新题目")
        for person in (university_officer, regional_officer_edu):
            text = login(person).get(published.get_absolute_url()).content.decode()
            waiting = text[text.index("diff-stack") :]
            assert f"<del>{published.title}</del>" in waiting
            assert "<ins>新题目</ins>" in waiting
        for person in (enterprise_lead, None):
            assert "新题目" not in login(person).get(published.get_absolute_url()).content.decode()

    def test_passing_puts_it_live_and_matches_again(self, published, university_officer, regional_officer_edu):
        change = revise(published, university_officer, title="新题目").change
        record = loaded(published)
        catalog.REVISING.pass_change(regional_officer_edu, record, change=change, version=record.version)
        assert loaded(published).title == "新题目"
        assert not ReviewTask.objects.open().filter(object_id=published.uuid).exists()
        last = RecordVersion.objects.filter(object_id=published.uuid).order_by("-number").first()
        assert (last.what, last.content["title"]) == ("edited", "新题目")
        assert match_jobs() == 1
        assert "researcher" in told("achievement_change_passed")

    def test_rows_wait_and_pass_as_a_whole(self, published, university_officer, regional_officer_edu):
        row = dict.fromkeys(INDICATOR_FIELDS, "")
        row |= {"name": "误报率", "operator": "le", "value": "1.5", "value_high": None, "unit": "%"}
        came = catalog.revise_achievement(by=university_officer, achievement=published, version=1, data={},
                                          indicators=[row])  # fmt: skip
        assert came.change.fields == ["indicators"]
        record = loaded(published)
        catalog.REVISING.pass_change(regional_officer_edu, record, change=came.change, version=record.version)
        assert [str(one) for one in loaded(published).indicators.all()] == ["误报率 ≤ 1.5 %"]

    def test_a_return_tells_the_owner_with_notes_and_changes_nothing(self, login, published, university_officer,
                                                                     regional_officer_edu):  # fmt: skip
        change = revise(published, university_officer, title="新题目").change
        client = login(regional_officer_edu)
        data = {"version": loaded(published).version, "change": str(change.uuid), "decision": "return",
                "reasons": ["unclear"], "reason": "题目太泛", "note_title": "写明对象"}  # fmt: skip
        assert client.post(page("change", "achievement", published), data).status_code == 302
        change.refresh_from_db()
        assert change.state == ChangeState.RETURNED
        assert loaded(published).title == published.title
        owner = login(university_officer)
        assert "题目太泛" in owner.get(published.get_absolute_url()).content.decode()
        form = owner.get(reverse("catalog:achievement_edit", args=[published.uuid])).content.decode()
        assert "写明对象" in form
        assert loaded(published).state == S.ACCEPTED
        assert "Returned for correction" not in login(university_officer).get(
            published.get_absolute_url(), headers={"accept-language": "en"}
        ).content.decode()  # fmt: skip

    def test_a_new_proposal_replaces_the_fields_it_names_and_keeps_the_others(self, published, university_officer):
        first = revise(published, university_officer, title="第一稿", ownership_note="说明").change
        second = revise(published, university_officer, title="第二稿").change
        assert second.content == {"title": "第二稿", "ownership_note": "说明"}
        first.refresh_from_db()
        assert first.state == ChangeState.WITHDRAWN
        back = revise(published, university_officer, title=published.title, ownership_note="").change
        assert back is None
        assert changes.open_change(published, "achievement") is None

    def test_a_free_change_leaves_what_waits_alone(self, published, university_officer):
        change = revise(published, university_officer, title="等待").change
        assert revise(published, university_officer, benefit="效益").change == change

    def test_one_open_change_in_the_database_too(self, published, university_officer):
        change = revise(published, university_officer, title="等待").change
        with pytest.raises(IntegrityError), transaction.atomic():
            ProposedChange.objects.create(object_kind="achievement", object_id=published.uuid, data={}, fields=["x"],
                                          record_version=1, organisation=change.organisation, by=change.by)  # fmt: skip

    def test_the_record_stays_complete(self, published, university_officer):
        with pytest.raises(catalog.Incomplete) as refusal:
            revise(published, university_officer, summary="太短")
        assert list(refusal.value.fields) == ["summary"]
        with pytest.raises(catalog.Incomplete):
            catalog.revise_achievement(by=university_officer, achievement=published, version=1, data={}, indicators=[])
        assert loaded(published).version == 1
        assert not ProposedChange.objects.exists()

    def test_who_may(self, published, researcher, other_university_officer, regional_officer_edu):
        for person in (researcher, other_university_officer, regional_officer_edu):
            with pytest.raises(catalog.NotAllowed):
                revise(published, person, title="不行")

    def test_who_may_check(self, published, university_officer, other_regional_officer_edu, regional_officer_miit):
        change = revise(published, university_officer, title="新题目").change
        record = loaded(published)
        for person in (other_regional_officer_edu, regional_officer_miit, university_officer):
            with pytest.raises(catalog.NotAllowed):
                catalog.REVISING.pass_change(person, record, change=change, version=record.version)

    def test_a_withdrawal_drops_what_waits(self, published, university_officer, regional_officer_edu):
        change = revise(published, university_officer, title="新题目").change
        record = loaded(published)
        catalog.withdraw_achievement(by=university_officer, achievement=record, version=record.version, reason="撤")
        change.refresh_from_db()
        assert change.state == ChangeState.WITHDRAWN
        with pytest.raises(StaleState):
            catalog.REVISING.pass_change(regional_officer_edu, record, change=change, version=record.version)

    def test_the_owner_takes_it_back(self, login, published, university_officer, researcher):
        revise(published, university_officer, title="新题目")
        address = page("change_withdraw", "achievement", published)
        assert login(researcher).post(address).status_code == 403
        client = login(university_officer)
        assert client.post(address).status_code == 302
        assert client.post(address).status_code == 409

    def test_the_form_shows_what_waits(self, login, published, university_officer):
        revise(published, university_officer, title="正在等待的题目")
        form = login(university_officer).get(reverse("catalog:achievement_edit", args=[published.uuid]))
        assert form.context["form"]["title"].value() == "正在等待的题目"

    def test_the_officers_page(self, login, published, university_officer, regional_officer_edu, researcher,
                               regional_officer_miit, other_regional_officer_edu):  # fmt: skip
        change = revise(published, university_officer, title="全新的题目").change
        address = page("change", "achievement", published)
        for person in (regional_officer_miit, other_regional_officer_edu, researcher, university_officer):
            assert login(person).get(address).status_code == 403
        client = login(regional_officer_edu)
        assert client.get(address).status_code == 200
        empty = {"version": loaded(published).version, "change": str(change.uuid), "decision": "return"}
        assert client.post(address, empty).status_code == 422
        stale = {"version": loaded(published).version, "change": str(published.uuid), "decision": "pass"}
        assert client.post(address, stale).status_code == 409
        right = stale | {"change": str(change.uuid)}
        assert client.post(address, right).status_code == 302
        assert client.post(address, right).status_code == 409
        assert loaded(published).title == "全新的题目"

    def test_mails_do_not_carry_the_proposal(self, published, university_officer, regional_officer_edu):
        revise(published, university_officer, title="秘而不宣的题目")
        assert OutboxMail.objects.exists()
        assert not any("秘而不宣" in mail.subject + mail.body for mail in OutboxMail.objects.all())


@pytest.mark.django_db(transaction=True)
def test_two_officers_decide_on_one_change(restore_reference_data, university, researcher, university_officer,
                                           regional_officer_edu, regional_officer_sti):  # fmt: skip
    made = complete(AchievementFactory(state=S.ACCEPTED, body__owner=university, body__created_by=researcher))
    change = revise(made, university_officer, title="新题目").change
    version, start, results = loaded(made).version, threading.Barrier(2), []

    def decide(officer, act):
        try:
            start.wait(timeout=10)
            results.append(act(User.objects.get(pk=officer.pk), loaded(made)))
        except Exception as refusal:
            results.append(refusal)
        finally:
            connection.close()

    acts = [
        lambda by, record: catalog.REVISING.pass_change(by, record, change=change, version=version),
        lambda by, record: catalog.REVISING.return_change(by, record, change=change, version=version, reason="不行"),
    ]
    pairs = zip((regional_officer_edu, regional_officer_sti), acts, strict=True)
    threads = [threading.Thread(target=decide, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sum(isinstance(one, StaleState) for one in results) == 1, results
    assert ReviewStep.objects.filter(step="change", decision__in=["pass", "return"]).count() == 1
    passed = ProposedChange.objects.get().state == ChangeState.PASSED
    assert (loaded(made).title == "新题目") is passed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("officers", "owners"), [("pass", "revise"), ("return", "withdraw"), ("pass", "withdraw")])
@pytest.mark.parametrize("kind", ["achievement", "need"])
def test_the_officer_and_the_owner_do_not_wait_for_each_other(
    restore_reference_data, monkeypatch, kind, officers, owners, university, university_officer, regional_officer_edu,
    enterprise, enterprise_lead, regional_officer_miit,
):  # fmt: skip
    """Each stops where he holds his first row: were these two, both would wait in a circle for the other's."""
    if kind == "achievement":
        made = complete(AchievementFactory(state=S.ACCEPTED, body__owner=university))
        owner, officer, app, revise = university_officer, regional_officer_edu, catalog, catalog.revise_achievement
    else:
        made = make_need(enterprise, enterprise_lead)
        owner, officer, app, revise = enterprise_lead, regional_officer_miit, needs, needs.revise_need

    def record():
        return {kind: type(made).objects.get(pk=made.pk)}

    change = revise(by=owner, **record(), version=1, data={"title": "第一稿"}).change
    version = record()[kind].version
    both, really, deciding = threading.Barrier(2), changes.close_task, threading.local()

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)

    def close_task(**task):
        if hasattr(deciding, "now"):
            meet()  # with the row of the change
            really(**task)
        else:
            really(**task)
            meet()  # with the row of the task

    def decide():
        deciding.now = True
        by, decision = User.objects.get(pk=officer.pk), {"change": change, "version": version}
        if officers == "pass":
            return app.REVISING.pass_change(by, record()[kind], **decision)
        return app.REVISING.return_change(by, record()[kind], **decision, reason="不行")

    def own():
        by = User.objects.get(pk=owner.pk)
        if owners == "withdraw":
            return app.REVISING.withdraw_change(by, record()[kind])
        return revise(by=by, **record(), version=version, data={"title": "第二稿"})

    monkeypatch.setattr(changes, "close_task", close_task)
    refusals = [one for one in at_once(decide, own) if isinstance(one, Exception)]
    assert [type(one) for one in refusals] == [StaleState], refusals
    waiting = ReviewTask.objects.open().filter(step="change").count()
    assert ProposedChange.objects.filter(state=ChangeState.OPEN).count() == waiting


class TestHiddenOwners:
    """A gap that was there before excuses no text that names the owner, not even in the same field."""

    @pytest.fixture
    def hidden(self, published):
        Achievement.objects.filter(pk=published.pk).update(visibility="hidden_owner", summary="太短的简介")
        return published

    def test_not_at_once(self, hidden, university, university_officer):
        with pytest.raises(catalog.Incomplete) as refusal:
            revise(hidden, university_officer, summary=f"{university.name}的技术")
        assert list(refusal.value.fields) == ["summary"]
        assert revise(hidden, university_officer, summary="仍然太短").live == ("summary",)

    def test_not_by_a_check(self, hidden, university, university_officer, regional_officer_edu):
        change = revise(hidden, university_officer, title="换了名称的成果").change
        Achievement.objects.filter(pk=hidden.pk).update(summary=f"{university.name}的技术")
        with pytest.raises(catalog.Incomplete):
            catalog.REVISING.pass_change(
                regional_officer_edu, loaded(hidden), change=change, version=loaded(hidden).version
            )

    def test_a_name_that_stood_there_is_mended_with_what_waits(self, hidden, university, university_officer):
        Achievement.objects.filter(pk=hidden.pk).update(title=f"{university.name}的成果")
        with pytest.raises(catalog.Incomplete) as refusal:
            revise(hidden, university_officer, benefit="每年节约三百万元")
        assert list(refusal.value.fields) == ["title"]
        came = revise(hidden, university_officer, benefit="每年节约三百万元", title="换了名称的成果")
        assert (came.live, came.change.fields) == (("benefit",), ["title"])

    def test_of_needs(self, enterprise, enterprise_lead):
        need = make_need(enterprise, enterprise_lead, visibility="hidden_owner", background="")
        with pytest.raises(needs.Incomplete) as refusal:
            needs.revise_need(by=enterprise_lead, need=need, version=need.version,
                              data={"background": f"{enterprise.name}每年锻造四万片。"})  # fmt: skip
        assert list(refusal.value.fields) == ["background"]

    def test_a_need_for_nobody_is_published_no_further(self, enterprise, enterprise_lead):
        need = make_need(enterprise, enterprise_lead, visibility="invited")
        with pytest.raises(needs.Incomplete) as refusal:
            needs.revise_need(by=enterprise_lead, need=need, version=need.version, data={"tried": "又试了超声。"})
        assert list(refusal.value.fields) == ["invited"]


class TestNeeds:
    def revise(self, need, by, **data):
        need.refresh_from_db()
        return needs.revise_need(by=by, need=need, version=need.version, data=data)

    def test_free_and_checked(self, enterprise, enterprise_lead, regional_officer_miit, park_admin):
        need = make_need(enterprise, enterprise_lead)
        came = self.revise(need, enterprise_lead, tried="又试了超声。", problem="新的问题写法。")
        assert (came.live, came.change.fields) == (("tried",), ["problem"])
        assert TechNeed.objects.get(pk=need.pk).body.problem != "新的问题写法。"
        with pytest.raises(needs.NotAllowed):
            needs.REVISING.pass_change(park_admin, need, change=came.change, version=need.version)
        need = TechNeed.objects.get(pk=need.pk)
        needs.REVISING.pass_change(regional_officer_miit, need, change=came.change, version=need.version)
        assert TechNeed.objects.get(pk=need.pk).body.problem == "新的问题写法。"
        assert match_jobs() == 2

    def test_hiding_the_owner_is_refused_while_the_text_names_him(self, enterprise, enterprise_lead):
        need = make_need(enterprise, enterprise_lead, background=f"{enterprise.name}每年锻造四万片。")
        with pytest.raises(needs.Incomplete) as refusal:
            self.revise(need, enterprise_lead, visibility="hidden_owner")
        assert list(refusal.value.fields) == ["background"]

    def test_secrets_are_refused(self, enterprise, enterprise_lead):
        need = make_need(enterprise, enterprise_lead)
        with pytest.raises(needs.Refused):
            self.revise(need, enterprise_lead, tried="本项目涉密")

    def test_the_page(self, login, enterprise, enterprise_lead, regional_officer_miit, other_enterprise_lead):
        from tests.needs.test_views import form_data

        need = make_need(enterprise, enterprise_lead)
        address = reverse("needs:need_edit", args=[need.uuid])
        assert login(other_enterprise_lead).get(address).status_code == 403
        client = login(enterprise_lead)
        assert client.get(address).context["revising"] is True
        sent = form_data(version=1, title="公开页面上改的题目")
        assert client.post(address, sent).status_code == 302
        change = changes.open_change(need, "need")
        assert change is not None
        assert change.content["title"] == "公开页面上改的题目"
        assert "公开页面上改的题目" not in login().get(need.get_absolute_url()).content.decode()
        assert login(regional_officer_miit).get(page("change", "need", need)).status_code == 200

    def test_indicators_wait(self, enterprise, enterprise_lead):
        need = make_need(enterprise, enterprise_lead)
        came = needs.revise_need(by=enterprise_lead, need=need, version=1, data={},
                                 indicators=[{**INDICATOR, "value": "99"}])  # fmt: skip
        assert came.change.fields == ["indicators"]


class TestAppeals:
    @pytest.fixture
    def rejected(self, published, university, university_officer, regional_officer_edu):
        record = loaded(complete(AchievementFactory(body__owner=university)))
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        catalog.reject_achievement(by=regional_officer_edu, achievement=record, version=record.version, reason="重复",
                                   reasons=["duplicate"])  # fmt: skip
        return record

    def lodge(self, record, by):
        return catalog.REVISING.appeal(by, record, version=record.version, text="并不重复。")

    def test_upheld_the_record_is_in_review_again(self, rejected, university_officer, secretary,
                                                  regional_officer_edu):  # fmt: skip
        appeal = self.lodge(rejected, university_officer)
        assert told("appeal_to_decide") == ["secretary"]
        catalog.REVISING.decide_appeal(secretary, rejected, appeal=appeal, version=rejected.version, uphold=True,
                              reason="理由成立")  # fmt: skip
        assert loaded(rejected).state == S.SUBMITTED
        assert [task.step for task in ReviewTask.objects.open().filter(object_id=rejected.uuid)] == ["region"]
        catalog.accept_achievement(by=regional_officer_edu, achievement=rejected, version=rejected.version)

    def test_dismissed_the_rejection_stands_and_there_is_no_second_one(self, login, rejected, university_officer,
                                                                       secretary):  # fmt: skip
        appeal = self.lodge(rejected, university_officer)
        catalog.REVISING.decide_appeal(secretary, rejected, appeal=appeal, version=rejected.version, uphold=False,
                              reason="确系重复")  # fmt: skip
        assert loaded(rejected).state == S.REJECTED
        with pytest.raises(appeals.AppealRefused):
            self.lodge(rejected, university_officer)
        assert Appeal.objects.count() == 1
        seen = login(university_officer).get(rejected.get_absolute_url()).content.decode()
        assert "重复" in seen

    def test_who_may(self, rejected, researcher, regional_officer_edu, university_officer, secretary):
        for person in (researcher, regional_officer_edu):
            with pytest.raises(catalog.NotAllowed):
                self.lodge(rejected, person)
        appeal = self.lodge(rejected, university_officer)
        for person in (regional_officer_edu, university_officer):
            with pytest.raises(catalog.NotAllowed):
                catalog.REVISING.decide_appeal(person, rejected, appeal=appeal, version=rejected.version,
                                      uphold=True, reason="x")  # fmt: skip

    def test_nobody_decides_on_his_own_rejection(self, university, university_officer, secretary):
        record = loaded(complete(AchievementFactory(body__owner=university)))
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        catalog.reject_achievement(by=secretary, achievement=record, version=record.version, reason="重复")
        appeal = self.lodge(record, university_officer)
        with pytest.raises(catalog.NotAllowed):
            catalog.REVISING.decide_appeal(secretary, record, appeal=appeal, version=record.version, uphold=False,
                                  reason="维持")  # fmt: skip
        colleague = member(secretary.active_memberships[0].organisation, Role.SECRETARY)
        catalog.REVISING.decide_appeal(colleague, record, appeal=appeal, version=record.version, uphold=False,
                              reason="维持")  # fmt: skip

    def test_taking_the_record_up_again_drops_the_appeal(self, rejected, university_officer, secretary):
        appeal = self.lodge(rejected, university_officer)
        catalog.reopen_achievement(by=university_officer, achievement=rejected)
        appeal.refresh_from_db()
        assert appeal.state == "dropped"
        with pytest.raises(StaleState):
            catalog.REVISING.decide_appeal(secretary, rejected, appeal=appeal, version=rejected.version,
                                  uphold=True, reason="x")  # fmt: skip

    def test_the_pages(self, login, rejected, university_officer, researcher, secretary, regional_officer_edu,
                       regional_officer_sti):  # fmt: skip
        address, decide = (page(name, "achievement", rejected) for name in ("appeal", "appeal_decide"))
        assert login(researcher).get(address).status_code in (403, 404)
        owner = login(university_officer)
        assert owner.get(address).status_code == 200
        assert owner.post(address, {"version": rejected.version, "text": " "}).status_code == 422
        assert owner.post(address, {"version": rejected.version, "text": "并不重复。"}).status_code == 302
        assert owner.get(address).status_code == 302  # once
        assert login(regional_officer_edu).get(decide).status_code == 403
        queue = reverse("catalog:achievement_review") + "?group=appeals"
        for officer in (regional_officer_edu, regional_officer_sti):
            assert login(officer).get(queue).context["page"].paginator.count == 0
        client = login(secretary)
        assert client.get(queue).context["page"].paginator.count == 1
        assert client.get(decide).status_code == 200
        answer = {"version": rejected.version, "decision": "uphold", "reason": "成立"}
        assert client.post(decide, {**answer, "reason": ""}).status_code == 422
        assert client.post(decide, answer).status_code == 302
        assert client.post(decide, answer).status_code == 409

    def test_needs_and_experts_too(self, enterprise, enterprise_lead, regional_officer_miit, secretary, university,
                                   university_officer, regional_officer_edu, expert_user):  # fmt: skip
        need = make_need(enterprise, enterprise_lead, state="checked")
        needs.reject_need(by=regional_officer_miit, need=need, reason="不具体")
        appeal = needs.REVISING.appeal(enterprise_lead, need, version=need.version, text="已写具体。")
        needs.REVISING.decide_appeal(secretary, need, appeal=appeal, version=need.version, uphold=True, reason="成立")
        assert need.state == "checked"  # the park had passed it
        expert = make_expert(university, university_officer, state=ExpertState.UNIT_AGREED, user=expert_user)
        experts.refuse_expert(by=regional_officer_edu, expert=expert, reason="材料不足", reasons=["incomplete"])
        appeal = experts.REVISING.appeal(expert_user, expert, version=expert.version, text="已补充。")
        experts.REVISING.decide_appeal(secretary, expert, appeal=appeal, version=expert.version, uphold=True,
                              reason="成立")  # fmt: skip
        assert expert.state == ExpertState.UNIT_AGREED


class TestMany:
    def test_a_unit_hands_in_many_at_once(self, login, university, university_officer, other_university, researcher):
        good = [complete(AchievementFactory(body__owner=university, body__secrecy_declared=False)) for _n in range(2)]
        thin, moved = AchievementFactory(body__owner=university), complete(AchievementFactory(body__owner=university))
        foreign = complete(AchievementFactory(body__owner=other_university))
        boxes = [f"{one.uuid}:1" for one in (*good, thin, foreign)] + [f"{moved.uuid}:7", "x:1", ""]
        address = reverse("catalog:achievement_submit_many")
        client = login(university_officer)
        assert client.post(address, {"record": boxes}).status_code == 422
        sent = {"record": boxes, "many-opinion": "同意推荐", "many-secrecy_declared": "on"}
        assert client.post(address, sent).status_code == 302
        states = {one.pk: loaded(one).state for one in (*good, thin, moved, foreign)}
        assert [states[one.pk] for one in good] == ["submitted"] * 2
        assert [states[one.pk] for one in (thin, moved, foreign)] == ["draft"] * 3
        assert login(researcher).post(address, sent).status_code == 403

    def test_an_author_hands_nothing_to_the_region_this_way(self, university, researcher):
        own = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
        done, left = catalog.submit_achievements(by=researcher, chosen={str(own.uuid): 1}, opinion="同意",
                                                 secrecy_declared=True)  # fmt: skip
        assert (done, [one.pk for one, _why in left]) == ([], [own.pk])
        assert loaded(own).state == S.DRAFT

    def test_the_unit_page_lists_drafts_and_what_is_missing(self, login, university, university_officer):
        complete(AchievementFactory(title="齐全的草稿", body__owner=university))
        AchievementFactory(title="缺项的草稿", body__owner=university)
        page = login(university_officer).get(reverse("catalog:achievement_unit_review") + "?group=drafts")
        assert {row["achievement"].title: bool(row["missing"]) for row in page.context["rows"]} == {
            "齐全的草稿": False, "缺项的草稿": True
        }  # fmt: skip

    def test_officers_admit_many_experts(self, login, university, university_officer, regional_officer_edu,
                                         expert_user, other_regional_officer_edu):  # fmt: skip
        ready = make_expert(university, university_officer, state=ExpertState.UNIT_AGREED, user=expert_user)
        bare = make_expert(university, university_officer, state=ExpertState.UNIT_AGREED, works=[])
        boxes = {"pk": [f"{ready.uuid}:1", f"{bare.uuid}:1"], "sure": "1"}
        address = reverse("experts:expert_admit_many")
        login(other_regional_officer_edu).post(address, boxes)
        ready.refresh_from_db()
        assert ready.state == ExpertState.UNIT_AGREED
        answer = login(regional_officer_edu).post(address, boxes, follow=True)
        for one in (ready, bare):
            one.refresh_from_db()
        assert (ready.state, bare.state) == (ExpertState.IN_POOL, ExpertState.UNIT_AGREED)
        assert bare.public_no in answer.content.decode()
