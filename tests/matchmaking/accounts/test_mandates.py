"""A broker under a dated mandate: reads, drafts, proposes; never decides or answers; ends at the next request."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalog.models import Achievement
from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.mandates import jobs
from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.services import (
    MandateOpen,
    offer_mandate,
    revoke_mandate,
    sign_mandate,
    turn_mandate,
)
from matchmaking.accounts.membership import NotAllowed, ReasonMissing
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.jobs.services import enqueue
from matchmaking.matching import rules as match_rules
from matchmaking.notifications.models import Notification
from needs import rules as need_rules
from needs.models import NeedBody, TechNeed
from needs.services import submit_need, update_need
from needs.services.refusals import NotAllowed as NeedNotAllowed
from tests.factories.catalog import AchievementFactory
from tests.factories.jobs import assert_repeatable
from tests.factories.matching import MatchFactory
from tests.factories.needs import form_data, make_need

pytestmark = pytest.mark.django_db
S = MandateState
DAY = timedelta(days=1)


def fresh(user):
    return User.objects.get(pk=user.pk)


def offered(broker, client, starts=0, ends=30):
    today = timezone.localdate()
    return offer_mandate(by=broker, client=client, subject="寻找合作高校",
                         starts_on=today + starts * DAY, ends_on=today + ends * DAY)  # fmt: skip


@pytest.fixture
def mandate(broker, enterprise, enterprise_lead):
    return sign_mandate(by=enterprise_lead, mandate=offered(broker, enterprise), version=1)


@pytest.fixture
def draft(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead, state="draft")


def reads(user, need):
    return NeedBody.objects.readable_by(fresh(user)).filter(need=need).exists()


def test_both_sign_and_it_is_in_force(broker, enterprise, enterprise_lead, draft):
    mandate = offered(broker, enterprise)
    assert Notification.objects.get(kind="mandate_offered").recipient == enterprise_lead
    assert not reads(broker, draft)
    for nobody in (broker,):
        with pytest.raises(NotAllowed):
            sign_mandate(by=nobody, mandate=mandate, version=1)
    sign_mandate(by=enterprise_lead, mandate=mandate, version=1)
    assert (mandate.state, mandate.signed_by) == (S.ACTIVE, enterprise_lead)
    assert reads(broker, draft)
    verbs = list(Entry.objects.filter(object_id=mandate.uuid).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["mandate.offered", "mandate.signed", "mandate.begun"]
    with pytest.raises(MandateOpen):
        offered(broker, enterprise)


@pytest.mark.parametrize("end", ["revoked", "over", "not begun", "offered", "client frozen", "left", "firm frozen"])
def test_without_a_mandate_in_force_nothing_is_read_or_written(end, broker, mandate, draft, enterprise_lead):
    assert reads(broker, draft)
    today = timezone.localdate()
    rows = Mandate.objects.filter(pk=mandate.pk)
    if end == "revoked":
        revoke_mandate(by=enterprise_lead, mandate=mandate, version=mandate.version, reason="不再需要")
    elif end == "over":
        rows.update(starts_on=today - 9 * DAY, ends_on=today - DAY)  # before the nightly job has looked
    elif end == "not begun":
        rows.update(starts_on=today + DAY)
    elif end == "offered":
        rows.delete()
        offered(broker, mandate.client)
    elif end == "left":
        Membership.objects.filter(user=broker).update(ended_at=timezone.now())
    else:
        who = mandate.client_id if end == "client frozen" else mandate.broker_id
        Organisation.objects.filter(pk=who).update(state=OrganisationState.FROZEN)
    assert not reads(broker, draft)
    assert not TechNeed.objects.visible_to(fresh(broker)).filter(pk=draft.pk).exists()
    with pytest.raises(NeedNotAllowed):
        update_need(by=fresh(broker), need=draft, version=draft.version, data={"title": "代拟"})


def test_the_open_session_of_a_broker_ends_with_the_mandate(login, broker, mandate, draft, enterprise_lead):
    client, page = login(broker), reverse("needs:need_edit", args=[draft.uuid])
    assert client.get(page).status_code == 200
    assert client.get(draft.get_absolute_url()).status_code == 200
    revoke_mandate(by=enterprise_lead, mandate=mandate, version=mandate.version, reason="不再需要")
    assert client.get(page).status_code == 404
    assert client.get(draft.get_absolute_url()).status_code == 404


def test_a_broker_drafts_and_never_hands_in(login, broker, mandate, draft):
    client, page = login(broker), reverse("needs:need_edit", args=[draft.uuid])
    body = NeedBody.objects.get(need=draft)
    before = (body.contact, draft.visibility)
    assert page in client.get(draft.get_absolute_url()).content.decode()
    shown = client.get(page).content.decode()
    assert 'value="submit"' not in shown
    assert "/clinic/" not in shown  # it answers the owner only
    for secret in filter(None, (body.contact or {}).values()):
        assert f'value="{secret}"' not in shown
    sent = form_data() | {"version": draft.version, "title": "代拟题目", "contact_name": "他人", "visibility": "public"}
    assert client.post(page, sent).status_code == 302
    draft.refresh_from_db()
    body = NeedBody.objects.get(need=draft)
    assert (draft.title, (body.contact, draft.visibility)) == ("代拟题目", before)
    assert client.post(page, sent | {"version": draft.version, "do": "submit"}).status_code == 403
    with pytest.raises(NeedNotAllowed):
        submit_need(by=fresh(broker), need=draft)
    assert client.post(reverse("needs:need_submit", args=[draft.uuid])).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_broker_changes_no_published_need_and_answers_nothing(broker, mandate, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, visibility="invited")
    acting = fresh(broker)
    assert reads(acting, need)
    assert not need_rules.drafts(acting, need)
    assert not need_rules.can_revise(acting, need)
    assert not need_rules.can_withdraw(acting, need)
    match = MatchFactory(need=need, state="released")
    assert match_rules.speaks_for(acting, match) is None
    assert not match_rules.can_answer(acting, match)
    assert not match_rules.can_see_contact(acting, match)


def test_a_provider_client_shows_what_is_in_its_pool(broker, university, university_officer, other_university):
    accepted = AchievementFactory(state="accepted", visibility="invited", body__owner=university)
    draft = AchievementFactory(state="draft", body__owner=university)
    foreign = AchievementFactory(state="accepted", visibility="invited", body__owner=other_university)
    sign_mandate(by=university_officer, mandate=offered(broker, university), version=1)
    seen = Achievement.objects.visible_to(fresh(broker))
    assert [seen.filter(pk=one.pk).exists() for one in (accepted, draft, foreign)] == [True, False, False]


def test_other_people_of_the_client_or_the_world_neither_sign_nor_revoke(
    broker, enterprise, other_enterprise_lead, secretary, stranger, login
):
    mandate = offered(broker, enterprise)
    for other in (other_enterprise_lead, secretary, stranger):
        with pytest.raises(NotAllowed):
            sign_mandate(by=other, mandate=mandate, version=1)
        with pytest.raises(NotAllowed):
            revoke_mandate(by=other, mandate=mandate, version=1, reason="x")
        assert login(other).get(mandate.get_absolute_url()).status_code in (403, 404)
        with pytest.raises(NotAllowed):
            offered(other, enterprise)


def test_days_turn_mandates(broker, enterprise, enterprise_lead):
    mandate = sign_mandate(by=enterprise_lead, mandate=offered(broker, enterprise, starts=2), version=1)
    assert mandate.state == S.SIGNED
    assert not fresh(broker).client_ids
    today = timezone.localdate()
    Mandate.objects.update(starts_on=today)
    mandate.refresh_from_db()
    assert turn_mandate(mandate=mandate)
    assert mandate.state == S.ACTIVE
    assert fresh(broker).client_ids == [enterprise.pk]
    Mandate.objects.update(starts_on=today - 2 * DAY, ends_on=today - DAY)
    mandate.refresh_from_db()
    assert turn_mandate(mandate=mandate)
    assert mandate.state == S.ENDED


@pytest.mark.django_db(transaction=True)
def test_the_job_may_die_anywhere(restore_reference_data, broker, enterprise, enterprise_lead, university,
                                  university_officer, monkeypatch):  # fmt: skip
    monkeypatch.setattr(jobs, "CHUNK", 1)
    today = timezone.localdate()
    for client, signs in ((enterprise, enterprise_lead), (university, university_officer)):
        sign_mandate(by=signs, mandate=offered(broker, client, starts=2), version=1)
    Mandate.objects.update(starts_on=today)

    def digest():
        turned = Entry.objects.filter(verb="mandate.begun").count()
        return (
            turned,
            list(Mandate.objects.order_by("pk").values_list("state", "version")),
            Notification.objects.count(),
        )

    assert_repeatable("turn_mandates", lambda: enqueue(kind="turn_mandates", args={}), digest, monkeypatch)
    assert digest()[0] == 2


def test_the_database_keeps_its_promises(broker, enterprise, mandate):
    today = timezone.localdate()
    for wrong in ({"state": "offered"}, {"signed_by": None}, {"ends_on": today - DAY}, {"client": mandate.broker},
                  {"signed_by": None, "signed_at": None}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Mandate.objects.filter(pk=mandate.pk).update(**wrong)


def test_the_pages_of_both_sides(login, broker, enterprise, enterprise_lead):
    page, ours, theirs = (
        reverse("accounts:mandate_offer", args=[enterprise.uuid]),
        login(broker),
        login(enterprise_lead),
    )
    assert page in ours.get(enterprise.get_absolute_url()).content.decode()
    today = timezone.localdate()
    sent = {"subject": "代理", "starts_on": str(today), "ends_on": str(today + 30 * DAY)}
    assert ours.post(page, sent | {"ends_on": str(today - DAY)}).status_code == 422
    assert theirs.post(page, sent).status_code == 403
    detail = ours.post(page, sent).url
    assert ours.post(page, sent).status_code == 422
    for side in (ours, theirs):
        assert side.get(detail).status_code == 200
        assert detail in side.get(reverse("accounts:mandate_list")).content.decode()
    assert ours.post(detail, {"version": 1, "do": "sign"}).status_code == 403
    assert theirs.post(detail, {"version": 7, "do": "sign"}).status_code == 409
    assert theirs.post(detail, {"version": 1, "do": "sign"}).status_code == 302
    version = Mandate.objects.get().version
    assert ours.post(detail, {"version": version, "do": "revoke", "reason": ""}).status_code == 422
    assert ours.post(detail, {"version": version, "do": "revoke", "reason": "另有安排"}).status_code == 302
    assert "另有安排" in theirs.get(detail).content.decode()
    mandate = Mandate.objects.get()
    with pytest.raises(StaleState):
        revoke_mandate(by=enterprise_lead, mandate=mandate, version=version, reason="x")
    with pytest.raises(NotAllowed):
        revoke_mandate(by=enterprise_lead, mandate=mandate, version=mandate.version, reason="x")
    again = offered(broker, enterprise)
    with pytest.raises(ReasonMissing):
        revoke_mandate(by=enterprise_lead, mandate=again, version=1, reason=" ")
    assert Role.BROKER not in (held.role for held in enterprise_lead.active_memberships)


def test_a_client_is_offered_one_mandate_at_a_time(login, broker, enterprise, enterprise_lead):
    page, form = enterprise.get_absolute_url(), reverse("accounts:mandate_offer", args=[enterprise.uuid])
    client = login(broker)
    assert form in client.get(page).content.decode()
    made = offered(broker, enterprise)
    shown = client.get(page).content.decode()
    assert form not in shown
    assert made.get_absolute_url() in shown
    assert made.get_absolute_url() not in login(enterprise_lead).get(page).content.decode()
    revoke_mandate(by=broker, mandate=made, version=made.version, reason="误报")
    assert form in client.get(page).content.decode()
