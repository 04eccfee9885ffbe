"""The use cases of the expert pool: the whole way, and every refusal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experts.consenting import SCOPE_POOL, SCOPE_PUBLIC, consent_text
from experts.enums import ExpertState as S
from experts.models import Expert, ExpertBody
from experts.services import (
    ConsentMissing,
    Incomplete,
    NotAdmissible,
    NotAllowed,
    OpinionMissing,
    ReasonMissing,
    TextChanged,
    admit_expert,
    agree_unit,
    give_consent,
    hand_in_expert,
    leave_pool,
    nominate_expert,
    refuse_expert,
    renew_expert,
    resume_expert,
    return_expert,
    suspend_expert,
    update_expert,
)
from matchmaking.accounts.models import Consent
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.selectors import open_notes
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification
from tests.factories.experts import WORKS, expert_data, make_expert, reload
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(university, university_officer, expert_user):
    def build(state=S.IN_POOL, **changes):
        return make_expert(university, university_officer, state=state, **{"user": expert_user, **changes})

    return build


def nominate(officer, owner, **changes):
    works = changes.pop("works", WORKS)
    return nominate_expert(by=officer, owner=owner, programme=programme(), works=works,
                           data=expert_data(organisation=owner, **changes))  # fmt: skip


def told(user, kind):
    return Notification.objects.filter(recipient=user, kind=kind).count()


def jobs(kind, expert):
    return Job.objects.filter(kind=kind, args={"noun": "expert", "id": expert.pk}).count()


def test_from_nomination_to_the_pool(university, university_officer, expert_user, regional_officer_edu, enterprise):
    expert = nominate_expert(by=university_officer, owner=university, programme=programme(), works=WORKS,
                             data=expert_data(organisation=university), conflicts=[enterprise, enterprise])  # fmt: skip
    assert (expert.state, expert.public_no[:3], expert.conflicts.count()) == (S.NOMINATED, "ZJ-", 1)
    assert (reload(expert).body.user, told(expert_user, "expert_consent_asked")) == (expert_user, 1)
    consent = give_consent(by=expert_user, expert=reload(expert), publish=True)
    assert told(university_officer, "expert_to_agree") == 1
    agree_unit(by=university_officer, expert=reload(expert), opinion="同意推荐。")
    assert told(regional_officer_edu, "expert_to_review") == 1
    admitted = admit_expert(by=regional_officer_edu, expert=reload(expert))
    assert (admitted.state, admitted.visibility) == (S.IN_POOL, "public")
    assert jobs("match_record", expert) == 1
    assert told(expert_user, "expert_admitted") == told(university_officer, "expert_admitted") == 1
    assert reload(expert).body.unit_opinion == "同意推荐。"
    text = consent_text()
    assert (consent.text_version, consent.text_hash, consent.scope) == (text.version, text.digest, SCOPE_PUBLIC)
    steps = Entry.objects.filter(object_id=expert.uuid).order_by("id").values_list("verb", flat=True)
    assert list(steps) == ["expert.nominated", "expert.consented", "expert.unit_agreed", "expert.admitted"]


def test_without_the_separate_consent_only_members_see_the_entry(make, expert_user):
    expert = make(S.NOMINATED)
    consent = give_consent(by=expert_user, expert=expert)
    assert (consent.scope, reload(expert).visibility) == (SCOPE_POOL, "members")


def test_an_independent_expert_needs_no_unit(make, expert_user, university_officer, regional_officer_edu):
    expert = make(S.NOMINATED, organisation=None)
    give_consent(by=expert_user, expert=expert)
    assert told(regional_officer_edu, "expert_to_review") == 1
    with pytest.raises(NotAllowed):
        agree_unit(by=university_officer, expert=reload(expert), opinion="同意。")
    assert admit_expert(by=regional_officer_edu, expert=reload(expert)).state == S.IN_POOL


def test_the_region_waits_for_the_unit(make, regional_officer_edu):
    with pytest.raises(StaleState):
        admit_expert(by=regional_officer_edu, expert=make(S.CONSENTED))


@pytest.mark.parametrize("who", ["other_university_officer", "researcher", "expert_user", "enterprise_lead"])
def test_nobody_else_nominates(who, university, request):
    with pytest.raises(NotAllowed):
        nominate(request.getfixturevalue(who), university)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"directions": ""}, "directions"),
        ({"services": []}, "services"),
        ({"fields": ["0101", "0102", "0103", "0104", "0201", "0202"]}, "fields"),
        ({"contact": {"phone": "1"}}, "contact_email"),
        ({"term_to": timezone.localdate() - timedelta(days=9)}, "term_to"),
        ({"works": WORKS * 11}, "works"),
    ],
)
def test_a_nomination_says_what_is_wrong(changes, field, university, university_officer):
    with pytest.raises(Incomplete) as refusal:
        nominate(university_officer, university, **changes)
    assert list(refusal.value.fields) == [field]
    assert not Expert.objects.exists()


@pytest.mark.parametrize("who", ["university_officer", "researcher", "regional_officer_edu", "secretary"])
def test_nobody_consents_for_another(who, make, request):
    with pytest.raises(NotAllowed):
        give_consent(by=request.getfixturevalue(who), expert=make(S.NOMINATED))


def test_a_consent_is_given_to_the_text_that_was_read(make, expert_user):
    with pytest.raises(TextChanged):
        give_consent(by=expert_user, expert=make(S.NOMINATED), digest="0" * 64)
    assert not Consent.objects.exists()


def test_a_consent_is_given_once(make, expert_user):
    expert = make(S.NOMINATED)
    copy = reload(expert)
    give_consent(by=expert_user, expert=expert)
    with pytest.raises(StaleState):
        give_consent(by=expert_user, expert=copy)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("who", ["other_university_officer", "expert_user", "regional_officer_edu"])
def test_nobody_else_agrees_for_the_unit(who, make, request):
    with pytest.raises(NotAllowed):
        agree_unit(by=request.getfixturevalue(who), expert=make(S.CONSENTED), opinion="同意。")


def test_a_unit_agrees_in_words(make, university_officer):
    with pytest.raises(OpinionMissing):
        agree_unit(by=university_officer, expert=make(S.CONSENTED), opinion="  ")


OUTSIDERS = ["university_officer", "expert_user", "regional_officer_miit", "other_regional_officer_edu",
             "national_officer"]  # fmt: skip


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("decide", [admit_expert, return_expert, refuse_expert])
def test_only_the_track_and_region_decide(who, decide, make, request):
    more = {} if decide is admit_expert else {"reason": "原因"}
    with pytest.raises(NotAllowed):
        decide(by=request.getfixturevalue(who), expert=make(S.UNIT_AGREED), **more)


def test_the_secretariat_decides_everywhere(make, secretary):
    assert admit_expert(by=secretary, expert=make(S.UNIT_AGREED)).state == S.IN_POOL


@pytest.mark.parametrize("decide", [return_expert, refuse_expert])
def test_a_decision_against_needs_a_reason(decide, make, regional_officer_edu):
    with pytest.raises(ReasonMissing):
        decide(by=regional_officer_edu, expert=make(S.UNIT_AGREED), reason=" ")


def test_nobody_is_admitted_without_a_standing_consent(make, regional_officer_edu):
    for expert in (make(S.UNIT_AGREED, consented_at=None), make(S.UNIT_AGREED)):
        Consent.objects.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
        with pytest.raises(ConsentMissing):
            admit_expert(by=regional_officer_edu, expert=reload(expert))


def test_the_pool_asks_for_works_and_a_running_term(make, regional_officer_edu):
    past = timezone.localdate() - timedelta(days=2)
    for changes in ({"works": []}, {"term_from": past - timedelta(days=5), "term_to": past}):
        with pytest.raises(NotAdmissible):
            admit_expert(by=regional_officer_edu, expert=make(S.UNIT_AGREED, **changes))


def test_a_decision_stands_on_the_version_that_was_read(make, regional_officer_edu):
    expert = make(S.UNIT_AGREED)
    with pytest.raises(StaleState):
        admit_expert(by=regional_officer_edu, expert=expert, version=expert.version + 1)
    copy = reload(expert)
    admit_expert(by=regional_officer_edu, expert=expert)
    with pytest.raises(StaleState):
        refuse_expert(by=regional_officer_edu, expert=copy, reason="晚了")


def test_a_return_carries_notes_and_comes_back(make, regional_officer_edu, university_officer, expert_user):
    expert = return_expert(by=regional_officer_edu, expert=make(S.UNIT_AGREED), reason="请补充",
                           notes={"directions": "请写具体"})  # fmt: skip
    assert open_notes(expert, "expert") == {"directions": "请写具体"}
    assert told(expert_user, "expert_returned") == told(university_officer, "expert_returned") == 1
    expert = update_expert(by=university_officer, expert=reload(expert), version=expert.version,
                           data={"directions": "阵列探头的温度补偿。"})  # fmt: skip
    assert expert.text_version == 2
    assert hand_in_expert(by=university_officer, expert=expert).state == S.UNIT_AGREED


def test_the_person_hands_in_for_the_unit_to_agree(make, expert_user):
    assert hand_in_expert(by=expert_user, expert=make(S.RETURNED)).state == S.CONSENTED


def test_a_return_without_consent_asks_the_person_again(make, university_officer, expert_user):
    expert = make(S.RETURNED, consented_at=None)
    assert hand_in_expert(by=university_officer, expert=expert).state == S.NOMINATED
    assert told(expert_user, "expert_consent_asked") == 1


def test_the_unit_may_return_before_it_agrees(make, university_officer):
    assert return_expert(by=university_officer, expert=make(S.CONSENTED), reason="职称有误").state == S.RETURNED


def test_a_refused_expert_is_nominated_anew_by_the_unit(make, university_officer, expert_user):
    expert = make(S.REFUSED)
    with pytest.raises(NotAllowed):
        hand_in_expert(by=expert_user, expert=expert)
    assert hand_in_expert(by=university_officer, expert=expert).state == S.NOMINATED


def test_handing_in_is_for_returned_entries(make, university_officer):
    with pytest.raises(NotAllowed):
        hand_in_expert(by=university_officer, expert=make(S.UNIT_AGREED))


@pytest.mark.parametrize("state", [S.CONSENTED, S.UNIT_AGREED, S.SUSPENDED, S.LEFT, S.EXPIRED, S.REFUSED])
def test_what_waits_for_others_is_not_edited(state, make, university_officer):
    expert = make(state)
    with pytest.raises(NotAllowed):
        update_expert(by=university_officer, expert=expert, version=1, data={"position": "主任"})


def test_in_the_pool_the_person_alone_edits_what_is_his(make, expert_user, university_officer):
    expert = make()
    with pytest.raises(NotAllowed):
        update_expert(by=university_officer, expert=expert, version=1, data={"position": "主任"})
    data = {"name": "改名", "term_to": None, "services": ["consulting"], "directions": "新方向。"}
    changed = update_expert(by=expert_user, expert=expert, version=1, data=data)
    assert (changed.name, changed.services, changed.text_version) == ("测试专家", ["consulting"], 2)
    assert changed.term_to is not None
    assert jobs("match_record", expert) == 1


def test_a_change_that_the_engine_does_not_read_matches_nothing(make, expert_user):
    expert = update_expert(by=expert_user, expert=make(), version=1, data={"position": "主任"})
    assert (expert.text_version, jobs("match_record", expert)) == (1, 0)


def test_an_edit_on_an_old_version_is_stale(make, university_officer):
    expert = make(S.NOMINATED)
    with pytest.raises(StaleState):
        update_expert(by=university_officer, expert=expert, version=7, data={"position": "主任"})


def test_the_account_follows_the_address_before_consent_only(make, university_officer, researcher, expert_user):
    contact = {"name": "", "position": "", "phone": "", "email": "RESEARCHER@example.test"}
    expert = update_expert(by=university_officer, expert=make(S.NOMINATED), version=1, data={"contact": contact})
    assert (expert.body.user, told(researcher, "expert_consent_asked")) == (researcher, 1)
    other = update_expert(by=university_officer, expert=make(S.RETURNED), version=1, data={"contact": contact})
    assert other.body.user == expert_user


def test_suspending_and_taking_back(make, regional_officer_edu, other_regional_officer_edu, expert_user):
    expert = make()
    with pytest.raises(NotAllowed):
        suspend_expert(by=other_regional_officer_edu, expert=expert, reason="核实")
    with pytest.raises(ReasonMissing):
        suspend_expert(by=regional_officer_edu, expert=expert, reason="")
    suspend_expert(by=regional_officer_edu, expert=expert, reason="核实")
    assert (expert.state, jobs("close_matches", expert)) == (S.SUSPENDED, 1)
    with pytest.raises(NotAllowed):
        resume_expert(by=expert_user, expert=expert)
    assert resume_expert(by=regional_officer_edu, expert=expert).state == S.IN_POOL
    assert jobs("match_record", expert) == 1


def test_leaving_withdraws_the_consent_and_closes_matches(make, expert_user, university_officer):
    expert = make()
    with pytest.raises(NotAllowed):
        leave_pool(by=university_officer, expert=expert)
    leave_pool(by=expert_user, expert=expert)
    assert (expert.state, jobs("close_matches", expert)) == (S.LEFT, 1)
    assert Consent.objects.get().withdrawn_at is not None
    assert told(university_officer, "expert_left") == 1
    with pytest.raises(NotAllowed):
        leave_pool(by=expert_user, expert=expert)


def test_a_person_may_decline_the_nomination(make, expert_user):
    assert leave_pool(by=expert_user, expert=make(S.NOMINATED)).state == S.LEFT


def test_the_job_expires_whose_term_is_over_and_an_officer_renews(make, regional_officer_edu, expert_user):
    today = timezone.localdate()
    over = make(term_from=today - timedelta(days=9), term_to=today - timedelta(days=1))
    last_day = make(term_from=today - timedelta(days=9), term_to=today)
    job = enqueue(kind="expire_experts", args={})
    assert run(job.pk, raise_errors=True) == "done"
    assert [reload(one).state for one in (over, last_day)] == [S.EXPIRED, S.IN_POOL]
    over = reload(over)
    with pytest.raises(NotAllowed):
        renew_expert(by=expert_user, expert=over, term_to=today + timedelta(days=300))
    with pytest.raises(NotAdmissible):
        renew_expert(by=regional_officer_edu, expert=over, term_to=today)
    assert renew_expert(by=regional_officer_edu, expert=over, term_to=today + timedelta(days=300)).state == S.IN_POOL


def test_the_database_refuses_an_illegal_move(make):
    from django.db import DatabaseError, transaction

    from experts.workflow import EXPERT
    from matchmaking.common.workflow import move

    expert = make(S.NOMINATED)
    with pytest.raises(IllegalMove):
        move(expert, S.IN_POOL, workflow=EXPERT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Expert.objects.filter(pk=expert.pk).update(state=S.IN_POOL)


def test_contact_is_stored_encrypted(make):
    from django.db import connection

    expert = make()
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM experts_expertbody WHERE expert_id = %s", [expert.pk])
        assert b"example.test" not in bytes(cursor.fetchone()[0])
    assert ExpertBody.objects.get(pk=expert.pk).contact["email"] == "expert_user@example.test"
