"""The ladder of a confidential pair: every step, closed, open and taken back, for every reader on every surface."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from matchmaking.common.formats import yuan
from matchmaking.matching import disclosing
from matchmaking.matching.enums import LADDER, Side, Step
from matchmaking.matching.models import Disclosure, Match, NdaAcceptance
from matchmaking.matching.ndas import nda_text
from matchmaking.matching.selectors import with_records
from matchmaking.matching.services.disclosing import (
    AgreementMissing,
    accept_nda,
    open_step,
    revoke_step,
    withdraw_nda,
)
from matchmaking.matching.services.review import release_match
from tests.factories.catalog import AchievementFactory, IndicatorFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import INDICATOR, make_need

pytestmark = pytest.mark.django_db

READERS = [
    "enterprise_lead", "researcher", "university_officer", "regional_officer_miit", "national_officer", "broker",
    "other_enterprise_lead", "other_university_officer", "stranger", None,
]  # fmt: skip
OF_NEED = {
    Step.PROBLEM: ["晦朔叶轮", "黼黻工段", "琥珀目标", "峥嵘基础"],
    Step.INDICATORS: ["缱绻率", "98765"],
    Step.IDENTITY: ["测试企业甲"],
    Step.DATA: ["菁华伙伴"],
}
OF_TARGET = {
    Step.PROBLEM: ["葳蕤探伤", "菡萏摘要", "茕茕要点"],
    Step.INDICATORS: ["氤氲率", "98770"],
    Step.IDENTITY: ["测试大学甲"],
    Step.DATA: ["踟蹰证明"],
}
REASONS = [
    {"signal": "text", "contribution": 0.6, "params": {"share": 0.6, "terms": [["饕餮掺杂", 0.4]], "rest": 0.2},
     "need_quotes": [{"field": "problem", "text": "黼黻工段漏检。"}],
     "offer_quotes": [{"field": "summary", "text": "菡萏摘要。"}]},
]  # fmt: skip


@pytest.fixture
def secret(enterprise, enterprise_lead):
    indicator = INDICATOR | {"name": "缱绻率", "value": "98765", "now": ""}
    return make_need(
        enterprise, enterprise_lead, visibility="invited", title="晦朔叶轮检测", problem="黼黻工段漏检。",
        goal="琥珀目标。", basis="峥嵘基础。", wished_partners="菁华伙伴", indicators=[indicator],
    )  # fmt: skip


@pytest.fixture
def offered(university, researcher):
    one = AchievementFactory(
        state="accepted", visibility="invited", title="葳蕤探伤技术", summary="菡萏摘要。", key_points="茕茕要点。",
        body__owner=university, body__created_by=researcher, body__trl_evidence="踟蹰证明",
    )  # fmt: skip
    IndicatorFactory(achievement=one, name="氤氲率", value="98770")
    return one


@pytest.fixture
def released(secret, achievement, regional_officer_miit):
    """A confidential need and an achievement in the pool of a unit that is not invited."""
    match = MatchFactory(need=secret, achievement=achievement, reasons=REASONS)
    return release_match(by=regional_officer_miit, match=match, though_closed=True)


@pytest.fixture
def climb(enterprise_lead, researcher):
    """`climb(match, side, steps)` opens so many steps of a side, both having signed."""

    def to(match, side, steps):
        text = nda_text()
        for person in (enterprise_lead, researcher):
            accept_nda(by=person, match=match, version=text.version, digest=text.digest)
        for step in LADDER[:steps]:
            open_step(by=enterprise_lead if side == Side.ENTERPRISE else researcher, match=match, step=step)

    return to


def surfaces(match):
    """Every page, fragment, export and API answer on which the pair or one of its records may stand."""
    need, target = match.need, match.target
    kind = "achievement" if match.achievement_id else "expert"
    pages = [match.get_absolute_url(), reverse("matching:match_outlook", args=[match.uuid]),
             reverse("matching:match_dispute", args=[match.uuid, "text"]),
             reverse("matching:need_matches", args=[need.uuid]), reverse("matching:need_progress", args=[need.uuid]),
             reverse(f"matching:{kind}_matches", args=[target.uuid]), reverse("matching:sealed_needs"),
             reverse("matching:fitting_needs"), reverse("matching:need_disclosures", args=[need.uuid]),
             reverse(f"matching:{kind}_disclosures", args=[target.uuid]), need.get_absolute_url(),
             target.get_absolute_url(), reverse("needs:need_export"), reverse("catalog:achievement_export"),
             f"/api/needs/{need.uuid}/", "/api/needs/", f"/api/{kind}s/{target.uuid}/",
             "/search/?q=检测", reverse("notifications:list")]  # fmt: skip
    pages += [f"{reverse('matching:match_list')}?side={side}&show=all" for side in Side]
    pages += [reverse("matching:match_step", args=[match.uuid, step]) for step in LADDER]
    return pages


def told(client, match):
    """All that a reader is told of the pair, from everywhere."""
    said = []
    for page in surfaces(match):
        response = client.get(page)
        if response.status_code != 200:
            continue
        if "spreadsheet" in response.get("Content-Type", ""):
            sheets = load_workbook(BytesIO(b"".join(response))).worksheets
            said.append("\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row))
        else:
            text = response.content if not response.streaming else b"".join(response)
            said.append(text.decode())
    return "\n".join(said)


def words(of, steps):
    return [word for step in steps for word in of[step]]


def assert_reads(client, match, of, steps, who):
    said = told(client, match)
    closed = [step for step in LADDER if step not in steps]
    assert [word for word in words(of, closed) if word in said] == [], who
    page = client.get(match.get_absolute_url()).content.decode() if steps else ""
    assert [word for word in words(of, steps) if word not in page] == [], who


def test_the_other_side_reads_each_step_from_its_opening_to_its_revocation(
    released, climb, login, researcher, enterprise_lead
):
    client = login(researcher)
    assert_reads(client, released, OF_NEED, [], "before")
    climb(released, Side.ENTERPRISE, 0)
    for number, step in enumerate(LADDER, start=1):
        open_step(by=enterprise_lead, match=released, step=step)
        assert_reads(client, released, OF_NEED, LADDER[:number], step)
    for number, step in reversed(list(enumerate(LADDER))):
        revoke_step(by=enterprise_lead, match=released, step=step)
        assert_reads(client, released, OF_NEED, LADDER[:number], step)


@pytest.mark.parametrize("steps", range(5))
def test_nobody_else_reads_anything_through_the_ladder(released, climb, login, request, steps, settings):
    """The officer reads what the pool shows him; whoever is neither side nor officer nothing at all."""
    climb(released, Side.ENTERPRISE, steps)
    own = {"enterprise_lead": LADDER, "researcher": LADDER[:steps], "university_officer": LADDER[:steps],
           "regional_officer_miit": LADDER[:3]}  # fmt: skip
    for who in READERS:
        client = login(request.getfixturevalue(who) if who else None)
        said = told(client, released)
        closed = [step for step in LADDER if step not in own.get(who, ())]
        if who == "regional_officer_miit":
            closed = [Step.DATA] if Step.DATA in closed else []
            said = client.get(released.get_absolute_url()).content.decode()  # the file of the need is his to read
        assert [word for word in words(OF_NEED, closed) if word in said] == [], (who, steps)


def test_an_explanation_opens_with_the_text_it_quotes(released, climb, login, researcher, enterprise_lead):
    client, quoted = login(researcher), "饕餮掺杂"
    climb(released, Side.ENTERPRISE, 1)
    assert quoted not in told(client, released)
    open_step(by=enterprise_lead, match=released, step=Step.INDICATORS)
    assert quoted in client.get(released.get_absolute_url()).content.decode()
    revoke_step(by=enterprise_lead, match=released, step=Step.INDICATORS)
    assert quoted not in told(client, released)


@pytest.mark.parametrize("steps", range(5))
def test_a_confidential_achievement_opens_to_the_enterprise_in_the_same_way(
    enterprise, enterprise_lead, offered, regional_officer_miit, climb, login, request, steps
):
    need = make_need(enterprise, enterprise_lead, title="齑粉筛分")
    match = MatchFactory(need=need, achievement=offered, reasons=REASONS)
    match = release_match(by=regional_officer_miit, match=match, though_closed=True)
    climb(match, Side.PROVIDER, steps)
    assert_reads(login(enterprise_lead), match, OF_TARGET, LADDER[:steps], "enterprise")
    page = login(enterprise_lead).get(match.get_absolute_url()).content.decode()
    assert ("饕餮掺杂" in page) == (steps >= 2)  # what an explanation says comes from both texts, whole
    for who in ("national_officer", "broker", "other_enterprise_lead", "other_university_officer", "stranger"):
        assert_reads(login(request.getfixturevalue(who)), match, OF_TARGET, [], who)


def test_an_expert_is_named_by_the_third_step_only(
    enterprise, enterprise_lead, university, university_officer, regional_officer_miit, login
):
    expert = make_expert(university, university_officer, name="闻人测", visibility="invited", directions="缥缈方向")
    match = MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=None, expert=expert)
    match = release_match(by=regional_officer_miit, match=match, though_closed=True)
    text, client = nda_text(), login(enterprise_lead)
    for person in (enterprise_lead, university_officer):
        accept_nda(by=person, match=match, version=text.version, digest=text.digest)
    for number, step in enumerate(LADDER[:3], start=1):
        open_step(by=university_officer, match=match, step=step)
        page = client.get(match.get_absolute_url()).content.decode()
        assert ("缥缈方向" in page, "闻人测" in page) == (True, number == 3)


def test_a_hidden_owner_is_named_where_he_opens_it(
    enterprise, enterprise_lead, achievement, researcher, regional_officer_miit, login, broker, climb
):
    """To the other side alone: not to whoever has proposed the pair. The officer knows him from the file he checks."""
    match = MatchFactory(
        need=make_need(enterprise, enterprise_lead, visibility="hidden_owner"), achievement=achievement,
        origin="human", proposed_by=broker,
    )  # fmt: skip
    match = release_match(by=regional_officer_miit, match=match)
    client = login(researcher)
    assert "测试企业甲" not in told(client, match)
    with pytest.raises(AgreementMissing):
        open_step(by=enterprise_lead, match=match, step=Step.IDENTITY)
    climb(match, Side.ENTERPRISE, 0)
    open_step(by=enterprise_lead, match=match, step=Step.IDENTITY)
    assert "测试企业甲" in client.get(match.get_absolute_url()).content.decode()
    page = login(broker).get(match.get_absolute_url())
    assert (page.status_code, "测试企业甲" in page.content.decode()) == (200, False)
    revoke_step(by=enterprise_lead, match=match, step=Step.IDENTITY)
    assert "测试企业甲" not in told(client, match)


def test_the_data_of_a_pair_that_all_may_read_wait_for_both_signatures(
    enterprise, enterprise_lead, achievement, researcher, regional_officer_miit, login, climb
):
    """Nobody is hidden from the other one here; what the pool does not show is under the agreement all the same."""
    need = make_need(enterprise, enterprise_lead, wished_partners="菁华伙伴", budget_fen=123_456_700)
    exact = yuan(need.body.budget_fen)
    match = release_match(by=regional_officer_miit, match=MatchFactory(need=need, achievement=achievement))
    client = login(researcher)
    with pytest.raises(AgreementMissing):
        open_step(by=enterprise_lead, match=match, step=Step.DATA)
    Disclosure.objects.create(match=match, side="enterprise", step=Step.DATA, opened_by=enterprise_lead)
    assert exact not in client.get(match.get_absolute_url()).content.decode()
    climb(match, Side.ENTERPRISE, 0)
    assert exact in client.get(match.get_absolute_url()).content.decode()
    withdraw_nda(by=enterprise_lead, match=match)
    assert exact not in client.get(match.get_absolute_url()).content.decode()


@pytest.mark.parametrize("side", ["enterprise_lead", "researcher"])
def test_a_withdrawn_agreement_closes_what_stood_on_it(released, climb, login, researcher, side, request):
    climb(released, Side.ENTERPRISE, 4)
    withdraw_nda(by=request.getfixturevalue(side), match=released)
    assert_reads(login(researcher), released, OF_NEED, LADDER[:2], "withdrawn")


@pytest.mark.parametrize("state", ["declined", "no_answer", "failed", "closed_by_source", "proposed"])
def test_nothing_stays_open_once_the_match_is_over(released, climb, login, researcher, state):
    climb(released, Side.ENTERPRISE, 4)
    way = {"failed": ("contact_opened", "failed"), "proposed": ("declined", "proposed")}.get(state, (state,))
    for step in way:
        Match.objects.filter(pk=released.pk).update(state=step, contact_opened_at=released.released_at)
    assert_reads(login(researcher), released, OF_NEED, [], state)


def test_a_new_round_begins_with_closed_texts(released, climb, login, researcher, enterprise_lead,
                                              regional_officer_miit):  # fmt: skip
    climb(released, Side.ENTERPRISE, 2)
    Match.objects.filter(pk=released.pk).update(state="declined")
    Match.objects.filter(pk=released.pk).update(state="proposed")
    match = release_match(by=regional_officer_miit, match=Match.objects.get(pk=released.pk), though_closed=True)
    assert_reads(login(researcher), match, OF_NEED, [], "released anew")
    open_step(by=enterprise_lead, match=match, step=Step.PROBLEM)
    assert_reads(login(researcher), match, OF_NEED, LADDER[:1], "opened anew")


def test_a_row_out_of_order_opens_nothing(released, login, researcher, enterprise_lead):
    """Whatever wrote it: steps count only in their order, and the last two only under the agreement of both."""
    Disclosure.objects.create(match=released, side="enterprise", step=Step.INDICATORS, opened_by=enterprise_lead)
    assert_reads(login(researcher), released, OF_NEED, [], "a step was left out")
    Disclosure.objects.create(match=released, side="enterprise", step=Step.PROBLEM, opened_by=enterprise_lead)
    Disclosure.objects.create(match=released, side="enterprise", step=Step.IDENTITY, opened_by=enterprise_lead)
    assert_reads(login(researcher), released, OF_NEED, LADDER[:2], "no agreement")
    text = nda_text()
    NdaAcceptance.objects.create(match=released, side="enterprise", by=enterprise_lead, text_version=text.version,
                                 text_hash=text.digest)  # fmt: skip
    assert_reads(login(researcher), released, OF_NEED, LADDER[:2], "one signature")


def test_a_step_of_one_match_opens_nothing_in_another(
    released, secret, other_university, other_university_officer, enterprise_lead, regional_officer_miit, login
):
    theirs = AchievementFactory(state="accepted", body__owner=other_university,
                                body__created_by=other_university_officer)  # fmt: skip
    other = release_match(by=regional_officer_miit, match=MatchFactory(need=secret, achievement=theirs),
                          though_closed=True)  # fmt: skip
    open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    assert_reads(login(other_university_officer), other, OF_NEED, [], "another match")


def test_the_ladder_of_many_pairs_costs_as_many_queries_as_of_one(
    enterprise, enterprise_lead, regional_officer_miit, researcher, university, django_assert_num_queries
):
    matches = []
    for number in range(3):
        need = make_need(enterprise, enterprise_lead, visibility="invited", title=f"密题{number}")
        achievement = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
        match = MatchFactory(need=need, achievement=achievement)
        matches.append(release_match(by=regional_officer_miit, match=match, though_closed=True))
        open_step(by=enterprise_lead, match=match, step=Step.PROBLEM)
    rows = list(with_records(Match.objects.filter(pk__in=[one.pk for one in matches])))
    assert researcher.active_memberships
    for many in (1, 3):
        with django_assert_num_queries(5):
            assert len(disclosing.opened(rows[:many], researcher)) == many
