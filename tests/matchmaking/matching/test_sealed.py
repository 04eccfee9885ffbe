"""Sealed matching: a confidential need is ranked like any other, and neither side is told who the other one is."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from matchmaking.accounts.enums import OrganisationKind
from matchmaking.matching import sealed
from matchmaking.matching.enums import MatchState, Origin
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.sealed import code_of, find_sealed, rough, sealed_counts, sealed_pairs, sealed_rows, strength
from matchmaking.matching.services.review import AlreadyMatched, NotInPool, release_match
from matchmaking.matching.services.sealed import say_interested
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import label, region_label
from needs.models import NeedInvitation, TechNeed
from tests.factories.accounts import OrganisationFactory
from tests.factories.catalog import AchievementFactory
from tests.factories.needs import make_need
from tests.matchmaking.matching.test_fitting import candidate, run  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
URL = reverse("matching:sealed_needs")
WORDS = ["晦朔叶轮", "黼黻工段", "测试企业甲", "菁华伙伴"]


@pytest.fixture
def secret(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead, visibility="invited", title="晦朔叶轮检测", problem="黼黻工段漏检。",
                     wished_partners="菁华伙伴")  # fmt: skip


@pytest.fixture
def fit(run, candidate, secret, achievement):  # noqa: F811
    return candidate(run(), secret, achievement, 0.68)


def test_the_university_reads_field_and_strength_and_no_word(fit, secret, researcher, login):
    [row] = sealed_rows(sealed_pairs(researcher), researcher)
    assert row.field == label("HNTE8", secret.tech_field)
    page = login(researcher).get(URL).content.decode()
    assert row.field in page
    assert str(row.strength) in page
    closed = [*WORDS, secret.public_no, str(secret.uuid), label("GB4754", secret.industry), "68.0"]
    closed += [region_label(secret.region.path[0]), label("PRICE_BAND", secret.budget_band)]
    assert [word for word in closed if word in page.split("<main")[-1]] == []


@pytest.mark.parametrize("who", ["enterprise_lead", "regional_officer_miit", "national_officer", "broker", "stranger",
                                 "park_admin", "other_enterprise_lead"])  # fmt: skip
def test_nobody_but_the_answering_side_has_the_page(fit, who, request, login):
    assert login(request.getfixturevalue(who)).get(URL).status_code == 403


def test_others_are_told_nothing_of_the_pair(fit, other_university_officer, university_officer, expert_user):
    assert len(sealed_pairs(university_officer)) == 1
    assert not sealed_pairs(other_university_officer)
    assert not sealed_pairs(expert_user)


@pytest.mark.parametrize("visibility", ["public", "members", "hidden_owner"])
def test_a_need_that_is_shown_is_not_sealed(run, candidate, enterprise, enterprise_lead, achievement, researcher,  # noqa: F811
                                            visibility):  # fmt: skip
    candidate(run(), make_need(enterprise, enterprise_lead, visibility=visibility), achievement)
    assert not sealed_pairs(researcher)


def test_the_invited_unit_reads_the_need_itself(fit, secret, university, researcher):
    NeedInvitation.objects.create(need=secret, organisation=university)
    assert not sealed_pairs(researcher)


def test_what_lies_below_the_line_or_has_left_its_pool_is_not_told(fit, secret, researcher):
    type(fit).objects.update(above_floor=False)
    assert not sealed_pairs(researcher)
    type(fit).objects.update(above_floor=True)
    TechNeed.objects.filter(pk=secret.pk).update(state="withdrawn")
    assert not sealed_pairs(researcher)


def test_an_expert_is_told_of_no_confidential_need(run, candidate, secret, university, university_officer,  # noqa: F811
                                                   expert_user):  # fmt: skip
    from tests.factories.experts import make_expert  # used here only

    candidate(run(), secret, make_expert(university, university_officer, user=expert_user))
    assert not sealed_pairs(expert_user)
    assert not sealed_pairs(university_officer)


def test_the_code_of_a_pair_names_no_need(secret, achievement, university, researcher):
    other = AchievementFactory(state="accepted", body__owner=university)
    assert code_of(secret, achievement) == code_of(secret, achievement)
    assert code_of(secret, achievement) != code_of(secret, other)


@pytest.mark.parametrize(
    ("score", "band"), [(0.55, 0), (0.649, 0), (0.66, 1), (0.749, 1), (0.76, 2), (0.99, 2), (0.5, 0)]
)
def test_strength_is_told_in_three_bands(score, band):
    assert strength(score, 0.55) == band


# --- Interested in principle ------------------------------------------------------------------------------------------


@pytest.fixture
def code(fit, secret, achievement):
    return code_of(secret, achievement)


def test_interest_becomes_a_match_that_waits_for_the_officer_and_shows_nothing(
    code, secret, researcher, login, enterprise_lead
):
    client = login(researcher)
    client.post(reverse("matching:sealed_interested", args=[code]))
    match = Match.objects.get()
    assert (match.state, match.origin, match.proposed_by) == (MatchState.PROPOSED, Origin.SEALED, researcher)
    assert not Match.objects.visible_to(researcher).exists()
    assert not Match.objects.visible_to(enterprise_lead).exists()
    assert client.get(match.get_absolute_url()).status_code == 404
    page = client.get(URL).content.decode()
    assert "heart-handshake" not in page.split("<main")[-1] or str(code) not in page
    assert [word for word in WORDS if word in page] == []


def test_whoever_may_propose_sees_no_more_of_it(code, university_officer):
    say_interested(by=university_officer, code=code)
    assert university_officer.can("match.propose")
    assert not Match.objects.visible_to(university_officer).exists()


def test_interest_is_no_yes(code, researcher, regional_officer_miit):
    match = say_interested(by=researcher, code=code)
    release_match(by=regional_officer_miit, match=match, though_closed=True)
    assert set(MatchSide.objects.filter(match=match).values_list("answer", flat=True)) == {""}


def test_it_is_said_once(code, researcher, university_officer):
    say_interested(by=researcher, code=code)
    with pytest.raises(AlreadyMatched):
        say_interested(by=university_officer, code=code)


def test_a_code_of_somebody_else_names_nothing(code, other_university_officer, login):
    assert find_sealed(other_university_officer, code) is None
    with pytest.raises(NotInPool):
        say_interested(by=other_university_officer, code=code)
    client = login(other_university_officer)
    assert client.post(reverse("matching:sealed_interested", args=[code])).status_code == 404
    assert not Match.objects.exists()


def test_what_was_decided_is_told_no_more(code, researcher):
    match = say_interested(by=researcher, code=code)
    Match.objects.filter(pk=match.pk).update(state="dropped", drop_reason="other")
    assert not sealed_pairs(researcher)


def test_a_match_by_interest_names_who_wished_it(secret, achievement):
    with pytest.raises(IntegrityError), transaction.atomic():
        Match.objects.create(need=secret, achievement=achievement, origin="sealed", need_text_version=1,
                             target_text_version=1)  # fmt: skip


# --- What the enterprise reads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "told"), [(0, "none yet"), (1, "fewer than 5"), (4, "fewer than 5"),
                                              (5, "5 to 9"), (9, "5 to 9"), (10, "10 to 19"),
                                              (20, "20 or more"), (99, "20 or more")])  # fmt: skip
def test_numbers_are_rough(number, told):
    assert str(rough(number)) == str(sealed._(told))


def fill(run, candidate, secret, university, places):  # noqa: F811
    one = run()
    houses = [university, *(OrganisationFactory(kind=OrganisationKind.UNIVERSITY) for _house in range(2))]
    for place, number in places.items():
        for which in range(number):
            offered = AchievementFactory(state="accepted", visibility="invited", body__owner=houses[which % 3],
                                         region=Region.objects.get(code=place))  # fmt: skip
            candidate(one, secret, offered, 0.6)


def test_few_are_not_told_apart_by_place_or_strength(run, candidate, secret, university):  # noqa: F811
    fill(run, candidate, secret, university, {"32": 1, "37": 3})
    counts = sealed_counts(secret)
    assert (str(counts.number), counts.strengths, counts.regions, counts.elsewhere) == (
        str(rough(4)), [], [], False)  # fmt: skip


def test_places_with_enough_are_named_and_the_others_together(run, candidate, secret, university):  # noqa: F811
    fill(run, candidate, secret, university, {"32": 5, "37": 2})
    counts = sealed_counts(secret)
    assert [(name, str(number)) for name, number in counts.regions] == [(region_label("32"), str(rough(5)))]
    assert counts.elsewhere


def test_the_enterprise_reads_the_counts_on_its_need_and_nobody_else_does(
    run, candidate, secret, university, achievement, researcher, login, enterprise_lead, regional_officer_miit,  # noqa: F811
):  # fmt: skip
    candidate(run(), secret, achievement, 0.68)
    say_interested(by=researcher, code=code_of(secret, achievement))
    address = reverse("matching:need_matches", args=[secret.uuid])
    response = login(enterprise_lead).get(address)
    assert response.context["sealed"].wished
    page = response.content.decode()
    assert [word for word in (achievement.title, achievement.public_no, "测试大学甲") if word in page] == []
    assert "sealed" not in login(regional_officer_miit).get(address).context
    assert login(researcher).get(address).status_code == 404
