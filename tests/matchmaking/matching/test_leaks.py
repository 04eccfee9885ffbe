"""Nothing confidential leaks through an explanation: every person, every visibility, every page of a pair."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext, override
from openpyxl import load_workbook

from catalog.models import Achievement
from matchmaking.matching import blocks, presenting
from matchmaking.matching.likeness import PARTLY
from matchmaking.matching.models import Candidate, Match, MatchRun
from matchmaking.matching.services.pairs import explain_pair
from matchmaking.matching.templatetags.matching import tenths
from matchmaking.vocabularies.selectors import label
from needs.models import NeedBody, TechNeed
from tests.factories.catalog import AchievementFactory, IndicatorFactory
from tests.factories.needs import INDICATOR, make_need
from tests.matchmaking.matching.test_runs import low_floor, pool, run_all  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

CAST = [
    "enterprise_lead", "other_enterprise_lead", "researcher", "university_officer", "expert_user", "park_admin",
    "regional_officer_miit", "other_regional_officer_miit", "secretary", "broker", "stranger", None,
]  # fmt: skip
VISIBILITIES = [  # of the need, of the achievement
    ("public", "public"), ("hidden_owner", "public"), ("members", "members"), ("invited", "public"),
    ("public", "hidden_owner"), ("public", "invited"), ("invited", "invited"),
]  # fmt: skip
# Words that stand in one text alone, and words that both share: the second must not be told to who reads one of both.
SHARED = "铌锶掺杂"
NEED_ROW = ["晦朔叶轮"]
NEED_BODY = ["黼黻工段", "琥珀目标", "缱绻率", "98765"]
TARGET_TEXT = ["菡萏摘要", "茕茕要点", "缱绻率", "98770"]
TARGET_TITLE = ["葳蕤探伤"]


@pytest.fixture(autouse=True)
def fresh():
    blocks.forget()
    yield
    blocks.forget()


@dataclass(frozen=True)
class Sight:
    """What one person may see of the pair, by the querysets of the pools."""

    row: bool
    body: bool
    owner: bool
    target: bool


@pytest.fixture
def pages():
    """Every page on which a pair is explained."""

    def addresses(match):
        found = [reverse(f"matching:match_{name}", args=[match.uuid]) for name in ("detail", "outlook")]
        told = ("text", "missing_terms", "indicators", "budget")
        found += [reverse("matching:match_dispute", args=[match.uuid, signal]) for signal in told]
        found.append(f"{reverse('matching:why_not', args=[match.need.uuid])}?answer={match.target.public_no}")
        found.append(f"{reverse('matching:why_not', args=[match.need.uuid])}?answer={TARGET_TITLE[0]}")
        run = MatchRun.objects.latest("pk")
        of_run = [reverse(f"matching:{name}", args=[run.uuid]) for name in ("run_compare", "assigned", "fairness")]
        of_run[0] += "?span=all"
        of_run += [
            f"{reverse(f'matching:{name}', args=[run.uuid])}?kind=achievement&list=best"
            for name in ("fairness_needs", "fairness_targets")
        ]
        places = reverse("matching:fairness_places", args=[run.uuid, match.achievement.uuid])
        of_run.append(f"{places}?kind=achievement&list=best")
        lists = [reverse(f"matching:{name}") for name in ("review_queue", "dispute_list", "fitting_needs")]
        exports = [f"{url}{'&' if '?' in url else '?'}as=xlsx" for url in of_run if "compare" in url or "best" in url]
        return [*found, *of_run, *lists, *exports]

    return addresses


def told(response):
    """Everything that an answer says, of a workbook what stands in its cells."""
    if "spreadsheet" not in response.get("Content-Type", ""):
        return response.content.decode().replace(f'value="{TARGET_TITLE[0]}"', "")
    sheets = load_workbook(BytesIO(b"".join(response))).worksheets
    return "\n".join(f">{cell}<" for sheet in sheets for row in sheet.values for cell in row if cell is not None)


def sight(user, match):
    user = user or AnonymousUser()
    target = Achievement.objects.visible_to(user).filter(pk=match.achievement_id).exists()
    sees_match = Match.objects.visible_to(user).filter(pk=match.pk).exists()
    inside = sees_match and bool(presenting.insiders([match], user))
    return Sight(
        TechNeed.objects.visible_to(user).filter(pk=match.need_id).exists(),
        NeedBody.objects.readable_by(user).filter(pk=match.need_id).exists(),
        NeedBody.objects.owner_known_to(user).filter(pk=match.need_id).exists(),
        target or inside,
    )


def closed_to(seen, match):
    """What must not stand on any page that this person gets."""
    words = []
    whole = seen.body and seen.target
    if not seen.row:
        words += [*NEED_ROW, label("PRICE_BAND", match.need.budget_band), label("GB4754", match.need.industry)]
    if not seen.body:
        words += NEED_BODY[:2] + NEED_BODY[3:]
    if not seen.owner:
        words.append("测试企业甲")
    if not seen.target:
        words += [*TARGET_TITLE, *TARGET_TEXT[:2], TARGET_TEXT[3], label("PRICE_BAND", match.achievement.price_band)]
    if not whole:
        words += ["points-more", 'class="fit"', "outlook-title"]
        candidate = Candidate.objects.filter(need=match.need_id, achievement=match.achievement_id).latest("pk")
        words += [tenths(candidate.score), f">{candidate.score:.2f}<"]
        if not (seen.body or seen.target):
            words += [SHARED, NEED_BODY[2]]
    return words


@pytest.fixture
def matched(enterprise, enterprise_lead, university, researcher, pool):  # noqa: F811
    def make(need_visibility, target_visibility):
        indicator = INDICATOR | {"name": "缱绻率", "operator": "ge", "value": "98765", "unit": "次", "now": ""}
        need = make_need(
            enterprise, enterprise_lead, title=f"{NEED_ROW[0]}在线检测", visibility=need_visibility, budget_band="b1",
            problem=f"{NEED_BODY[0]}里{SHARED}的叶片裂纹漏检。", goal=f"{NEED_BODY[1]}：每片在线检测。", target_trl=9,
            industry="34", indicators=[indicator],
        )  # fmt: skip
        target = AchievementFactory(
            state="accepted", visibility=target_visibility, title=f"{TARGET_TITLE[0]}技术", trl=3, price_band="b5",
            summary=f"{TARGET_TEXT[0]}：{SHARED}叶片裂纹在线检测。", key_points=f"{TARGET_TEXT[1]}。",
            problem_solved="", keywords=[], body__owner=university, body__created_by=researcher,
        )  # fmt: skip
        IndicatorFactory(achievement=target, name="缱绻率", operator="ge", value="98770", unit="次", text="")
        run_all()
        Achievement.objects.filter(pk=target.pk).update(
            key_points=f"{target.key_points}叶片裂纹漏检。", text_version=F("text_version") + 1
        )
        run_all()
        target.refresh_from_db()
        said = explain_pair(need, target)
        match, _created = Match.objects.update_or_create(
            need=need, achievement=target,
            defaults={"state": "released", "score": said["score"], "reasons": said["reasons"],
                      "need_text_version": 1, "target_text_version": 1},
        )  # fmt: skip
        return match

    return make


@pytest.mark.usefixtures("refusals_in_full_once")
@pytest.mark.parametrize(("need_visibility", "target_visibility"), VISIBILITIES)
def test_no_page_tells_what_its_reader_may_not_read(
    matched, pages, login, request, settings, need_visibility, target_visibility
):
    settings.TEXTS_A_MINUTE = 99
    people = {who: request.getfixturevalue(who) if who else None for who in CAST}
    match = matched(need_visibility, target_visibility)
    signals = {one["signal"] for one in match.reasons}
    assert {"text", "missing_terms", "maturity", "budget", "indicators"} <= signals
    read, exported, like = set(), set(), {}
    for who, person in people.items():
        seen = sight(person, match)
        client = login(person)
        for page in pages(match):
            response = client.get(page)
            if response.status_code != 200:
                continue
            text = told(response)
            found = [word for word in closed_to(seen, match) if word and word in text]
            assert found == [], (who, page, seen)
            read.add(who)
            if "as=xlsx" in page:
                exported.add(who)
        like[who] = look_for_the_like(client, match, seen)
    assert {"enterprise_lead", "researcher", "regional_officer_miit", "secretary"} <= read
    assert {"regional_officer_miit", "other_regional_officer_miit", "secretary"} <= exported
    assert ("need" in like["enterprise_lead"], "achievement" in like["researcher"]) == (True, True)


def look_for_the_like(client, match, seen):
    """Paste a text that both records share: it says nothing of the pair, and of a closed record nothing at all. Which
    kinds are found."""
    of_a_pair = {"points-more", 'class="fit"', "outlook-title"}
    closed = [word for word in closed_to(seen, match) if word not in of_a_pair]
    found = set()
    for kind, record in (("need", match.need), ("achievement", match.achievement)):
        asked = {"text": f"{SHARED}的叶片裂纹在线检测", "kind": kind, "like": ""}
        response = None
        while response is None or response.context["likeness"].state == PARTLY:
            response = client.post(reverse("finding:like"), asked, headers={"HX-Request": "true"})
        text = response.content.decode()
        assert [word for word in closed if word in text] == [], (kind, seen)
        found |= {kind} if record.public_no in text else set()
    return found


def test_whoever_reads_both_texts_reads_everything(matched, login, regional_officer_miit):
    match = matched("public", "public")
    text = login(regional_officer_miit).get(match.get_absolute_url()).content.decode()
    for word in [SHARED, *NEED_ROW, *NEED_BODY, *TARGET_TITLE, *TARGET_TEXT, "points-more", 'class="fit"']:
        assert word in text, word


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_closed_explanation_is_the_same_whatever_stands_in_the_closed_text(
    matched, login, researcher, language, settings
):
    """The points, the quotes and the marked words of a pair would tell it: none is left."""
    match = matched("invited", "public")
    client = login(researcher)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    before = client.get(match.get_absolute_url()).content
    for one in match.reasons:
        one["contribution"] *= 0.5
        if one["signal"] == "text":
            one["params"]["terms"] = one["params"]["terms"][:1]
            one["offer_quotes"] = []
        if one["signal"] == "indicators":
            one["params"] |= {"met": 9, "missed": 7}
    match.score /= 2
    match.save()
    after = client.get(match.get_absolute_url()).content
    with override(language):
        told = gettext("Part of the two texts is not open to you. What stands in them, and every number made of them, "
                       "is left out here.")  # fmt: skip
    assert told in before.decode()
    assert strip(before) == strip(after)


def strip(page):
    """The page without the tokens that differ at every request."""
    return [line for line in page.splitlines() if b"csrf" not in line.lower() and b"nonce" not in line]
