"""Leaving and freezing: access is gone at the next request of an open session, history stays."""

import pytest
from django.urls import reverse

from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.membership import (
    NotAllowed,
    ReasonMissing,
    RoleRefused,
    freeze_organisation,
    leave_organisation,
    thaw_organisation,
)
from matchmaking.accounts.models import Membership
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db
MINE = "needs:need_mine"


def test_whoever_leaves_has_no_access_at_the_next_request(login, enterprise, enterprise_lead):
    held = MembershipFactory(organisation=enterprise, role=Role.ENTERPRISE_EDITOR)
    client = login(held.user)
    assert client.get(reverse(MINE)).status_code == 200
    page = client.get(reverse("accounts:profile")).content.decode()
    leave = reverse("accounts:membership_leave", args=[held.pk])
    assert leave in page
    assert client.get(leave).status_code == 200
    assert client.post(leave).status_code == 302
    assert client.get(reverse(MINE)).status_code == 403
    assert client.post(leave).status_code == 404
    held.refresh_from_db()
    assert held.ended_at is not None
    entry = Entry.objects.get(object_id=enterprise.uuid, verb="membership.ended")
    assert (entry.actor_id, entry.detail) == (held.user_id, {"role": "enterprise_editor"})


def test_the_last_manager_stays_and_nobody_leaves_for_another(login, enterprise_lead, stranger):
    held = Membership.objects.get(user=enterprise_lead)
    with pytest.raises(RoleRefused):
        leave_organisation(by=enterprise_lead, membership=held)
    with pytest.raises(NotAllowed):
        leave_organisation(by=stranger, membership=held)
    leave = reverse("accounts:membership_leave", args=[held.pk])
    assert login(stranger).post(leave).status_code == 404
    login(enterprise_lead).post(leave)
    assert Membership.objects.filter(pk=held.pk, ended_at=None).exists()
    other = MembershipFactory(organisation=held.organisation, role=Role.ENTERPRISE_OWNER)
    other.user.is_active = False
    other.user.save()
    with pytest.raises(RoleRefused):  # a manager who cannot sign in manages nothing
        leave_organisation(by=enterprise_lead, membership=held)


def test_freezing_ends_access_at_the_next_request_and_can_be_undone(login, enterprise, enterprise_lead, secretary):
    client, office = login(enterprise_lead), login(secretary)
    assert client.get(reverse(MINE)).status_code == 200
    page = reverse("accounts:organisation_freeze", args=[enterprise.uuid])
    assert page in office.get(enterprise.get_absolute_url()).content.decode()
    assert office.post(page, {"version": 1, "reason": " "}).status_code == 422
    assert office.post(page, {"version": 7, "reason": "证照过期"}).status_code == 409
    assert office.post(page, {"version": 1, "reason": "证照过期"}).status_code == 302
    assert client.get(reverse(MINE)).status_code == 403
    assert "证照过期" in client.get(enterprise.get_absolute_url()).content.decode()
    assert login().get(enterprise.get_absolute_url()).status_code == 404
    assert office.post(page, {"version": 2}).status_code == 302
    assert client.get(reverse(MINE)).status_code == 200
    verbs = list(Entry.objects.filter(object_id=enterprise.uuid).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["organisation.frozen", "organisation.thawed"]


@pytest.mark.parametrize("who", ["enterprise_lead", "park_admin", "other_regional_officer_edu", "stranger"])
def test_only_who_verifies_freezes(who, login, enterprise, request):
    user = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        freeze_organisation(by=user, organisation=enterprise, version=1, reason="x")
    with pytest.raises(StaleState):
        thaw_organisation(by=user, organisation=enterprise, version=1)
    page = reverse("accounts:organisation_freeze", args=[enterprise.uuid])
    assert login(user).post(page, {"version": 1, "reason": "x"}).status_code == 403
    enterprise.refresh_from_db()
    assert enterprise.state == OrganisationState.ACTIVE


def test_a_freeze_has_a_reason(enterprise, secretary):
    with pytest.raises(ReasonMissing):
        freeze_organisation(by=secretary, organisation=enterprise, version=1, reason=" ")
