"""Organisations: applying, verifying, editing, people; who sees which in which state."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.accounts.membership import (
    NotAllowed,
    ReasonMissing,
    RoleRefused,
    apply_organisation,
    remove_person,
    return_organisation,
    update_organisation,
    verify_organisation,
)
from matchmaking.accounts.models import Membership, Organisation
from matchmaking.accounts.selectors import applications_for, holders_of
from matchmaking.accounts.services import OrganisationRefused, find_organisation
from matchmaking.common.workflow import StaleState
from matchmaking.notifications.audience import holders_of as audience_of
from matchmaking.notifications.models import Notification
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, region, valid_uscc

pytestmark = pytest.mark.django_db
S = OrganisationState
PDF = b"%PDF-1.7\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def licence(name="执照.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def data(**changes):
    return {
        "kind": "enterprise",
        "name": "新来企业",
        "uscc": valid_uscc(9_000_000_077),
        "region": region(),
        "size": "small",
        "industry": "35",
        "university_kinds": [],
        "supervisor": "",
        "summary": "",
        "name_en": "",
        "contacts": [{"name": "联系人", "phone": "000-0000"}],
        **changes,
    }


def apply(person, **changes):
    return apply_organisation(by=person, data=data(**changes), aliases=["新企"], credential=licence())


def posted(**changes):
    return {
        "kind": "enterprise",
        "name": "新来企业",
        "uscc": valid_uscc(9_000_000_077),
        "region": "32",
        "size": "small",
        "industry": "35",
        "contact_name": "联系人",
        "contact_phone": "000-0000",
        "credential": licence(),
        **changes,
    }


def fresh(user):
    return type(user).objects.get(pk=user.pk)


def test_an_application_becomes_a_working_organisation(stranger, regional_officer_sti):
    organisation = apply(stranger)
    assert (organisation.state, fresh(stranger).active_memberships) == (S.APPLIED, [])
    assert Notification.objects.filter(recipient=regional_officer_sti, kind="organisation_to_verify").count() == 1
    assert organisation.credential_file.name.startswith("credentials/")
    assert "执照" not in organisation.credential_file.name
    assert find_organisation("新企") is None
    verify_organisation(by=regional_officer_sti, organisation=organisation, version=1)
    assert fresh(stranger).can("need.edit")
    assert find_organisation("新企") == organisation
    assert Notification.objects.filter(recipient=stranger, kind="organisation_verified").count() == 1


def test_who_works_somewhere_does_not_apply(enterprise_lead, stranger):
    with pytest.raises(NotAllowed):
        apply(enterprise_lead)
    apply(stranger)
    with pytest.raises(NotAllowed):
        apply(stranger, name="第二家", uscc=valid_uscc(9_000_000_078))


@pytest.mark.parametrize("kind", ["dept_edu", "operator", "national"])
def test_departments_do_not_apply(kind, stranger):
    with pytest.raises(NotAllowed):
        apply(stranger, kind=kind)


def test_a_name_an_alias_and_a_code_belong_to_one(stranger, enterprise):
    for changes in ({"name": enterprise.name}, {"name": f"（{enterprise.name}）"}, {"uscc": enterprise.uscc}):
        with pytest.raises(OrganisationRefused):
            apply(stranger, **changes)
    assert not stranger.memberships.exists()


@pytest.mark.parametrize("who", ["other_regional_officer_edu", "national_officer", "enterprise_lead", "stranger"])
def test_nobody_else_verifies(who, request):
    organisation = apply(UserFactory())
    with pytest.raises(NotAllowed):
        verify_organisation(by=request.getfixturevalue(who), organisation=organisation, version=1)


def test_a_park_is_verified_by_the_secretary(regional_officer_sti, secretary):
    park = apply(UserFactory(), kind="park_hitech", size="", industry="")
    assert park not in applications_for(regional_officer_sti)
    with pytest.raises(NotAllowed):
        verify_organisation(by=regional_officer_sti, organisation=park, version=1)
    assert verify_organisation(by=secretary, organisation=park, version=1).state == S.ACTIVE


def test_a_returned_application_is_corrected_and_comes_again(stranger, regional_officer_sti):
    organisation = apply(stranger)
    with pytest.raises(ReasonMissing):
        return_organisation(by=regional_officer_sti, organisation=organisation, version=1, reason=" ")
    return_organisation(by=regional_officer_sti, organisation=organisation, version=1, reason="代码不符")
    with pytest.raises(StaleState):
        verify_organisation(by=regional_officer_sti, organisation=organisation, version=organisation.version)
    new = data(uscc=valid_uscc(9_000_000_099))
    update_organisation(by=stranger, organisation=organisation, version=2, data=new, aliases=[])
    assert (organisation.state, organisation.uscc, organisation.return_reason) == (
        S.APPLIED,
        valid_uscc(9_000_000_099),
        "",
    )
    assert applications_for(regional_officer_sti).get() == organisation


def test_the_owner_edits_but_not_the_identity(enterprise, enterprise_lead, university_officer, other_enterprise):
    before = enterprise.uscc, enterprise.name
    change = data(summary="新简介", uscc=valid_uscc(9_000_000_05), name="改名")
    update_organisation(by=enterprise_lead, organisation=enterprise, version=1, data=change, aliases=["甲企"])
    enterprise.refresh_from_db()
    assert (enterprise.uscc, enterprise.name) == before
    assert (enterprise.summary, find_organisation("甲企")) == ("新简介", enterprise)
    with pytest.raises(StaleState):
        update_organisation(by=enterprise_lead, organisation=enterprise, version=1, data=change, aliases=[])
    with pytest.raises(NotAllowed):
        update_organisation(by=university_officer, organisation=enterprise, version=2, data=change, aliases=[])
    with pytest.raises(OrganisationRefused):
        update_organisation(by=enterprise_lead, organisation=enterprise, version=2, data=change,
                            aliases=[other_enterprise.name])  # fmt: skip


def test_ending_a_role_takes_the_rights_at_once_but_never_the_last_managers(enterprise, enterprise_lead, login):
    editor = MembershipFactory(organisation=enterprise, role=Role.ENTERPRISE_EDITOR)
    client = login(editor.user)
    assert client.get(reverse("needs:need_mine")).status_code == 200
    remove_person(by=enterprise_lead, membership=editor)
    assert client.get(reverse("needs:need_mine")).status_code == 403
    with pytest.raises(RoleRefused):
        remove_person(by=enterprise_lead, membership=Membership.objects.get(user=enterprise_lead))


def test_the_database_refuses_an_illegal_move(enterprise):
    with pytest.raises(DatabaseError), transaction.atomic():
        Organisation.objects.filter(pk=enterprise.pk).update(state=S.APPLIED)


def test_the_audience_is_resolved(regional_officer_edu, enterprise_lead):
    assert list(holders_of("expert.review")) == audience_of("expert.review") == [regional_officer_edu]


PERSONAS = ["anonymous", "stranger", "other_regional_officer_edu", "regional_officer_edu", "secretary", "own"]


@pytest.mark.parametrize("name", PERSONAS)
def test_queryset_and_page_agree_for_every_state(name, request, login):
    own = UserFactory()
    user = {"anonymous": AnonymousUser(), "own": own}.get(name) or request.getfixturevalue(name)
    client = login(None if name == "anonymous" else user)
    for state in S.values:
        organisation = OrganisationFactory(state=state)
        MembershipFactory(user=own, organisation=organisation)
        user = user if name == "anonymous" else fresh(user)
        sees = state == S.ACTIVE or name in ("own", "regional_officer_edu", "secretary")
        assert Organisation.objects.visible_to(user).filter(pk=organisation.pk).exists() == sees, (name, state)
        assert (client.get(organisation.get_absolute_url()).status_code == 200) == sees, (name, state)


def test_the_pages_of_an_application(login, stranger, regional_officer_sti, enterprise_lead):
    client, officer = login(stranger), login(regional_officer_sti)
    url = reverse("accounts:organisation_create")
    assert client.get(url).status_code == 200
    bad = client.post(url, posted(uscc="91110108551385082X", size="", credential=licence("a.pdf", b"MZ\x90")))
    assert (bad.status_code, set(bad.context["form"].errors)) == (422, {"uscc", "size", "credential"})
    assert client.post(url, posted(credential=licence("a.exe", PDF))).status_code == 422
    assert client.post(url, posted()).status_code == 302
    organisation = Organisation.objects.get(name="新来企业")
    assert client.get(url).status_code == 403
    assert organisation.name in officer.get(reverse("accounts:organisation_review")).content.decode()
    verify = reverse("accounts:organisation_verify", args=[organisation.uuid])
    assert officer.get(verify).status_code == 200
    assert officer.post(verify, {"version": 1, "decision": "return"}).status_code == 422
    assert officer.post(verify, {"version": 1, "decision": "return", "reason": "请更正"}).status_code == 302
    assert "请更正" in client.get(organisation.get_absolute_url()).content.decode()
    assert client.get(reverse("accounts:organisation_edit", args=[organisation.uuid])).status_code == 200
    late = officer.get(verify)
    assert late.status_code == 409
    assert late.context["history"][0]["by"].startswith(regional_officer_sti.full_name)
    assert login(enterprise_lead).get(verify).status_code == 403


def test_many_applications_are_verified_at_once(login, regional_officer_sti, enterprise_lead):
    url, review = reverse("accounts:organisation_verify_many"), reverse("accounts:organisation_review")
    complete, changed, decided = (OrganisationFactory(state=S.APPLIED) for _n in range(3))
    incomplete = OrganisationFactory(state=S.APPLIED, size="")
    far = OrganisationFactory(state=S.APPLIED, region=region("37"))
    page = login(regional_officer_sti).get(review).content.decode()
    assert f"{complete.uuid}:1" in page
    assert str(far.uuid) not in page
    Organisation.objects.filter(pk=changed.pk).update(version=2)
    Organisation.objects.filter(pk=decided.pk).update(state=S.ACTIVE)
    ticked = [f"{one.uuid}:1" for one in (complete, changed, decided, incomplete, far)]
    answer = login(regional_officer_sti).post(url, {"pk": [*ticked, "x:1", f"{complete.uuid}:x"]}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert len(said) == 2
    assert "1" in said[0]
    assert "4" in said[1]
    assert incomplete.name in said[1]
    assert far.name not in said[1]
    states = [Organisation.objects.get(pk=one.pk).state for one in (complete, changed, decided, incomplete, far)]
    assert states == [S.ACTIVE, S.APPLIED, S.ACTIVE, S.APPLIED, S.APPLIED]
    assert login(enterprise_lead).post(url, {"pk": ticked}).status_code == 403
    assert login(regional_officer_sti).post(url).status_code == 302


def test_an_incomplete_application_is_not_verified_on_its_page(login, regional_officer_sti):
    organisation = OrganisationFactory(state=S.APPLIED, industry="")
    url = reverse("accounts:organisation_verify", args=[organisation.uuid])
    answer = login(regional_officer_sti).post(url, {"version": 1, "decision": "pass"})
    assert answer.status_code == 422
    organisation.refresh_from_db()
    assert organisation.state == S.APPLIED


def test_a_credential_is_a_download_for_few(login, stranger, regional_officer_sti, enterprise_lead,
                                            other_regional_officer_edu):  # fmt: skip
    organisation = apply(stranger)
    url = reverse("accounts:organisation_credential", args=[organisation.uuid])
    for reader in (stranger, regional_officer_sti):
        response = login(reader).get(url)
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment")
    verify_organisation(by=regional_officer_sti, organisation=organisation, version=1)
    for reader in (enterprise_lead, other_regional_officer_edu):
        assert login(reader).get(url).status_code == 404
    assert login().get(url).status_code == 302


def test_a_role_is_ended_on_the_page(login, enterprise, enterprise_lead, stranger):
    client = login(enterprise_lead)
    held = MembershipFactory(user=stranger, organisation=enterprise, role=Role.ENTERPRISE_READER)
    end = reverse("accounts:person_end", args=[enterprise.uuid, held.pk])
    assert login(stranger).post(end).status_code == 403
    assert client.post(end).status_code == 302
    assert client.post(end).status_code == 404


@pytest.mark.parametrize("name", ["organisation_list", "organisation_review"])
def test_queries_do_not_grow(name, login, secretary):
    client, counts = login(secretary), []
    state = S.ACTIVE if name == "organisation_list" else S.APPLIED
    for total in (3, 30):
        while Organisation.objects.filter(state=state).count() < total:
            OrganisationFactory(state=state, kind=OrganisationKind.ENTERPRISE)
        client.get(reverse(f"accounts:{name}"))
        vocabularies.warm()
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"accounts:{name}")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12
