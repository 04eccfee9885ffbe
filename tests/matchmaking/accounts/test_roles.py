"""The table of roles: what a track adds, what a programme may give a track, and the page that shows it."""

from django.urls import reverse

from matchmaking.accounts.enums import DEPARTMENT_KINDS, TRACK_OF_KIND, OrganisationKind, Role, Track
from matchmaking.accounts.roles import (
    CAPABILITIES,
    ROLE_CAPABILITIES,
    ROLES_OF_KIND,
    TRACK_CAPABILITIES,
    capabilities_of,
    kinds_with,
)
from matchmaking.accounts.selectors import holders_of

K = OrganisationKind
ADMINISTRATORS = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}


def test_every_role_and_track_is_in_the_table_and_every_capability_has_words():
    assert set(ROLE_CAPABILITIES) == set(Role)
    assert set(TRACK_CAPABILITIES) == set(Track) == set(TRACK_OF_KIND.values())
    held = set().union(*ROLE_CAPABILITIES.values(), *TRACK_CAPABILITIES.values())
    assert held == set(CAPABILITIES)
    assert all(str(text) for text in CAPABILITIES.values())


def test_an_officer_of_a_region_holds_what_his_track_adds():
    for kind in DEPARTMENT_KINDS:
        held = capabilities_of(Role.REGIONAL_OFFICER, kind)
        assert held == ROLE_CAPABILITIES[Role.REGIONAL_OFFICER] | TRACK_CAPABILITIES[TRACK_OF_KIND[kind]]
    assert kinds_with(Role.REGIONAL_OFFICER, "need.rewrite") == [K.DEPT_MIIT]
    assert kinds_with(Role.REGIONAL_OFFICER, "match.review") == [K.DEPT_MIIT, K.DEPT_EDU, K.DEPT_STI]
    assert set(kinds_with(Role.REGIONAL_OFFICER, "need.publish")) == set(K)


def test_a_track_adds_nothing_to_other_roles():
    for role in set(Role) - {Role.REGIONAL_OFFICER}:
        assert {capabilities_of(role, kind) for kind in K} == {ROLE_CAPABILITIES[role]}


def test_an_unknown_role_may_do_nothing():
    assert capabilities_of("emperor", K.ENTERPRISE) == frozenset()


def test_administrators_of_the_system_do_none_of_the_others_work():
    """Three separate powers (GB/T 22239, 8.1.4): no capability of one is held by another, and none touches records."""
    system, security, audit = (
        ROLE_CAPABILITIES[role] for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
    )
    three = system | security | audit
    assert len(three) == len(system) + len(security) + len(audit)
    for role in set(Role) - ADMINISTRATORS:
        assert not three & ROLE_CAPABILITIES[role]
    assert not any(ADMINISTRATORS & set(roles) for roles in ROLES_OF_KIND.values())


def test_whoever_holds_a_capability_is_found(
    regional_officer_miit, regional_officer_edu, secretary, university_officer
):
    assert set(holders_of("need.rewrite")) == {regional_officer_miit, secretary}
    assert set(holders_of("expert.review")) == {regional_officer_miit, regional_officer_edu, secretary}
    assert set(holders_of("achievement.unit_review")) == {university_officer}
    assert not holders_of("jobs.operate").exists()


def test_the_page_is_the_security_administrators_alone(login, make_administrator, secretary, regional_officer_miit):
    keeper = make_administrator(Role.SECURITY_ADMIN)
    page = login(keeper).get(reverse("accounts:role_list")).content.decode()
    for role in Role:
        assert str(role.label) in page
    assert str(CAPABILITIES["need.publish"]) in page
    assert page.count(reverse("accounts:role_detail", args=["regional_officer"])) == len(DEPARTMENT_KINDS)
    detail = login(keeper).get(reverse("accounts:role_detail", args=["regional_officer"])).content.decode()
    assert regional_officer_miit.full_name in detail
    for other in (secretary, make_administrator(Role.SYSTEM_ADMIN), make_administrator(Role.AUDIT_ADMIN)):
        assert login(other).get(reverse("accounts:role_list")).status_code == 403
    assert login(keeper).get(reverse("accounts:role_detail", args=["emperor"])).status_code == 404
