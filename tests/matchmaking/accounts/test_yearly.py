"""Every role is confirmed once a year by somebody else; what nobody confirms stands still until somebody does."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.models import Membership, User
from matchmaking.accounts.services import grant_role
from matchmaking.accounts.yearly import jobs, rules
from matchmaking.accounts.yearly.selectors import confirmers_of, due, due_for
from matchmaking.accounts.yearly.services import ask_to_confirm, confirm_roles
from matchmaking.activity.models import Entry
from matchmaking.jobs.services import enqueue
from matchmaking.matching.services import people
from matchmaking.notifications.models import Notification
from tests.factories.accounts import UserFactory
from tests.factories.jobs import assert_repeatable
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
PAGE = "accounts:role_confirmation"
DAY = timedelta(days=1)


def age(user, days):
    Membership.objects.filter(user=user).update(confirmed_at=timezone.now() - days * DAY)
    return Membership.objects.select_related("user", "organisation").get(user=user)


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def editor(enterprise):
    person = UserFactory(full_name="编辑甲")
    grant_role(by=None, user=person, organisation=enterprise, role=Role.ENTERPRISE_EDITOR)
    return person


@pytest.mark.parametrize(("days", "counts"), [(364, True), (394, True), (396, False), (4000, False)])
def test_a_role_counts_for_a_year_and_a_month(enterprise_lead, days, counts):
    held = age(enterprise_lead, days)
    assert fresh(enterprise_lead).can("need.edit") is counts
    assert Membership.objects.current().filter(pk=held.pk).exists() is counts
    assert Membership.objects.lapsed().filter(pk=held.pk).exists() is not counts
    assert held.has_lapsed is not counts


def test_the_people_of_the_demonstration_lapse_never(enterprise_lead):
    User.objects.filter(pk=enterprise_lead.pk).update(is_sample=True)
    assert not age(enterprise_lead, 4000).has_lapsed
    assert fresh(enterprise_lead).can("need.edit")
    assert not due().exists()


def test_what_has_lapsed_is_told_nothing_and_opens_nothing(login, enterprise, enterprise_lead):
    match = MatchFactory(need=make_need(enterprise, enterprise_lead))
    assert enterprise_lead in people.enterprise_people(match)
    session = login(enterprise_lead)
    assert session.get(reverse("needs:need_mine")).status_code == 200
    age(enterprise_lead, 400)
    assert people.enterprise_people(match) == []
    assert session.get(reverse("needs:need_mine")).status_code == 403
    page = session.get(reverse("accounts:profile")).content.decode()
    assert "lapsed" in page or "失效" in page


def test_a_manager_confirms_the_others_and_not_himself(
    login, enterprise, enterprise_lead, editor, other_enterprise_lead
):
    for person in (enterprise_lead, editor):
        age(person, 350)
    own, others = Membership.objects.get(user=enterprise_lead), Membership.objects.get(user=editor)
    assert list(due_for(enterprise_lead)) == [others]
    assert not due_for(other_enterprise_lead).exists()
    for by, held in ((enterprise_lead, own), (other_enterprise_lead, others), (editor, own), (editor, others)):
        with pytest.raises(NotAllowed):
            confirm_roles(by=by, memberships=[held])

    answer = login(enterprise_lead).post(reverse(PAGE), {"pk": [others.pk, own.pk, "x", "９"]}, follow=True)

    assert answer.status_code == 200
    others.refresh_from_db()
    own.refresh_from_db()
    assert timezone.now() - others.confirmed_at < DAY < timezone.now() - own.confirmed_at
    entry = Entry.objects.get(verb="membership.confirmed")
    assert (entry.actor_id, entry.detail) == (enterprise_lead.pk, {"role": Role.ENTERPRISE_EDITOR})


def test_a_lone_manager_is_confirmed_by_who_let_the_organisation_in(
    enterprise, enterprise_lead, editor, park_admin, regional_officer_edu, secretary
):
    lead, second = age(enterprise_lead, 400), age(editor, 400)
    confirmers = confirmers_of(lead)
    assert confirmers
    assert set(confirmers) <= {park_admin, secretary}
    for person in confirmers:
        assert lead in due_for(person)
        assert second not in due_for(person)
    confirm_roles(by=confirmers[0], memberships=[lead])
    assert fresh(enterprise_lead).can("need.edit")
    assert list(due_for(fresh(enterprise_lead))) == [second]


@pytest.mark.parametrize(
    "who", ["secretary", Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, "regional_officer_miit", "park_admin", "broker"]
)
def test_rows_and_rule_agree(
    request, who, make_administrator, enterprise_lead, editor, university_officer, national_officer, support_officer
):
    user = make_administrator(who) if isinstance(who, Role) else request.getfixturevalue(who)
    Membership.objects.update(confirmed_at=timezone.now() - 350 * DAY)
    rows = set(due_for(user))
    every = Membership.objects.select_related("organisation__park", "organisation__region", "user")
    assert rows == {held for held in every if rules.can_confirm(user, held)}


def test_a_role_that_ended_meanwhile_is_left(enterprise_lead, editor):
    held = age(editor, 350)
    Membership.objects.filter(pk=held.pk).update(ended_at=timezone.now())
    assert confirm_roles(by=enterprise_lead, memberships=[held]) == 0
    assert not Entry.objects.filter(verb="membership.confirmed").exists()


def test_they_are_asked_once_a_month_and_a_lapsed_holder_is_told_once(enterprise, enterprise_lead, editor):
    age(editor, 350)
    for _twice in range(2):
        ask_to_confirm(organisation=enterprise)
    assert Notification.objects.get().recipient == enterprise_lead
    age(editor, 396)
    for _twice in range(2):
        ask_to_confirm(organisation=enterprise)
    assert Notification.objects.get(kind="role_lapsed").recipient == editor


@pytest.mark.django_db(transaction=True)
def test_the_job_may_die_anywhere(restore_reference_data, enterprise, enterprise_lead, editor, university_officer,
                                  secretary, monkeypatch):  # fmt: skip
    monkeypatch.setattr(jobs, "CHUNK", 1)
    Membership.objects.update(confirmed_at=timezone.now() - 350 * DAY)

    def digest():
        return sorted(Notification.objects.values_list("recipient", "kind", "params__organisation"))

    assert_repeatable(
        "ask_to_confirm_roles", lambda: enqueue(kind="ask_to_confirm_roles", args={}), digest, monkeypatch
    )
    assert len(digest()) > 1


def test_the_console_confirms_whom_nobody_else_could(secretary, capsys):
    age(secretary, 400)
    call_command("confirm_roles", secretary.username)
    assert fresh(secretary).can("match.review")
    with pytest.raises(CommandError):
        call_command("confirm_roles", "nobody")


def test_the_page(login, enterprise_lead, editor, stranger):
    assert "30" in login(enterprise_lead).get(reverse(PAGE)).content.decode()
    held = age(editor, 400)
    page = login(enterprise_lead).get(reverse(PAGE)).content.decode()
    assert f'value="{held.pk}"' in page
    assert login(enterprise_lead).post(reverse(PAGE)).status_code == 302
    assert login(stranger).get(reverse(PAGE)).status_code == 403
