"""Use cases of needs: who may, what is refused, what is written beside it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.selectors import open_notes, steps_of
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.notifications.models import Notification
from matchmaking.programmes.models import ProgrammeTrack
from needs import services
from needs.models import NeedBody, TechNeed
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.needs import INDICATOR, make_need, need_data
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db


def create(by, owner, **changes):
    return services.create_need(by=by, owner=owner, programme=programme(), data=need_data(**changes),
                                indicators=[INDICATOR])  # fmt: skip


def kinds(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def jobs(kind):
    return list(Job.objects.filter(kind=kind).values_list("args", flat=True))


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_create_writes_both_halves_and_its_number(enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise)

    assert need.state == "draft"
    assert need.public_no.startswith("XQ-")
    assert need.region == enterprise.region
    assert need.body.owner == enterprise
    assert need.body.contact["phone"] == "000-0000"
    assert [str(row) for row in need.body.indicators.all()] == ["裂纹检出率 ≥ 98 %"]
    assert need.shown_enterprise == enterprise


def test_a_stranger_creates_nothing(stranger, enterprise, other_enterprise_lead):
    for person in (stranger, other_enterprise_lead):
        with pytest.raises(services.NotAllowed):
            create(person, enterprise)
    assert not TechNeed.objects.exists()


@pytest.mark.parametrize("visibility", ["hidden_owner", "members", "invited"])
def test_the_public_row_names_the_owner_only_when_all_is_public(enterprise_lead, enterprise, visibility):
    need = create(enterprise_lead, enterprise, visibility=visibility)

    assert need.shown_enterprise is None


@pytest.mark.parametrize(
    "text",
    ["本项目为绝密事项", "机 密★10年", "秘密★", "涉密项目配套", "附件为国家秘密", "机密\u200b文件"],
)
@pytest.mark.parametrize("field", ["title", "problem", "wished_partners"])
def test_marks_of_state_secrets_are_refused_at_intake(enterprise_lead, enterprise, field, text):
    with pytest.raises(services.Refused) as refusal:
        create(enterprise_lead, enterprise, **{field: text})

    assert list(refusal.value.fields) == [field]
    assert not TechNeed.objects.exists()


@pytest.mark.parametrize(
    "text", ["按商业秘密保护", "技术秘密归双方", "数据机密性要求高", "本需求不涉密", "不涉及国家秘密"]
)
def test_everyday_words_about_secrecy_pass(enterprise_lead, enterprise, text):
    assert create(enterprise_lead, enterprise, ip_terms_note=text).pk


def test_a_secret_mark_in_an_indicator_is_named_by_its_cell(enterprise_lead, enterprise):
    with pytest.raises(services.Refused) as refusal:
        services.create_need(by=enterprise_lead, owner=enterprise, programme=programme(), data=need_data(),
                             indicators=[INDICATOR, {**INDICATOR, "name": "涉密指标"}])  # fmt: skip

    assert list(refusal.value.fields) == ["indicators-1-name"]


def test_update_keeps_what_is_not_given_and_raises_the_version(enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise)

    services.update_need(by=enterprise_lead, need=need, version=1, data={"due_months": 24})

    need.refresh_from_db()
    assert (need.version, need.text_version, need.due_months, need.title) == (2, 1, 24, need_data()["title"])
    assert need.body.indicators.count() == 1


@pytest.mark.parametrize(
    "change", [{"data": {"problem": "别的问题"}}, {"data": {}, "indicators": [{**INDICATOR, "value": "99"}]}]
)
def test_a_changed_text_raises_the_text_version(enterprise_lead, enterprise, change):
    need = create(enterprise_lead, enterprise)

    services.update_need(by=enterprise_lead, need=need, version=1, **change)

    need.refresh_from_db()
    assert need.text_version == 2


def test_an_old_version_is_refused_and_nothing_is_written(enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise)
    services.update_need(by=enterprise_lead, need=need, version=1, data={"goal": "甲"})

    with pytest.raises(StaleState):
        services.update_need(by=enterprise_lead, need=need, version=1, data={"goal": "乙"})

    assert NeedBody.objects.get(need=need).goal == "甲"


def test_nobody_changes_the_need_of_another_enterprise(enterprise_lead, enterprise, other_enterprise_lead, park_admin):
    need = create(enterprise_lead, enterprise)

    for person in (other_enterprise_lead, park_admin):
        with pytest.raises(services.NotAllowed):
            services.update_need(by=person, need=need, version=1, data={"goal": "乙"})


def test_a_published_need_is_not_edited(enterprise_lead, enterprise):
    need = make_need(enterprise, enterprise_lead)

    with pytest.raises(StaleState):
        services.update_need(by=enterprise_lead, need=need, version=need.version, data={"goal": "乙"})


# --- Handing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"problem": ""}, "problem"),
        ({"coop_modes": []}, "coop_modes"),
        ({"due_months": None}, "due_months"),
        ({"ip_terms": ""}, "ip_terms"),
        ({"open_until": None}, "open_until"),
        ({"open_competition": True}, "eligibility"),
        ({"contact": None}, "contact_name"),
    ],
)
def test_submission_says_what_is_missing(enterprise_lead, enterprise, changes, field):
    need = create(enterprise_lead, enterprise, **changes)

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_need(by=enterprise_lead, need=need)

    assert field in refusal.value.fields
    assert TechNeed.objects.get(pk=need.pk).state == "draft"


def test_submission_needs_an_indicator_with_a_number(enterprise_lead, enterprise):
    words = {**INDICATOR, "operator": "text", "value": None, "text": "越高越好"}
    need = services.create_need(by=enterprise_lead, owner=enterprise, programme=programme(), data=need_data(),
                                indicators=[words])  # fmt: skip

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_need(by=enterprise_lead, need=need)

    assert list(refusal.value.fields) == ["indicators"]


def test_a_closing_date_in_the_past_is_refused(enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise, open_until=timezone.localdate())

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_need(by=enterprise_lead, need=need)

    assert list(refusal.value.fields) == ["open_until"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "测试企业甲叶片检测"),
        ("problem", "我们（测试 企业 甲）冷却后检查。"),
        ("basis", "曾用名甲厂的旧产线"),
        ("wished_partners", "91320000000000000X"),
    ],
)
def test_a_hidden_owner_is_not_named_in_the_text(enterprise_lead, enterprise, field, text):
    enterprise.aliases.create(name="曾用名甲厂", folded="曾用名甲厂")
    enterprise.uscc = "91320000000000000X"
    enterprise.save()
    need = create(enterprise_lead, enterprise, visibility="hidden_owner", **{field: text})

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_need(by=enterprise_lead, need=need)

    assert list(refusal.value.fields) == [field]


def test_a_known_owner_may_be_named(enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise, problem="测试企业甲的老问题")

    assert services.submit_need(by=enterprise_lead, need=need).state == "submitted"


def test_nobody_submits_for_another_enterprise(other_enterprise_lead, enterprise_lead, enterprise):
    need = create(enterprise_lead, enterprise)

    with pytest.raises(services.NotAllowed):
        services.submit_need(by=other_enterprise_lead, need=need)


# --- Park, then region -----------------------------------------------------------------------------------------------


def test_a_tenants_need_goes_to_the_park_first(enterprise_lead, enterprise, park_admin, regional_officer_miit):
    need = create(enterprise_lead, enterprise)

    services.submit_need(by=enterprise_lead, need=need)

    assert kinds(park_admin) == ["need_to_check"]
    assert kinds(regional_officer_miit) == []
    with pytest.raises(services.NotAllowed):
        services.publish_need(by=regional_officer_miit, need=need)

    services.check_need(by=park_admin, need=need)

    assert need.state == "checked"
    assert kinds(regional_officer_miit) == ["need_to_check"]

    services.publish_need(by=regional_officer_miit, need=need)

    assert need.state == "published"
    assert need.published_at is not None
    assert kinds(enterprise_lead) == ["need_published"]
    assert jobs("match_record") == [{"noun": "need", "id": need.pk}]
    assert [(step.step, step.decision) for step in steps_of(need, "need")] == [
        ("region", "pass"), ("park", "pass"), ("unit", "submit")]  # fmt: skip


def test_outside_a_park_the_region_decides_at_once(
    other_enterprise_lead, other_enterprise, other_regional_officer_miit, park_admin
):
    need = create(other_enterprise_lead, other_enterprise)
    services.submit_need(by=other_enterprise_lead, need=need)

    assert kinds(other_regional_officer_miit) == ["need_to_check"]
    with pytest.raises(services.NotAllowed):
        services.check_need(by=park_admin, need=need)
    assert services.publish_need(by=other_regional_officer_miit, need=need).state == "published"


def test_the_secretary_stands_in_where_the_region_has_no_officer(enterprise_lead, enterprise, secretary):
    need = make_need(enterprise, enterprise_lead, state="draft")
    enterprise.park = None
    enterprise.save()
    services.submit_need(by=enterprise_lead, need=need)

    assert kinds(secretary) == ["need_to_check"]
    assert services.publish_need(by=secretary, need=need).state == "published"


def test_other_tracks_and_other_regions_publish_nothing(
    enterprise_lead,
    enterprise,
    regional_officer_edu,
    regional_officer_sti,
    other_regional_officer_miit,
    national_officer,
):
    need = make_need(enterprise, enterprise_lead, state="checked")

    for person in (regional_officer_edu, regional_officer_sti, other_regional_officer_miit, national_officer,
                   enterprise_lead):  # fmt: skip
        with pytest.raises(services.NotAllowed):
            services.publish_need(by=person, need=need)


def test_the_reviewing_track_is_data_of_the_programme(enterprise_lead, enterprise, regional_officer_edu,
                                                      regional_officer_miit):  # fmt: skip
    ProgrammeTrack.objects.filter(programme=programme(), code="miit").update(reviews=[])
    ProgrammeTrack.objects.filter(programme=programme(), code="edu").update(reviews=["need"])
    need = make_need(enterprise, enterprise_lead, state="checked")

    with pytest.raises(services.NotAllowed):
        services.publish_need(by=regional_officer_miit, need=need)
    assert services.publish_need(by=regional_officer_edu, need=need).state == "published"


def test_return_carries_notes_to_the_owner(enterprise_lead, enterprise, park_admin):
    need = make_need(enterprise, enterprise_lead, state="submitted")

    services.return_need(by=park_admin, need=need, reason="目标不清", notes={"goal": "请给出数字", "title": " "})

    assert need.state == "returned"
    assert kinds(enterprise_lead) == ["need_returned"]
    assert open_notes(need, "need") == {"goal": "请给出数字"}

    services.submit_need(by=enterprise_lead, need=need)

    assert open_notes(need, "need") == {}


@pytest.mark.parametrize("refuse", [services.return_need, services.reject_need])
def test_a_refusal_needs_a_reason(enterprise_lead, enterprise, regional_officer_miit, refuse):
    need = make_need(enterprise, enterprise_lead, state="checked")

    with pytest.raises(services.ReasonMissing):
        refuse(by=regional_officer_miit, need=need, reason="  ")


def test_a_rejected_need_may_be_filed_again(enterprise_lead, enterprise, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="checked")
    services.reject_need(by=regional_officer_miit, need=need, reason="不属于本计划")

    services.reopen_need(by=enterprise_lead, need=need)

    assert need.state == "draft"
    assert kinds(enterprise_lead) == ["need_rejected"]


def test_another_park_checks_nothing(enterprise_lead, enterprise):
    other_park = OrganisationFactory(name="别的园区", kind=OrganisationKind.PARK_OTHER)
    need = make_need(enterprise, enterprise_lead, state="submitted")

    with pytest.raises(services.NotAllowed):
        services.check_need(by=member(other_park, Role.PARK_ADMIN), need=need)


def test_the_park_does_not_reject(enterprise_lead, enterprise, park_admin):
    need = make_need(enterprise, enterprise_lead, state="submitted")

    with pytest.raises(services.NotAllowed):
        services.reject_need(by=park_admin, need=need, reason="不行")


def test_nothing_is_decided_twice(enterprise_lead, enterprise, regional_officer_miit, secretary):
    make_need(enterprise, enterprise_lead, state="checked")
    first, second = TechNeed.objects.get(), TechNeed.objects.get()
    services.publish_need(by=regional_officer_miit, need=first)

    with pytest.raises(StaleState):
        services.reject_need(by=secretary, need=second, reason="不行")

    assert TechNeed.objects.get().state == "published"
    assert steps_of(first, "need").count() == 1


def test_a_version_that_was_not_seen_is_not_passed(enterprise_lead, enterprise, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="checked")

    with pytest.raises(StaleState):
        services.publish_need(by=regional_officer_miit, need=need, version=need.version + 1)


def test_a_need_past_its_day_is_not_published(enterprise_lead, enterprise, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="checked",
                     open_until=timezone.localdate() - timedelta(days=1))  # fmt: skip

    with pytest.raises(services.TooLate):
        services.publish_need(by=regional_officer_miit, need=need)


def test_passing_many_leaves_what_changed(enterprise_lead, enterprise, park_admin, regional_officer_miit):
    good, moved, foreign = (make_need(enterprise, enterprise_lead, state=state)
                            for state in ("submitted", "submitted", "checked"))  # fmt: skip
    services.return_need(by=park_admin, need=moved, reason="不清")
    chosen = {str(good.uuid): 1, str(moved.uuid): 1, str(foreign.uuid): 1}

    done, left = services.pass_needs(by=park_admin, chosen=chosen)

    assert done == [good]
    assert left == [moved, foreign]
    assert TechNeed.objects.get(pk=good.pk).state == "checked"
    assert TechNeed.objects.get(pk=foreign.pk).state == "checked"


# --- Later -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "submitted", "checked", "returned", "published", "matching", "docking"])
def test_the_owner_withdraws_until_the_contract(enterprise_lead, enterprise, state):
    need = make_need(enterprise, enterprise_lead, state=state)

    services.withdraw_need(by=enterprise_lead, need=need, reason="已经解决")

    assert need.state == "withdrawn"
    left_the_pool = state in ("published", "matching", "docking")
    assert jobs("close_matches") == ([{"noun": "need", "id": need.pk}] if left_the_pool else [])


def test_a_contracted_need_is_not_withdrawn(enterprise_lead, enterprise):
    need = make_need(enterprise, enterprise_lead, state="contracted")

    with pytest.raises(IllegalMove):
        services.withdraw_need(by=enterprise_lead, need=need, reason="已经解决")


def test_withdrawing_needs_the_owner_and_a_reason(enterprise_lead, enterprise, park_admin):
    need = make_need(enterprise, enterprise_lead)

    with pytest.raises(services.NotAllowed):
        services.withdraw_need(by=park_admin, need=need, reason="不要")
    with pytest.raises(services.ReasonMissing):
        services.withdraw_need(by=enterprise_lead, need=need, reason="")


def test_matches_move_a_need_inside_the_pool_only(enterprise_lead, enterprise):
    need = make_need(enterprise, enterprise_lead)

    assert services.move_need(by=enterprise_lead, need=need, target="docking").state == "docking"
    with pytest.raises(ValueError, match="use case of its own"):
        services.move_need(by=enterprise_lead, need=need, target="withdrawn")


def test_needs_expire_by_the_periodic_job_and_come_back(enterprise_lead, enterprise):
    today = timezone.localdate()
    over = make_need(enterprise, enterprise_lead, open_until=today - timedelta(days=1))
    last_day = make_need(enterprise, enterprise_lead, open_until=today)
    Job.objects.create(kind="expire_needs")

    assert ("expire_needs", "done") in run_due_jobs()

    over.refresh_from_db()
    last_day.refresh_from_db()
    assert (over.state, last_day.state) == ("expired", "published")
    assert kinds(enterprise_lead) == ["need_expired"]
    assert jobs("close_matches") == [{"noun": "need", "id": over.pk}]

    with pytest.raises(services.Refused):
        services.prolong_need(by=enterprise_lead, need=over, version=over.version, open_until=today)
    services.prolong_need(by=enterprise_lead, need=over, version=over.version, open_until=today + timedelta(days=30))

    assert over.state == "published"
    assert {"noun": "need", "id": over.pk} in jobs("match_record")


# --- The bulk path and the history -----------------------------------------------------------------------------------


def test_many_needs_take_a_handful_of_queries(enterprise_lead, enterprise, django_assert_max_num_queries):
    rows = [{**need_data(title=f"需求{number}"), "indicators": [INDICATOR]} for number in range(40)]
    code = programme()

    with django_assert_max_num_queries(12):
        needs = services.bulk_create_needs(by=enterprise_lead, owner=enterprise, programme=code, rows=rows,
                                           state="published")  # fmt: skip

    assert len({need.public_no for need in needs}) == 40
    assert TechNeed.objects.filter(published_at__isnull=False, body__indicators__value=98).count() == 40


def test_the_bulk_path_publishes_no_hidden_owner_by_name(enterprise_lead, enterprise):
    rows = [need_data(visibility="hidden_owner", goal="测试企业甲的目标")]

    with pytest.raises(services.Refused):
        services.bulk_create_needs(by=enterprise_lead, owner=enterprise, programme=programme(), rows=rows,
                                   state="published")  # fmt: skip


def test_the_history_never_names_a_hidden_owner(enterprise_lead, enterprise, park_admin):
    need = create(enterprise_lead, enterprise, visibility="hidden_owner")
    services.update_need(by=enterprise_lead, need=need, version=1, data={"due_months": 12})
    services.submit_need(by=enterprise_lead, need=need)
    services.check_need(by=park_admin, need=need)
    services.withdraw_need(by=enterprise_lead, need=need, reason="不做了")

    assert not Entry.objects.filter(organisation_name=enterprise.name).exists()
    assert Entry.objects.about("need", need.uuid).count() == 5
