"""Who verifies whom: parks their tenants, regions the others, the secretary parks, the administrator ministries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from matchmaking.accounts import rules
from matchmaking.accounts.entering import enter_organisation
from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.accounts.invitations.models import Invitation
from matchmaking.accounts.membership import NotAllowed, apply_organisation, verify_organisation
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.selectors import applications_for, managed_by, verifiers_of
from matchmaking.notifications.models import Notification
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member, region, valid_uscc

pytestmark = pytest.mark.django_db
S, K = OrganisationState, OrganisationKind


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def administrator(make_administrator):
    return make_administrator(Role.SYSTEM_ADMIN)


def applied(kind=K.ENTERPRISE, **fields):
    """An application with its applicant."""
    organisation = OrganisationFactory(kind=kind, state=S.APPLIED, **fields)
    MembershipFactory(organisation=organisation, role=Role.ENTERPRISE_OWNER)
    return organisation


def fresh(user):
    return User.objects.get(pk=user.pk)


def tenant_application(person, park):
    data = {"kind": "enterprise", "name": "入园企业", "uscc": valid_uscc(9_000_000_123), "region": region(),
            "size": "small", "industry": "35", "park": park, "contacts": [{"name": "联系人"}]}  # fmt: skip
    return apply_organisation(by=person, data=data, credential=SimpleUploadedFile("a.pdf", b"%PDF-1.7\n"))


@pytest.fixture
def world(park, park_admin, university):
    """Applications of every sort by name, and who verifies each."""
    empty_park = OrganisationFactory(kind=K.PARK_OTHER)
    return {
        "tenant": (applied(park=park), {"park_admin", "secretary"}),
        "tenant of a park where nobody works": (applied(park=empty_park), {"regional", "secretary"}),
        "tenant entered by its department": (OrganisationFactory(state=S.APPLIED, park=park),
                                             {"regional", "secretary"}),
        "outside parks": (applied(), {"regional", "secretary"}),
        "other region": (applied(region=region("37")), {"far", "secretary"}),
        "park": (applied(K.PARK_HITECH), {"secretary"}),
        "department": (OrganisationFactory(kind=K.DEPT_STI, state=S.APPLIED), {"secretary"}),
        "without region": (applied(K.FUND, region=None), {"secretary"}),
        "national body": (OrganisationFactory(kind=K.NATIONAL, region=None, state=S.APPLIED), {"administrator"}),
    }  # fmt: skip


def test_each_application_has_its_verifiers_and_lists_agree(
    world, park_admin, regional_officer_miit, other_regional_officer_edu, secretary, administrator, enterprise_lead,
    national_officer,
):  # fmt: skip
    people = {"park_admin": park_admin, "regional": regional_officer_miit, "far": other_regional_officer_edu,
              "secretary": secretary, "administrator": administrator, "owner": enterprise_lead,
              "national": national_officer}  # fmt: skip
    for name, person in people.items():
        listed = set(applications_for(fresh(person)))
        for case, (organisation, who) in world.items():
            assert rules.verifies(fresh(person), organisation) == (name in who), (name, case)
            assert (organisation in listed) == (name in who), (name, case)


def test_nobody_verifies_his_own_organisation(regional_officer_miit):
    own = applied()
    MembershipFactory(user=regional_officer_miit, organisation=own, role=Role.ENTERPRISE_EDITOR)
    assert own not in applications_for(regional_officer_miit)
    with pytest.raises(NotAllowed):
        verify_organisation(by=regional_officer_miit, organisation=own, version=1)
    own.refresh_from_db()
    assert own.state == S.APPLIED


def test_a_tenant_is_checked_by_its_park_on_the_page(login, stranger, park, park_admin, regional_officer_sti):
    organisation = tenant_application(stranger, park)
    assert list(verifiers_of(organisation)) == [park_admin]
    assert Notification.objects.get(kind="organisation_to_verify").recipient == park_admin
    client, verify = login(park_admin), reverse("accounts:organisation_verify", args=[organisation.uuid])
    assert organisation.name in client.get(reverse("accounts:organisation_review")).content.decode()
    licence = client.get(reverse("accounts:organisation_credential", args=[organisation.uuid]))
    assert b"".join(licence.streaming_content).startswith(b"%PDF")
    assert login(regional_officer_sti).get(verify).status_code == 403
    assert client.post(verify, {"version": organisation.version, "decision": "pass"}).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.state, organisation.park) == (S.ACTIVE, park)


def test_another_park_does_not_find_the_application(login, stranger, park, park_admin):
    other = member(OrganisationFactory(kind=K.PARK_OTHER), Role.PARK_ADMIN)
    organisation = tenant_application(stranger, park)
    assert login(other).get(reverse("accounts:organisation_verify", args=[organisation.uuid])).status_code == 404


def test_the_application_names_a_park_but_no_park_names_one(login, stranger, park):
    page = login(stranger).get(reverse("accounts:organisation_create")).content.decode()
    assert f'<option value="{park.pk}">' in page
    answer = login(stranger).post(reverse("accounts:organisation_create"), {"kind": "park_other", "park": park.pk})
    assert "park" in answer.context["form"].errors


def test_departments_are_entered_by_the_secretary_and_national_bodies_by_the_administrator(
    login, secretary, administrator, park_admin, regional_officer_miit
):
    url = reverse("accounts:organisation_enter")
    sent = {"name": "测试科技厅", "kind": "dept_sti", "region": "32", "email": "first@example.test"}
    assert login(secretary).get(url).status_code == 200
    assert login(secretary).post(url, sent | {"region": ""}).status_code == 422
    assert login(administrator).post(url, sent).status_code == 422
    assert login(secretary).post(url, sent).status_code == 302
    assert login(secretary).post(url, sent).status_code == 422  # the name is taken
    department = Organisation.objects.get(name="测试科技厅")
    assert (department.state, department.region_id) == (S.ACTIVE, "32")
    assert Invitation.objects.get().role == Role.REGIONAL_OFFICER
    national = {"name": "测试部委", "kind": "national", "region": "", "email": "b@example.test"}
    assert login(secretary).post(url, national).status_code == 422
    assert login(administrator).post(url, national).status_code == 302
    for other in (park_admin, regional_officer_miit):
        assert login(other).get(url).status_code == 403
        with pytest.raises(NotAllowed):
            enter_organisation(by=other, kind="dept_sti", name="别的厅", region=region(), email="c@example.test")


def test_who_manages_people_is_said_alike_for_one_and_for_many(
    enterprise_lead, secretary, administrator, regional_officer_miit, national_officer, park_admin, stranger
):
    OrganisationFactory(state=S.FROZEN)
    people = (enterprise_lead, secretary, administrator, regional_officer_miit, park_admin, stranger)
    for person in map(fresh, people):
        one_by_one = {one for one in Organisation.objects.all() if rules.can_manage(person, one)}
        assert set(managed_by(person)) == one_by_one
    assert rules.can_manage(administrator, national_officer.active_memberships[0].organisation)
    assert not rules.can_manage(secretary, national_officer.active_memberships[0].organisation)
