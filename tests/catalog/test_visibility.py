"""Who sees which achievement in which state: one table, checked cell by cell, and what of it is protected."""

import pytest
from django.urls import reverse

from catalog import rules
from catalog.enums import IN_POOL
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.services import Incomplete, missing_fields, submit_achievement
from matchmaking.accounts.models import OrganisationAlias
from matchmaking.intake.models import Decision
from matchmaking.intake.services.review import record_step
from tests.factories.accounts import OrganisationFactory
from tests.factories.catalog import AchievementFactory, CompleterFactory, complete

pytestmark = pytest.mark.django_db

OUTSIDERS = ("stranger", "enterprise_lead", "park_admin", "national_officer", "broker", "other_university_officer",
             "expert_user", "other_regional_officer_edu", "regional_officer_miit")  # fmt: skip
REVIEWERS = ("regional_officer_edu", "regional_officer_sti", "secretary")
HOME = ("university_officer", "researcher")
HANDED_IN = (S.SUBMITTED, S.RETURNED, S.REJECTED, S.SUSPENDED, S.ARCHIVED)


def sees(user, record):
    return Achievement.objects.visible_to(user).filter(pk=record.pk).exists()


@pytest.fixture
def readers(request):
    """Everybody with an account, made before anything is read."""
    return {who: request.getfixturevalue(who) for who in (*OUTSIDERS, *REVIEWERS, *HOME)}


def test_table_of_personas_and_states(readers, university, researcher):
    records = [AchievementFactory(state=state, body__owner=university, body__created_by=researcher)
               for state in S.values]  # fmt: skip
    for who, user in readers.items():
        for record in records:
            expected = record.state in IN_POOL
            if who in REVIEWERS:
                expected = expected or record.state in HANDED_IN
            if who in HOME:
                expected = True

            assert sees(user, record) is expected, (who, record.state)


def test_the_public_sees_the_pool_only(university):
    from django.contrib.auth.models import AnonymousUser

    for state in S.values:
        record = AchievementFactory(state=state, body__owner=university)
        assert sees(AnonymousUser(), record) is (state in IN_POOL), state


@pytest.mark.parametrize(
    ("visibility", "anonymous", "member"),
    [("public", True, True), ("members", False, True), ("hidden_owner", False, True), ("invited", False, False)],
)
def test_visibility_in_the_pool(visibility, anonymous, member, request, university):
    from django.contrib.auth.models import AnonymousUser

    record = AchievementFactory(state=S.ACCEPTED, visibility=visibility, body__owner=university)

    assert sees(AnonymousUser(), record) is anonymous
    assert sees(request.getfixturevalue("stranger"), record) is anonymous
    assert sees(request.getfixturevalue("enterprise_lead"), record) is member
    assert sees(request.getfixturevalue("university_officer"), record)


def test_a_completer_with_an_account_sees_his_record(university, expert_user, researcher):
    record = AchievementFactory(body__owner=university, body__created_by=researcher)
    assert not sees(expert_user, record)
    CompleterFactory(achievement=record, user=expert_user)
    assert sees(expert_user, record)


def test_a_withdrawn_record_is_known_to_officers_only_if_it_was_handed_in(university, researcher, regional_officer_edu):
    record = AchievementFactory(state=S.WITHDRAWN, body__owner=university, body__created_by=researcher)
    assert not sees(regional_officer_edu, record)

    record_step(
        by=researcher, record=record, kind="achievement", step="unit", decision=Decision.PASS, organisation=university
    )
    assert sees(regional_officer_edu, record)


def test_a_separately_planned_city_is_not_its_provinces(other_regional_officer_edu, university, researcher):
    from tests.factories.accounts import region

    province = AchievementFactory(state=S.SUBMITTED, region=region("37"), body__owner=university)
    qingdao = AchievementFactory(state=S.SUBMITTED, region=region("3702"), body__owner=university)

    queue = Achievement.objects.reviewable_by(other_regional_officer_edu)

    assert list(queue) == [province]
    assert rules.reviewing_organisation(other_regional_officer_edu, province) is not None
    assert rules.reviewing_organisation(other_regional_officer_edu, qingdao) is None


@pytest.mark.parametrize(
    ("who", "expected"),
    [("regional_officer_edu", True), ("regional_officer_sti", True), ("secretary", True),
     ("regional_officer_miit", False), ("other_regional_officer_edu", False), ("national_officer", False),
     ("university_officer", False), ("stranger", False)],
)  # fmt: skip
def test_the_queue_and_the_rule_agree(who, expected, request, university):
    user = request.getfixturevalue(who)
    record = AchievementFactory(state=S.SUBMITTED, body__owner=university)

    assert Achievement.objects.reviewable_by(user).filter(pk=record.pk).exists() is expected
    assert rules.can_review_achievement(user, record) is expected


def test_protected_fields(readers, university, researcher):
    for state in (S.DRAFT, S.UNIT_REVIEW, S.SUBMITTED, S.ACCEPTED):
        record = AchievementFactory(state=state, body__owner=university, body__created_by=researcher)
        for who, user in readers.items():
            expected = who in HOME or (who in REVIEWERS and state in (S.SUBMITTED, S.ACCEPTED))

            assert rules.can_see_protected(user, record) is expected, (who, state)


def test_a_hidden_owner_is_shown_to_the_own_side_and_officers_only(university, researcher, stranger, secretary):
    record = AchievementFactory(
        state=S.ACCEPTED, visibility="hidden_owner", body__owner=university, body__created_by=researcher
    )
    assert rules.can_see_owner(researcher, record)
    assert rules.can_see_owner(secretary, record)
    assert not rules.can_see_owner(stranger, record)


@pytest.mark.parametrize(
    ("field", "text"),
    [("title", "测试大学甲的检测技术"), ("summary", "由（测试大学·甲）研制。" * 20), ("problem_solved", "测大甲自用"),
     ("key_points", "test university a"), ("application_text", "测试大学甲"), ("needs_from_partner", "测试大学甲"),
     ("benefit", "测试大学甲"), ("keywords", ["测试大学甲", "检测", "合金"]), ("indicators", "测试大学甲")],
)  # fmt: skip
def test_a_hidden_owner_must_not_name_itself_when_handing_in(field, text, university, researcher):
    university.name_en = "Test University A"
    university.save()
    OrganisationAlias.of(university, "测大甲").save()
    words = {} if field == "indicators" else {field: text}
    record = complete(AchievementFactory(body__owner=university, body__created_by=researcher, **words))
    if field == "indicators":
        record.indicators.update(condition=text)

    assert missing_fields(record) == {}  # everybody may know the owner of a public record
    record.visibility = "hidden_owner"
    with pytest.raises(Incomplete) as refusal:
        submit_achievement(by=researcher, achievement=record)
    assert list(refusal.value.fields) == [field]


def test_the_names_of_hidden_owners_cost_the_queue_of_a_unit_no_queries(
    university, university_officer, login, django_assert_max_num_queries
):
    def asked(more):
        for _place in range(more):
            complete(AchievementFactory(state=S.UNIT_REVIEW, visibility="hidden_owner", body__owner=university))
        client.get(reverse("catalog:achievement_unit_review"))
        with django_assert_max_num_queries(60) as queries:
            client.get(reverse("catalog:achievement_unit_review"))
        return len(queries)

    client = login(university_officer)
    assert asked(1) == asked(4)


@pytest.mark.parametrize("name", ["江苏大学", "江苏省农业科学院", "江苏理工学院"])
def test_what_every_university_is_called_names_none(name, researcher):
    owner = OrganisationFactory(name=name, kind="university")
    record = AchievementFactory(body__owner=owner, visibility="hidden_owner", benefit="多所大学、农业科学院、理工学院")
    assert missing_fields(complete(record)) == {}


def test_an_ended_membership_sees_nothing_of_the_former_employer(university, researcher):
    from django.utils import timezone

    from matchmaking.accounts.models import User

    record = AchievementFactory(body__owner=university, body__created_by=researcher)
    researcher.memberships.update(ended_at=timezone.now())
    former = User.objects.get(pk=researcher.pk)

    assert not rules.can_edit(former, record)
    assert not rules.can_see_protected(former, record)


def test_who_may_see_matches(
    university, researcher, regional_officer_miit, enterprise_lead, other_regional_officer_edu
):
    record = AchievementFactory(state=S.ACCEPTED, body__owner=university, body__created_by=researcher)
    assert rules.can_see_matches(researcher, record)
    assert rules.can_see_matches(regional_officer_miit, record)
    assert not rules.can_see_matches(enterprise_lead, record)
    assert not rules.can_see_matches(other_regional_officer_edu, record)
