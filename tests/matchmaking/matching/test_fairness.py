"""The fairness page, the rows behind its figures, the two lists of a need: figures that add up, nothing shown that is
not for the reader."""

import re
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from matchmaking.matching.enums import MatchState, RunScope
from matchmaking.matching.fairness import LIST_LABELS, LIST_NAMES, Seen, congestion, coverage, satisfaction
from matchmaking.matching.models import AssignmentPlan, Candidate, Exposure, Match, MatchRun
from matchmaking.matching.services import assigning
from matchmaking.matching.services.assigning import forget
from matchmaking.matching.verdict import verdict
from matchmaking.vocabularies.selectors import warm
from needs.models import TechNeed
from tests.factories.catalog import AchievementFactory, CompletingUnitFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


def assign(run):
    """Assign a run that has read everything of its scope."""
    write_down(run)
    return assigning.assign(run)


@pytest.fixture
def officer(regional_officer_miit):
    return regional_officer_miit


@pytest.fixture(autouse=True)
def narrow(settings):
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 1}
    settings.LEAST_LOAD = {"achievement": 0, "expert": 0}
    settings.MOST_LOAD = {"achievement": 1, "expert": 1}


@pytest.fixture
def offers(university, researcher):
    return [AchievementFactory(state="accepted", title=f"检测成果{number}", body__owner=university,
                               body__created_by=researcher) for number in range(3)]  # fmt: skip


@pytest.fixture
def assigned_run(enterprise, enterprise_lead, offers, university, university_officer):
    """Three needs want the first achievement: one gets it, one the second, one nobody; one expert for the first."""
    run = MatchRun.objects.create(scope=RunScope.ALL)
    needs = [make_need(enterprise, enterprise_lead, title=f"甲需求{number}") for number in range(4)]
    rows = [(0, 0, 0.9), (1, 0, 0.8), (1, 1, 0.7), (2, 0, 0.6)]
    for need, offer, score in rows:
        Candidate.objects.create(run=run, need=needs[need], achievement=offers[offer], rank=1 + offer, score=score,
                                 above_floor=True)  # fmt: skip
    expert = make_expert(university, university_officer, name="林专家")
    Candidate.objects.create(run=run, need=needs[0], expert=expert, rank=1, score=0.5, above_floor=True)
    assign(run)
    run.needs_of_test = needs
    return run


def rows_of(response):
    """The cells of a workbook, heading first."""
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def page(run, name="fairness", **query):
    return reverse(f"matching:{name}", args=[run.uuid]) + "?" + "&".join(f"{key}={one}" for key, one in query.items())


def values(rows):
    """Label → the numbers of the three lists."""
    return {row["label"]: tuple(cell["value"] for cell in row["cells"]) for row in rows}


def test_the_figures_count_what_the_lists_hold(assigned_run):
    seen = Seen(assigned_run, AssignmentPlan.objects.get(), "achievement")
    loads = values(congestion(seen))
    assert loads["0"] == (2, 1, 1)
    assert loads["1"] == (0, 2, 2)
    assert loads["3–4"] == (1, 0, 0)
    covered = list(values(coverage(seen)).values())
    assert covered == [(3, 2, 2), (1, 1, 1), (0, 0, 0), (0, 1, 1)]
    assert sum(number for number, _two, _three in values(satisfaction(seen)).values()) == 4


def test_every_figure_opens_as_many_rows_as_it_counts(assigned_run, secretary, login):
    client = login(secretary)
    seen = Seen(assigned_run, AssignmentPlan.objects.get(), "achievement")
    for row in [*congestion(seen), *coverage(seen), *satisfaction(seen)]:
        for cell in row["cells"]:
            if cell["url"]:
                assert client.get(cell["url"]).context["page"].paginator.count == cell["value"], row["label"]


@pytest.mark.parametrize("kind", ["achievement", "expert", "nonsense"])
def test_the_page_shows_both_lists_and_the_fair_one(assigned_run, secretary, login, kind):
    response = login(secretary).get(page(assigned_run, kind=kind))
    assert response.status_code == 200
    assert response.context["seen"].kind == ("expert" if kind == "expert" else "achievement")
    assert response.content.decode().count("<svg") > 10


@pytest.mark.parametrize("who", ["enterprise_lead", "university_officer", "park_admin", "stranger"])
@pytest.mark.parametrize("name", ["fairness", "assigned", "fairness_needs", "fairness_targets"])
def test_only_officers_who_may_see_runs_enter(who, name, assigned_run, request, login):
    client = login(request.getfixturevalue(who))
    assert client.get(page(assigned_run, name, kind="achievement")).status_code == 403


def test_a_run_without_an_assignment_says_so(secretary, login):
    run = MatchRun.objects.create(scope=RunScope.ALL)
    assert login(secretary).get(page(run)).status_code == 200
    assert login(secretary).get(page(run, "fairness_needs", kind="expert")).status_code == 404


def test_a_pruned_run_keeps_its_figures(assigned_run, secretary, login):
    forget(MatchRun.objects.filter(pk=assigned_run.pk))
    response = login(secretary).get(page(assigned_run))
    assert response.context["kept_rows"] is False
    assert response.context["summary"]


def test_a_hidden_owner_stays_hidden(assigned_run, other_regional_officer_miit, login):
    need = assigned_run.needs_of_test[0]
    TechNeed.objects.filter(pk=need.pk).update(visibility="hidden_owner", shown_enterprise=None)
    client = login(other_regional_officer_miit)
    shown = client.get(page(assigned_run, "fairness_needs", kind="achievement")).content.decode()
    assert need.title in shown
    assert shown.count(need.body.owner.name) == 3
    sizes = client.get(page(assigned_run, kind="achievement")).context["sizes"]
    assert sum(row["needs"] for row in sizes) == 3
    cells = rows_of(client.get(page(assigned_run, "fairness_needs", kind="achievement") + "&as=xlsx"))
    [row] = [cells_of for cells_of in cells if cells_of[0] == need.public_no]
    assert need.body.owner.name not in row


def test_invited_records_are_masked(assigned_run, offers, other_regional_officer_miit, login):
    TechNeed.objects.filter(pk=assigned_run.needs_of_test[0].pk).update(visibility="invited")
    type(offers[0]).objects.filter(pk=offers[0].pk).update(visibility="invited")
    client = login(other_regional_officer_miit)
    needs = client.get(page(assigned_run, "fairness_needs", kind="achievement")).content.decode()
    assert assigned_run.needs_of_test[0].title not in needs
    for name in ("fairness", "fairness_targets"):
        assert offers[0].title not in client.get(page(assigned_run, name, kind="achievement")).content.decode()
    route = reverse("matching:fairness_places", args=[assigned_run.uuid, offers[0].uuid])
    shown = client.get(route + "?kind=achievement").content.decode()
    assert offers[0].title not in shown
    assert assigned_run.needs_of_test[0].title not in shown


@pytest.mark.parametrize("query", ["", "&bin=7"])
def test_a_score_is_told_to_who_decides_on_the_need_alone(
    assigned_run, offers, officer, other_regional_officer_miit, login, query
):
    listed = page(assigned_run, "fairness_needs", kind="achievement", list="best") + query
    places = reverse("matching:fairness_places", args=[assigned_run.uuid, offers[0].uuid])
    for who, told in ((officer, True), (other_regional_officer_miit, False)):
        client = login(who)
        for address in (listed, f"{places}?kind=achievement&list=best"):
            shown = client.get(address).content.decode()
            assert (">90.0<" in shown) == told
            assert (">80.0<" in shown) == (told and not (query and address == listed))
        cells = [cell for row in rows_of(client.get(listed + "&as=xlsx")) for cell in row]
        assert (90 in cells) == told
    first, *_rest = login(other_regional_officer_miit).get(listed).context["rows"] or [None]
    assert (first is None) == bool(query)


def test_the_lists_are_workbooks_too(assigned_run, secretary, login):
    client = login(secretary)
    assert len(rows_of(client.get(page(assigned_run, "fairness_targets", kind="achievement") + "&as=xlsx"))) == 4
    uncovered = page(assigned_run, "fairness_needs", kind="achievement", why="uncovered") + "&as=xlsx"
    assert len(rows_of(client.get(uncovered))) == 3


@pytest.mark.parametrize("query", ["bin=99", "bin=x", "list=nope", "why=nope", "region=zz", "size=zz", "page=-4"])
def test_a_careless_address_breaks_nothing(assigned_run, secretary, login, query):
    client = login(secretary)
    for name in ("fairness_needs", "fairness_targets"):
        assert client.get(page(assigned_run, name, kind="achievement") + "&" + query).status_code == 200


def test_only_whoever_may_start_the_run_chooses_the_variant(assigned_run, secretary, officer, login):
    choose = reverse("matching:fairness_choose", args=[assigned_run.uuid])
    assert login(officer).post(choose, {"variant": "fair"}).status_code == 403
    assert login(secretary).post(choose, {"variant": "wished"}).status_code == 404
    assert login(secretary).post(choose, {"variant": "fair"}).status_code == 302
    assert AssignmentPlan.objects.get().variant == "fair"


def test_the_number_of_queries_does_not_grow(assigned_run, secretary, login, enterprise, enterprise_lead, university,
                                            researcher):  # fmt: skip
    warm()
    client = login(secretary)
    names = ("fairness", "fairness_needs", "fairness_targets", "assigned")
    before = [_queries(client, page(assigned_run, name, kind="achievement")) for name in names]
    for number in range(5):
        need = make_need(enterprise, enterprise_lead, title=f"乙需求{number}")
        offer = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
        Candidate.objects.create(run=assigned_run, need=need, achievement=offer, rank=1, score=0.5, above_floor=True)
    assign(assigned_run)
    assert [_queries(client, page(assigned_run, name, kind="achievement")) for name in names] == before


def _queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as found:
        client.get(url)
    return len(found)


# --- The two lists of a need --------------------------------------------------------------------------------------


def test_the_officer_of_the_need_sees_both_lists_with_marks(assigned_run, officer, login, offers):
    need = assigned_run.needs_of_test[2]
    shown = login(officer).get(reverse("matching:need_matches", args=[need.uuid]))
    lists = {one.label: one for one in shown.context["two_lists"].kinds}
    achievements = next(iter(lists.values()))
    assert [entry.target.title for entry in achievements.best] == [offers[0].title]
    assert "1" in achievements.best[0].mark
    assert (achievements.assigned, bool(achievements.why)) == ([], True)


@pytest.mark.parametrize("who", ["enterprise_lead", "university_officer", "other_regional_officer_miit", "broker"])
def test_nobody_else_sees_the_lists(who, assigned_run, request, login):
    need = assigned_run.needs_of_test[0]
    response = login(request.getfixturevalue(who)).get(reverse("matching:need_matches", args=[need.uuid]))
    assert response.context["two_lists"] is None


def test_the_assigned_ones_are_released_from_the_list(assigned_run, officer, login, offers):
    client = login(officer)
    need = assigned_run.needs_of_test[0]
    listed = client.get(page(assigned_run, "assigned", need=need.public_no))
    keys = [row["place"].pk for row in listed.context["rows"]]
    assert len(keys) == 2
    release = reverse("matching:assigned_release", args=[assigned_run.uuid])
    assert client.post(release, {"pk": ["x", "9" * 30]}).status_code == 302
    assert not Match.objects.exists()
    client.post(release, {"pk": keys, "need": need.public_no})
    assert set(Match.objects.values_list("state", flat=True)) == {MatchState.RELEASED}
    assert not client.get(page(assigned_run, "assigned", need=need.public_no)).context["rows"]


def test_what_was_seen_in_the_list_is_written_down_with_its_place(assigned_run, officer, login, offers):
    """Learning counts decisions about what somebody saw, and corrects for where it stood."""
    client = login(officer)
    proposed = MatchFactory(need=assigned_run.needs_of_test[1], achievement=offers[1])
    rows = client.get(page(assigned_run, "assigned")).context["rows"]
    places = {(row["place"].need_id, row["place"].target.pk): at for at, row in enumerate(rows, start=1)}
    seen = Exposure.objects.filter(viewer=officer)
    shown_at = places[proposed.need_id, offers[1].pk]
    assert list(seen.values_list("match", "position")) == [(proposed.pk, shown_at)]

    client.post(reverse("matching:assigned_release", args=[assigned_run.uuid]), {"pk": [rows[1]["place"].pk]})
    [released] = Match.objects.filter(state=MatchState.RELEASED)
    assert seen.get(match=released).position == places[released.need_id, released.target.pk] == 2


def test_places_outside_the_reach_are_neither_listed_nor_released(assigned_run, other_regional_officer_miit, login):
    client = login(other_regional_officer_miit)
    assert client.get(page(assigned_run, "assigned")).context["rows"] == []
    places = assigned_run.assignments.filter(variant="best").values_list("pk", flat=True)
    client.post(reverse("matching:assigned_release", args=[assigned_run.uuid]), {"pk": list(places)})
    assert not Match.objects.exists()


def test_what_nobody_could_release_is_named(assigned_run, officer, login, offers):
    need, other = assigned_run.needs_of_test[0], assigned_run.needs_of_test[3]
    place = assigned_run.assignments.get(variant="best", need=need, achievement__isnull=False)
    MatchFactory(need=other, achievement=place.achievement, state=MatchState.RELEASED)
    release = reverse("matching:assigned_release", args=[assigned_run.uuid])
    shown = login(officer).post(release, {"pk": [place.pk]}, follow=True).content.decode()
    assert re.search(rf"{need.public_no} × {place.achievement.public_no}", shown)
    assert Match.objects.count() == 1


def test_the_lists_are_named_alike_everywhere():
    assert list(LIST_NAMES) == ["best", "assigned", "fair"]


def test_the_verdict_says_what_limits_what_it_brings_and_what_it_costs(assigned_run, secretary, login):
    response = login(secretary).get(page(assigned_run, kind="achievement"))
    limit, gain, cost = (said for _heading, said in response.context["verdict"])
    assert limit == "有 1 个应答方被列入的需求数超过其承接上限。 因其余候选均已满，1 个名额留空。"
    assert gain == "最忙者承接的需求由 3 项降为 1 项；至少承接一项的应答方增加 1 个"
    assert cost == "匹配度总和减少 30.4%，名额减少 1 个"  # 0.9 + 0.7 of 0.9 + 0.8 + 0.6
    assert response.context["same_in_both"]
    assert 'name="variant"' not in response.content.decode()


def test_places_left_empty_for_the_rule_of_units_are_counted(
    assigned_run, offers, university, settings, secretary, login
):
    settings.MATCHES_PER_NEED = {"achievement": 2}
    settings.MOST_LOAD = {"achievement": 9}
    settings.ONE_PER_UNIT = ("achievement",)
    for offer in offers:
        CompletingUnitFactory(achievement=offer, organisation=university)
    assign(assigned_run)
    response = login(secretary).get(page(assigned_run, kind="achievement"))
    assert response.context["numbers"]["assigned"]["empty_unit"] == 1
    assert response.context["numbers"]["assigned"]["empty_load"] == 0
    limit, gain, _cost = (said for _heading, said in response.context["verdict"])
    assert "负荷不是本次的瓶颈" in limit
    assert "1 个名额留空" in limit
    assert gain == "同一单位在一项需求中不再重复出现"


# --- In words -----------------------------------------------------------------------------------------------------


def set_figures(run, **fair):
    plan = AssignmentPlan.objects.get(run=run)
    plan.figures["achievement"]["fair"] |= fair
    plan.save(update_fields=["figures"])
    return Seen(run, plan, "achievement")


def test_a_greater_total_of_the_fair_variant_is_explained(assigned_run):
    figures = AssignmentPlan.objects.get(run=assigned_run).figures["achievement"]["assigned"]
    greater = figures["total"] + 0.5
    label = str(LIST_LABELS["fair"])
    assert label not in dict(verdict(set_figures(assigned_run, total=greater)))
    said = dict(verdict(set_figures(assigned_run, total=greater, idle=figures.get("idle", 0) + 7)))
    assert "7" in said[label]
    assert label not in dict(verdict(set_figures(assigned_run, total=figures["total"])))


def test_the_busiest_open_the_list_of_loads_and_an_empty_list_leads_back(assigned_run, secretary, login):
    client = login(secretary)
    shown = client.get(page(assigned_run))
    listed = client.get(shown.context["busiest_url"])
    assert listed.context["rows"][0]["load"].assigned == shown.context["numbers"]["assigned"]["busiest"]
    empty = client.get(page(assigned_run, "fairness_targets", kind="achievement", list="assigned", bin=6))
    assert not empty.context["rows"]
    back = f'href="{page(assigned_run, kind="achievement")}"'
    assert empty.content.decode().split("<main")[1].count(back) == 2  # at the top and where the rows would be


def test_two_lists_say_how_many_places_there_are(assigned_run, secretary, login):
    need = assigned_run.needs_of_test[0]
    found = login(secretary).get(reverse("matching:need_matches", args=[need.uuid])).context["two_lists"].kinds
    assert [one.places for one in found] == [1, 1]
