"""Invitations: sent by managers alike for known and unknown addresses, taken once, by the invited address, in time."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.invitations import services
from matchmaking.accounts.invitations.models import Invitation, token_hash
from matchmaking.accounts.invitations.services import (
    InvitationOver,
    OtherAddress,
    accept_invitation,
    invite,
    revoke_invitation,
)
from matchmaking.accounts.membership import NotAllowed, RoleRefused
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.activity.models import Entry
from matchmaking.notifications.models import OutboxMail
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
EDITOR = Role.ENTERPRISE_EDITOR
ANSWER = "accounts:invitation_answer"


def sent(by, organisation, email, role=EDITOR):
    """The invitation and the token of the link in its mail."""
    found = invite(by=by, organisation=organisation, email=email, role=role)
    return found, token_in(OutboxMail.objects.latest("pk"))


def token_in(mail):
    return re.search(r"/invitations/open/([\w-]+)/", mail.body)[1]


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_roles_fit_the_kind_of_organisation(enterprise, enterprise_lead):
    for role in (Role.SECRETARY, Role.REGIONAL_OFFICER, Role.UNIVERSITY_OFFICER, Role.SYSTEM_ADMIN, "nonsense"):
        with pytest.raises(RoleRefused):
            invite(by=enterprise_lead, organisation=enterprise, email="no@example.test", role=role)


@pytest.mark.parametrize("who", ["other_enterprise_lead", "regional_officer_miit", "secretary", "stranger"])
def test_only_managers_invite_and_revoke(who, enterprise, enterprise_lead, login, request):
    user = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        invite(by=user, organisation=enterprise, email="new@example.test", role=EDITOR)
    url = reverse("accounts:person_invite", args=[enterprise.uuid])
    assert login(user).post(url, {"email": "new@example.test", "role": EDITOR}).status_code == 403
    invitation, _token = sent(enterprise_lead, enterprise, "new@example.test")
    with pytest.raises(NotAllowed):
        revoke_invitation(by=user, invitation=invitation)
    assert login(user).post(reverse("accounts:invitation_revoke", args=[invitation.uuid])).status_code == 404


def test_departments_are_staffed_by_the_secretary(regional_officer_edu, secretary, stranger):
    department = regional_officer_edu.active_memberships[0].organisation
    with pytest.raises(NotAllowed):
        invite(by=regional_officer_edu, organisation=department, email=stranger.email, role=Role.REGIONAL_OFFICER)
    invitation, _token = sent(secretary, department, stranger.email, Role.REGIONAL_OFFICER)
    assert Invitation.objects.visible_to(secretary).get() == invitation
    accept_invitation(by=stranger, invitation=invitation)
    assert fresh(stranger).can("expert.review")


def test_the_answer_tells_nobody_who_has_an_account(enterprise, enterprise_lead, stranger, login):
    client, url = login(enterprise_lead), reverse("accounts:person_invite", args=[enterprise.uuid])
    answers = []
    for email in (stranger.email, "nobody@example.test"):
        answer = client.post(url, {"email": email.upper(), "role": EDITOR})
        page = client.get(answer.url).content.decode()
        mail = OutboxMail.objects.latest("pk")
        said = (mail.subject, mail.body.replace(token_in(mail), "TOKEN"))
        answers.append((answer.status_code, answer.url, "邀请" in page or "on its way" in page, said))
        assert email in page
        assert mail.to == email
    assert answers[0] == answers[1]
    assert not Membership.objects.filter(user=stranger).exists()


def test_a_new_person_makes_an_account_from_the_link(client, enterprise, enterprise_lead, settings):
    settings.SIGN_UP_OPEN = False
    assert "password1" not in client.get(reverse("account_signup")).content.decode()
    invitation, token = sent(enterprise_lead, enterprise, "new@example.test")
    assert client.get(reverse("accounts:invitation_open", args=[token])).url == reverse(ANSWER)
    page = client.get(reverse(ANSWER)).content.decode()
    assert enterprise.name in page
    assert reverse("account_signup") in page
    assert 'value="new@example.test"' in client.get(reverse("account_signup")).content.decode()
    word = "Lange-Rede-kurzer-Sinn-7"
    answer = client.post(reverse("account_signup") + f"?next={reverse(ANSWER)}", {
        "full_name": "新同事", "email": "new@example.test", "password1": word, "password2": word,
        "next": reverse(ANSWER)})  # fmt: skip
    assert answer.url == reverse(ANSWER)
    assert client.post(reverse(ANSWER)).url == enterprise.get_absolute_url()
    person = User.objects.get(email="new@example.test")
    assert person.can("need.edit")
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    verbs = list(Entry.objects.filter(object_id=enterprise.uuid).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["invitation.sent", "invitation.accepted", "membership.granted"]
    assert "new@example.test" not in str(list(Entry.objects.values_list("detail", "before", "after")))


def test_a_person_with_an_account_takes_it_once(login, enterprise, enterprise_lead, stranger):
    invitation, token = sent(enterprise_lead, enterprise, stranger.email)
    client, link = login(stranger), reverse("accounts:invitation_open", args=[token])
    assert client.get(link).status_code == 302
    assert not Membership.objects.filter(user=stranger).exists()  # reading uses nothing up
    assert client.post(reverse(ANSWER)).url == enterprise.get_absolute_url()
    assert client.get(link).status_code == 404
    assert client.post(reverse(ANSWER)).status_code == 404
    with pytest.raises(InvitationOver):
        accept_invitation(by=stranger, invitation=invitation)
    assert Membership.objects.filter(user=stranger).count() == 1


def test_a_forwarded_link_gives_nobody_else_a_role(login, enterprise, enterprise_lead, stranger):
    invitation, token = sent(enterprise_lead, enterprise, "invited@example.test")
    client = login(stranger)
    client.get(reverse("accounts:invitation_open", args=[token]))
    page = client.get(reverse(ANSWER)).content.decode()
    assert "invited@example.test" in page
    client.post(reverse(ANSWER))
    with pytest.raises(OtherAddress):
        accept_invitation(by=stranger, invitation=invitation)
    assert not Membership.objects.filter(user=stranger).exists()


@pytest.mark.parametrize("end", ["revoked", "over", "frozen", "renewed"])
def test_what_has_ended_cannot_be_taken(end, login, enterprise, enterprise_lead, stranger):
    invitation, token = sent(enterprise_lead, enterprise, stranger.email)
    if end == "revoked":
        revoke_invitation(by=enterprise_lead, invitation=invitation)
        with pytest.raises(InvitationOver):
            revoke_invitation(by=enterprise_lead, invitation=invitation)
    elif end == "over":
        early = timezone.now() - services.LASTS
        Invitation.objects.update(sent_at=early - timedelta(seconds=1), expires_at=early + services.LASTS)
    elif end == "frozen":
        Organisation.objects.filter(pk=enterprise.pk).update(state=OrganisationState.FROZEN)
    else:
        _same, other = sent(enterprise_lead, enterprise, stranger.email)
        assert Invitation.objects.get().token_hash == token_hash(other) != token_hash(token)
    assert login(stranger).get(reverse("accounts:invitation_open", args=[token])).status_code == 404
    with pytest.raises(InvitationOver):
        accept_invitation(by=stranger, invitation=invitation)
    assert not Membership.objects.filter(user=stranger).exists()


def test_an_organisation_is_no_sender_of_mail(enterprise, enterprise_lead, monkeypatch):
    monkeypatch.setattr(services, "MOST_OPEN", 1)
    sent(enterprise_lead, enterprise, "one@example.test")
    with pytest.raises(RoleRefused):
        invite(by=enterprise_lead, organisation=enterprise, email="two@example.test", role=EDITOR)


def test_the_database_keeps_one_open_invitation_and_no_half_answers(enterprise, enterprise_lead):
    now = timezone.now()
    fields = {"organisation": enterprise, "email": "a@example.test", "role": EDITOR, "invited_by": enterprise_lead,
              "sent_at": now, "expires_at": now + timedelta(days=1)}  # fmt: skip
    Invitation.objects.create(token_hash="1", **fields)
    Invitation.objects.create(token_hash="2", **fields, revoked_at=now)
    for wrong in ({}, {"email": "A@example.test"}, {"expires_at": now}, {"role": "emperor"}, {"accepted_at": now},
                  {"accepted_at": now, "accepted_by": enterprise_lead, "revoked_at": now}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.create(token_hash="3", **fields | wrong)


def test_the_page_lists_open_invitations_for_managers_only(login, enterprise, enterprise_lead, stranger):
    invitation, _token = sent(enterprise_lead, enterprise, "invited@example.test")
    client = login(enterprise_lead)
    assert "invited@example.test" in client.get(enterprise.get_absolute_url()).content.decode()
    assert "invited@example.test" not in login(stranger).get(enterprise.get_absolute_url()).content.decode()
    assert client.post(reverse("accounts:person_invite", args=[enterprise.uuid]), {"email": "x"}).status_code == 422
    assert client.post(reverse("accounts:invitation_revoke", args=[invitation.uuid])).status_code == 302
    assert "invited@example.test" not in client.get(enterprise.get_absolute_url()).content.decode()
    assert not Invitation.objects.visible_to(UserFactory()).exists()
