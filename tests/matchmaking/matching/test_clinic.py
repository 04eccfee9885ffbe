"""The clinic: counts in blocks are the counts of the whole pool, in bounded time; and who sees it over which need."""

import re
from dataclasses import astuple, replace

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.html import escape

from catalog.models import Achievement
from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.jobs.models import Job
from matchmaking.matching import blocks, clinic, clinic_words, snapshot
from matchmaking.matching.clinic import Effect, Outlook, Reach
from matchmaking.matching.models import StatisticsVersion
from needs.clinic.consulting import consult
from needs.completeness import indicator_values, values_of
from needs.models import NeedBody, NeedIndicator, TechNeed
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.catalog import AchievementFactory, CompletingUnitFactory, IndicatorFactory
from tests.factories.experts import make_expert
from tests.factories.needs import form_data, make_need
from tests.matchmaking.matching.test_runs import low_floor, pool  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
TITLES = (
    "锻造叶片裂纹涡流检测",
    "叶片表面缺陷红外检测",
    "水稻抗倒伏育种",
    "污泥厌氧消化",
    "古籍数字化修复",
    "氧化皮下裂纹声发射监测",
)


@pytest.fixture(autouse=True)
def fresh():
    blocks.forget()
    yield
    blocks.forget()


@pytest.fixture
def many(pool, university, researcher, university_officer):  # noqa: F811 (the fixture)
    """Some dozens of achievements, two experts, and the statistics of a first run."""
    for number in range(24):
        title = f"{TITLES[number % 6]}方法{number}"
        found = AchievementFactory(state="accepted", title=title, summary=title * 8, trl=number % 9 + 1,
                                   body__owner=university, body__created_by=researcher)  # fmt: skip
        IndicatorFactory(achievement=found, name="裂纹检出率", value=90 + number % 10)
    make_expert(university, university_officer, directions="锻造叶片裂纹的在线检测与涡流探头")
    make_expert(university, university_officer, directions="水稻育种")
    fitted = snapshot.fit_model()
    return frozen(fitted)


def frozen(fitted):
    version = snapshot.default_policy().version
    return StatisticsVersion.objects.create(
        digest=fitted.digest, engine_version=version, payload=fitted.to_bytes(), documents=fitted.statistics.total
    )


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


def look(need, **changes):
    """What the page says once it has asked often enough."""
    found = ask(need, **changes)
    while found.state == clinic.PARTLY:
        found = ask(need, **changes)
    return found


def ask(need, **changes):
    body = NeedBody.objects.select_related("owner__region").get(need=need)
    values, rows = values_of(need, body) | changes, indicator_values(body.indicators.all())
    rows = changes.pop("rows", rows)
    findings = consult(values, rows, owner=body.owner)
    return clinic.look(values, rows, findings, region=need.region_id, owner=body.owner.uscc or "")


# --- The counts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_blocks_count_what_the_whole_pool_counts(many, need, size):
    statistics, policy = snapshot.read_model(many.payload), snapshot.default_policy()
    profiles = snapshot.need_profiles([need])
    counter = snapshot.Counter(statistics, policy)
    for kind in clinic.KINDS:
        whole = snapshot.pool(kind, statistics, policy).index.rank(profiles, top=1000, explain=False)[0]
        wanted = [(one.score, one.target) for one in whole.candidates if one.above_floor]
        blocks = [
            counter.block(kind, snapshot.block_keys(kind, block, size))
            for block, _stamp in snapshot.count_stamps(kind, size)
        ]
        assert counter.strong(blocks, profiles) == [wanted]
        assert wanted


def test_a_draft_is_counted_like_the_stored_need(many, need):
    body = NeedBody.objects.get(need=need)
    drafted = snapshot.drafted_profile(values_of(need, body), indicator_values(body.indicators.all()),
                                       region=need.region_id, owner=body.owner.uscc)  # fmt: skip
    assert replace(drafted, key=need.public_no) == snapshot.need_profiles([need])[0]


def test_the_outlook_says_how_many_and_what_each_element_does(many, need):
    found = look(need, goal="")

    assert found.state == clinic.COUNTED
    assert found.achievements > 5
    assert found.experts
    assert found.seen == found.total == 31
    effects = {one.key: one for one in found.effects}
    assert list(effects) == ["problem", "indicators", "deadline", "funds", "conditions"]
    assert all(one.given for one in effects.values())
    assert {(one.achievements.now, one.experts.now) for one in effects.values()} == {
        (found.achievements, found.experts)
    }
    bare = look(need, goal="", problem="", tried="")
    assert (effects["problem"].achievements.most, effects["problem"].experts.most) == (bare.achievements, bare.experts)
    assert found.strongest is not None
    assert found.sharpest is None


def test_a_missing_element_is_tried_with_values_and_named(many, need):
    found = look(need, budget_band="", due_months=None, target_trl=None, coop_modes=[])
    effects = {one.key: one for one in found.effects}

    assert (effects["funds"].tried, effects["deadline"].tried, effects["conditions"].tried) == (7, 4, 3)
    assert not any(effects[key].given for key in ("funds", "deadline", "conditions"))
    tried = [
        look(need, budget_band=band, due_months=None, target_trl=None, coop_modes=[]) for band in ("b1", "b4", "b7")
    ]
    counts = [one.achievements for one in tried]
    assert effects["funds"].achievements.fewest <= min(counts)
    assert max(counts) <= effects["funds"].achievements.most
    assert found.sharpest is not None


def test_a_figure_of_the_text_is_tried_as_an_indicator(many, need):
    NeedIndicator.objects.all().delete()
    without = {one.key: one for one in look(need, goal="").effects}["indicators"]
    assert (without.given, without.tried) == (False, 0)

    tried = {one.key: one for one in look(need, goal="裂纹检出率≥98%").effects}["indicators"]
    assert (tried.given, tried.tried, tried.unread) == (False, 1, 1)
    assert tried.moves


def test_what_is_the_enterprises_own_or_for_invited_ones_is_not_counted(many, need, enterprise):
    before = look(need).achievements
    first, second = Achievement.objects.filter(title__startswith="锻造叶片裂纹")[:2]
    CompletingUnitFactory(achievement=first, organisation=enterprise)
    Achievement.objects.filter(pk=first.pk).update(updated_at=timezone.now())
    Achievement.objects.filter(pk=second.pk).update(visibility="invited")

    found = look(need)
    assert found.achievements == before - 2
    assert found.total == 30


def test_before_the_first_run_nothing_is_counted(many, need):
    StatisticsVersion.objects.all().delete()
    assert look(need).state == clinic.NOT_COUNTED


@override_settings(CLINIC_MOST_RECORDS=30)
def test_a_pool_too_large_for_it_is_not_counted(many, need):
    found = look(need)
    assert (found.state, found.total) == (clinic.TOO_LARGE, 31)


# --- What is said of them ---------------------------------------------------------------------------------------------


STILL = Reach(12, 12, 12, 0, 0)
SENTENCES = [
    (Reach(143, 31, 31, 4, 4), STILL, "matching achievements narrow from 143 to 31"),
    (Reach(143, 150, 150, 0, 0), STILL, "matching achievements grow from 143 to at most 150"),
    (Reach(143, 31, 90, 4, 4), Reach(12, 4, 4, 1, 1),
     ("matching achievements narrow from 143 to between 31 and 90, depending on what you choose, "
      "experts narrow from 12 to 4")),
    (Reach(143, 31, 143, 4, 4), STILL,
     "matching achievements narrow from 143 to as few as 31, depending on what you choose"),
    (Reach(143, 143, 160, 0, 0), Reach(12, 12, 15, 0, 0),
     ("matching achievements grow from 143 to at most 160, depending on what you choose, "
      "experts grow from 12 to at most 15")),
    (Reach(143, 90, 160, 0, 0), Reach(12, 10, 15, 0, 0),
     ("matching achievements go from 143 to between 90 and 160, depending on what you choose, "
      "experts go from 12 to between 10 and 15")),
    (Reach(143, 143, 143, 3, 3), STILL, "up to 3 of the first 10 achievements become others"),
    (Reach(0, 0, 0, 0, 0), Reach(1, 1, 1, 1, 1), "up to 1 of the first 10 experts becomes another"),
    (Reach(12, 12, 12, 0, 2), STILL, "the same ones match, in another order"),
    (STILL, STILL, ""),
]  # fmt: skip


@pytest.mark.parametrize(("achievements", "experts", "words"), SENTENCES, ids=range(len(SENTENCES)))
def test_what_an_element_does_is_a_sentence_with_what_was_counted(achievements, experts, words):
    with translation.override("en"):
        assert clinic_words.changes(Effect("funds", False, 7, achievements, experts)) == words


def test_the_best_missing_element_is_named_and_what_changes_nothing_is_said_to():
    funds = Effect("funds", False, 7, Reach(143, 31, 31, 4, 4), STILL)
    outlook = Outlook(clinic.COUNTED, 143, 12, 9, 9, [
        Effect("problem", True, 1, Reach(143, 20, 20, 9, 9), STILL), Effect("indicators", False, 0, STILL, STILL),
        Effect("deadline", False, 4, STILL, STILL), funds,
        Effect("conditions", False, 3, Reach(143, 140, 143, 0, 0), STILL),
    ])  # fmt: skip
    with translation.override("en"):
        words = clinic_words.said(outlook)
    assert words["best"] == "Fill in “Funds”, and matching achievements narrow from 143 to 31."
    assert words["least"] == ("Of what you wrote, “Problem” carries the match most. Keep it and be precise there.")
    assert words["idle"] == "Deadline"
    assert [line["words"] for line in words["lines"]][1:3] == [
        "your text has no figure yet to try it with.", "changes nothing in what matches now.",
    ]  # fmt: skip


def test_what_stands_in_the_text_already_is_advised_first_with_its_count():
    funds = Effect("funds", False, 7, Reach(0, 0, 3, 3, 3), STILL)
    waiting = Effect("indicators", False, 3, Reach(0, 0, 1, 1, 1), STILL, 3)
    outlook = Outlook(clinic.COUNTED, 0, 12, 9, 9, [waiting, funds])
    with translation.override("en"):
        words = clinic_words.said(outlook)
    assert words["best"] == (
        "Adopt the 3 figures that stand in your text already into the indicators: matching achievements "
        "grow from 0 to at most 1, depending on what you choose."
    )


def test_a_text_that_narrows_the_choice_is_never_advised_to_be_left_out():
    problem = Effect("problem", True, 1, Reach(2, 2, 2, 0, 0), Reach(1, 4, 4, 3, 3))
    with translation.override("en"):
        words = clinic_words.said(Outlook(clinic.COUNTED, 2, 1, 9, 9, [problem]))
    assert words["best"] is None
    told = [words["least"], words["lines"][0]["words"]]
    assert all("narrows the choice" in one and "without" not in one and "4" not in one for one in told)


def test_the_promise_of_the_indicators_holds_for_any_number_of_them(many, need):
    NeedIndicator.objects.all().delete()
    goal = "裂纹检出率≥98%，单件检测时间不超过12秒，误报率≤1%，设备寿命不低于5年。"
    found = look(need, goal=goal)
    promised = found.waiting
    assert promised is not None
    assert found.sharpest is promised
    body = NeedBody.objects.select_related("owner__region").get(need=need)
    rows = [one.row() for one in consult(values_of(need, body) | {"goal": goal}, [], owner=body.owner).proposals]
    assert promised.unread == len(rows) >= 3
    for adopted in (1, (len(rows) + 1) // 2, len(rows)):
        got = look(need, goal=goal, rows=rows[:adopted])
        assert promised.achievements.fewest <= got.achievements <= promised.achievements.most


def test_the_page_says_what_the_count_gave(many, login, enterprise_lead):
    client, posted = login(enterprise_lead), form_data(rows=[], budget_band="", due_months="", coop_modes=[])
    while True:
        page = client.post("/needs/clinic/", posted)
        if page.context["outlook"].state != clinic.PARTLY:
            break
    words, text = page.context["said"], page.content.decode()
    assert words["best"]
    assert escape(words["best"]) in text
    counted = [page.context["outlook"].sharpest.achievements, page.context["outlook"].sharpest.experts]
    numbers = {number for one in counted for number in astuple(one)} | {
        clinic.TOP,
        page.context["outlook"].sharpest.unread,
    }
    assert set(map(int, re.findall(r"\d+", words["best"]))) <= numbers


def test_warnings_stand_before_the_counts_traces_of_a_hidden_owner_first(many, login, enterprise_lead):
    posted = form_data(
        title="养蜂场搬迁",
        visibility="hidden_owner",
        background="测试企业甲的产线。机密★五年。",
        goal="裂纹检出率≥98%",
    )
    page = login(enterprise_lead).post("/needs/clinic/", posted)
    text = page.content.decode()
    places = [text.index(mark) for mark in ("<mark>测试企业甲</mark>", "tone-danger", "养蜂场", "clinic-counts",
                                            "clinic-elements")]  # fmt: skip
    assert places == sorted(places)
    assert page.context["warnings"] == 3
    assert 'data-warnings="3"' in text


# --- Bounded work -----------------------------------------------------------------------------------------------------


@pytest.fixture
def built(monkeypatch):
    """The ids of the blocks that were read, in order; with blocks of eight ids."""
    monkeypatch.setattr(blocks, "SIZE", 8)
    read = []
    inner = snapshot.Counter.block

    def block(self, kind, keys):
        read.append((kind, tuple(keys)))
        return inner(self, kind, keys)

    monkeypatch.setattr(snapshot.Counter, "block", block)
    return read


def test_without_time_one_block_is_read_a_request_until_all_are_there(many, need, built, monkeypatch):
    monkeypatch.setattr(blocks, "SECONDS", 0)
    states = []
    while not states or states[-1].state == clinic.PARTLY:
        before = len(built)
        states.append(ask(need))
        assert len(built) == before + (len(states) > 1)  # the first request of a process loads the libraries
        assert len(states) < 50

    assert states[-1].state == clinic.COUNTED
    assert len(states) > 3
    seen = [one.seen for one in states]
    assert seen[0] == 0
    assert seen == sorted(set(seen))
    assert all(one.total == 31 and not one.effects for one in states[:-1])


def test_nothing_is_read_again_while_the_pool_is_unchanged(many, need, built, django_assert_max_num_queries):
    look(need)
    first = len(built)
    with django_assert_max_num_queries(12):
        look(need, title="别的题目", problem="另一个问题，完全不同的文字。")
    assert len(built) == first


def test_a_changed_record_is_read_again_and_no_other_block(many, need, built):
    look(need)
    built.clear()
    row = Achievement.objects.filter(title__startswith="水稻").first()
    Achievement.objects.filter(pk=row.pk).update(title="锻造叶片裂纹在线检测", text_version=row.text_version + 1)

    look(need)

    assert len(built) == 1
    assert row.pk in built[0][1]


def test_a_record_that_leaves_is_counted_no_more(many, need, built):
    before = look(need)
    gone = Achievement.objects.filter(title__startswith="锻造叶片裂纹").first()
    Achievement.objects.filter(pk=gone.pk).update(state="withdrawn")

    after = look(need)
    assert (after.total, after.achievements) == (before.total - 1, before.achievements - 1)


def test_new_statistics_are_taken_up(many, need, built):
    look(need)
    built.clear()
    AchievementFactory(state="accepted", title="新入库的一项成果")
    fitted = snapshot.fit_model()
    frozen(fitted)

    assert look(need).total == 32
    assert len(built) >= 4


def test_while_another_request_builds_the_page_is_asked_to_come_again(many, need, monkeypatch):
    monkeypatch.setattr(blocks, "SECONDS", 0.01)
    with blocks.shared.lock:
        found = ask(need)
    assert (found.state, found.seen, found.total) == (clinic.PARTLY, 0, 31)
    assert not blocks.shared.lock.locked()


# --- The pages --------------------------------------------------------------------------------------------------------


def test_the_form_is_consulted_and_nothing_is_saved(many, login, enterprise_lead):
    before = (TechNeed.objects.count(), Job.objects.count())
    posted = form_data(
        rows=[], goal="裂纹检出率由91%提高到98%以上", visibility="hidden_owner", background="测试企业甲的产线。"
    )
    page = login(enterprise_lead).post("/needs/clinic/", posted).content.decode()

    assert 'class="clinic-indicators' not in page
    assert "clinic-missing" in page
    assert "<mark>测试企业甲</mark>" in page
    assert 'href="#id_due_months"' in page
    assert (TechNeed.objects.count(), Job.objects.count()) == before


CLUMSY = [
    {},
    {"title": "x"},
    {"indicators-TOTAL_FORMS": "9999"},
    {"due_months": "many", "programme": "0"},
    {"problem": "裂" * 90_000},
    {"budget_fen": "-1", "coop_modes": ["nothing"]},
]


@pytest.mark.parametrize("posted", CLUMSY, ids=range(len(CLUMSY)))
def test_any_form_can_be_consulted(many, login, enterprise_lead, posted):
    client = login(enterprise_lead)
    assert client.post("/needs/clinic/", posted).status_code == 200
    assert client.post("/needs/indicators/", posted).status_code == 200


def test_figures_are_proposed_with_their_sentence(login, enterprise_lead):
    posted = form_data(rows=[], goal="裂纹检出率由91%提高到98%以上。")
    page = login(enterprise_lead).post("/needs/indicators/", posted).content.decode()

    assert 'data-name="裂纹检出率" data-operator="ge" data-value="98" data-value-high="" data-unit="%"' in page
    assert "裂纹检出率<mark>由91%提高到98%以上</mark>" in page
    assert 'data-now="91%"' in page
    taken = form_data(goal="裂纹检出率由91%提高到98%以上。")
    assert "data-proposal" not in login(enterprise_lead).post("/needs/indicators/", taken).content.decode()


def test_the_form_of_another_enterprise_is_not_consulted(need, login, other_enterprise_lead, university_officer):
    address = f"/needs/{need.uuid}/clinic/draft/"
    assert login(other_enterprise_lead).post(address, form_data()).status_code == 403
    assert login(university_officer).post(address, form_data()).status_code == 403
    draft = make_need(need.body.owner, need.body.created_by, state="draft")
    assert login(other_enterprise_lead).post(f"/needs/{draft.uuid}/clinic/draft/", form_data()).status_code == 404


@pytest.fixture
def broker(db):
    house = OrganisationFactory(name="测试转移机构", kind=OrganisationKind.BROKER)
    return member(house, Role.BROKER, username="broker_of_house", full_name="经理人甲")


SEEN = {
    "submitted": {"enterprise_lead", "park_admin", "regional_officer_miit", "secretary"},
    "published": {"enterprise_lead", "park_admin", "regional_officer_miit", "secretary", "broker"},
}
ASKING = ("enterprise_lead", "park_admin", "regional_officer_miit", "regional_officer_edu", "secretary", "broker",
          "other_enterprise_lead", "university_officer", "researcher", "national_officer")  # fmt: skip


@pytest.mark.parametrize("state", list(SEEN))
def test_who_reads_the_clinic_of_a_stored_need(enterprise, enterprise_lead, login, request, state):
    need = make_need(enterprise, enterprise_lead, state=state)
    seen = set()
    for name in ASKING:
        status = login(request.getfixturevalue(name)).get(f"/needs/{need.uuid}/clinic/").status_code
        assert status in (200, 403, 404), name
        seen |= {name} if status == 200 else set()

    assert seen == SEEN[state]


def test_a_broker_never_learns_a_hidden_owner_from_the_clinic(enterprise, enterprise_lead, park_admin, broker, login):
    need = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    NeedBody.objects.filter(need=need).update(background="测试企业甲在南京市的产线。")

    assert "<mark>测试企业甲</mark>" in login(park_admin).get(f"/needs/{need.uuid}/clinic/").content.decode()
    assert "<mark>" not in login(broker).get(f"/needs/{need.uuid}/clinic/").content.decode()


def test_the_panel_leads_to_the_rewrite_where_one_may_propose(enterprise, enterprise_lead, park_admin, login):
    need = make_need(enterprise, enterprise_lead, state="submitted")
    link = f"/needs/{need.uuid}/rewrite/"

    assert link in login(park_admin).get(f"/needs/{need.uuid}/clinic/").content.decode()
    assert link not in login(enterprise_lead).get(f"/needs/{need.uuid}/clinic/").content.decode()


def test_the_clinic_stands_beside_the_review(enterprise, enterprise_lead, park_admin, login):
    need = make_need(enterprise, enterprise_lead, state="submitted")
    page = login(park_admin).get(f"/needs/{need.uuid}/decide/").content.decode()
    assert f'hx-get="/needs/{need.uuid}/clinic/"' in page


def test_the_form_and_the_detail_page_load_the_clinic(need, login, enterprise_lead, park_admin):
    assert 'hx-post="/needs/clinic/"' in login(enterprise_lead).get("/needs/new/").content.decode()
    assert f'hx-get="/needs/{need.uuid}/clinic/"' in login(park_admin).get(need.get_absolute_url()).content.decode()


def test_what_an_older_engine_has_frozen_is_not_read(need):
    StatisticsVersion.objects.create(digest="0" * 64, engine_version="1", payload=b"tongti-statistics-1", documents=3)
    assert look(need).state == clinic.NOT_COUNTED
