"""As whom, and from where: true for every act of a request, whichever of his roles a person acts through."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.accounts.models import Membership, User
from matchmaking.activity.models import Entry
from matchmaking.activity.services import record, record_many
from matchmaking.common import acting
from matchmaking.common.addresses import prefix_of
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.needs import make_need
from tests.matchmaking.activity.crimes import Thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(university, enterprise):
    """A university officer, who also reads for an enterprise and decides in two departments."""
    held = member(university, Role.UNIVERSITY_OFFICER, username="many")
    for organisation, role in (
        (enterprise, Role.ENTERPRISE_READER),
        (department("测试厅一", "32"), Role.REGIONAL_OFFICER),
        (department("测试厅二", "37"), Role.REGIONAL_OFFICER),
    ):
        Membership.objects.create(user=held, organisation=organisation, role=role)
    return User.objects.get(pk=held.pk)


def department(name, place):
    return OrganisationFactory(name=name, kind=OrganisationKind.DEPT_EDU, region=region(place))


def act(person, *, seen_from=0, opened_by=(), **how):
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    with acting.serving(request, person.active_memberships[seen_from] if person else None):
        acting.through(*opened_by)
        entry = record(by=person, verb="thing.made", about=Thing(), kind="thing", **how)
    names = {held.organisation_id: held.organisation.name for held in person.active_memberships} if person else {}
    return entry.as_role, names.get(entry.as_organisation_id), entry.origin


def test_the_membership_that_carries_the_capability_of_the_route(person):
    assert act(person, opened_by=["achievement.review"]) == ("regional_officer", "测试厅一", "203.0.113.0/24")
    assert act(person, opened_by=["achievement.edit"])[:2] == ("university_officer", "测试大学甲")


def test_of_two_that_carry_it_the_one_named_then_the_one_in_view(person):
    second = person.active_memberships[3].organisation
    assert act(person, opened_by=["achievement.review"], organisation=second)[1] == "测试厅二"
    assert act(person, opened_by=["achievement.review"], seen_from=3)[1] == "测试厅二"


def test_what_the_service_names_beats_the_route(person):
    assert act(person, opened_by=["achievement.edit"], capability="achievement.review")[0] == "regional_officer"


def test_without_a_capability_the_organisation_named_then_the_one_in_view(person, enterprise):
    assert act(person, organisation=enterprise)[:2] == ("enterprise_reader", "测试企业甲")
    assert act(person, seen_from=1)[:2] == ("enterprise_reader", "测试企业甲")


def test_the_organisation_on_whose_record_one_decides_is_not_ones_own(person, other_enterprise):
    assert act(person, opened_by=["need.publish"], organisation=other_enterprise)[0] == "regional_officer"


def test_the_portal_itself_and_outside_a_request(person, university):
    assert act(None) == ("", None, "203.0.113.0/24")
    fresh = User.objects.get(pk=person.pk)
    entry = record(by=fresh, verb="thing.made", about=Thing(), kind="thing", organisation=university)
    assert (entry.as_role, entry.origin) == ("", "")  # work that asked for no right
    assert fresh.can("import")
    entry = record(by=fresh, verb="thing.made", about=Thing(), kind="thing", organisation=university)
    assert entry.as_role == "university_officer"
    assert record(by=fresh, verb="thing.made", about=Thing(), kind="thing").as_role == ""


def test_many_at_once(person):
    with acting.serving(RequestFactory().get("/"), person.active_memberships[0]):
        record_many(by=person, verb="thing.made", about=[Thing(), Thing()], kind="thing")
    assert set(Entry.objects.values_list("as_role", flat=True)) == {"university_officer"}


def test_nothing_of_a_request_stays(person):
    act(person, opened_by=["achievement.review"])
    assert acting.current() is None
    acting.through("anything")  # outside a request: nobody to remember it for


def test_a_person_without_a_role(stranger):
    with acting.serving(RequestFactory().get("/"), None):
        assert record(by=stranger, verb="thing.made", about=Thing(), kind="thing").as_role == ""


def test_a_request_through_all_layers(login, enterprise, enterprise_lead):
    """Of a need whose owner is hidden: the reader learns as whom it was done, the history of the need does not."""
    need = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    said = {"version": need.version, "reason": "已自行解决"}
    response = login(enterprise_lead).post(f"/needs/{need.uuid}/withdraw/", said, REMOTE_ADDR="2001:db8:7:8::9")
    assert response.status_code == 302
    entry = Entry.objects.get(verb="need.withdrawn")
    assert (entry.as_role, entry.as_organisation_id) == ("enterprise_owner", enterprise.pk)
    assert (entry.origin, entry.organisation_name) == ("2001:db8:7::/48", "")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("::1", "::/48"),
        ("", ""),
        ("unix:", ""),
        ("192.0.2.77, 10.0.0.1", ""),
    ],
)
def test_an_address_loses_its_last_part(address, kept):
    assert prefix_of(address) == kept


def test_anonymous_visitors_have_no_history(db):
    assert not Entry.objects.visible_to(AnonymousUser()).exists()


def test_the_organisation_that_may_not_be_named(person, enterprise):
    """A hidden owner: nobody reads its name in the history, and still it is known for whom the person acted."""
    with acting.serving(RequestFactory().get("/"), person.active_memberships[0]):
        entry = record(by=person, verb="thing.made", about=Thing(), kind="thing", acting_for=enterprise)
    assert (entry.as_role, entry.as_organisation_id) == ("enterprise_reader", enterprise.pk)
    assert (entry.organisation_id, entry.organisation_name) == (None, "")
