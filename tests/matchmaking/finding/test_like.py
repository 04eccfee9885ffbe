"""Search like a text: ranked by the engine, over what the reader may see and read, bounded, kept nowhere."""

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import override_settings
from django.urls import reverse

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.engine.policy import Policy
from matchmaking.finding.liking import ranked, source_of
from matchmaking.finding.views import liking
from matchmaking.matching import blocks, likeness, snapshot
from matchmaking.matching.models import StatisticsVersion
from needs.models import TechNeed
from tests.factories.experts import make_expert
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
URL = reverse("finding:like")
TEXT = "锻后叶片表面裂纹的在线检测\n涡流阵列探头沿叶盆叶背扫查，单片检测时间短，检出率高。"
TITLES = (
    "锻造叶片裂纹涡流检测装置",
    "叶片表面缺陷红外检测",
    "水稻抗倒伏育种方法",
    "污泥厌氧消化产沼气",
    "古籍数字化修复软件",
)


@pytest.fixture(autouse=True)
def fresh():
    blocks.forget()
    liking.pace.forget()
    yield
    blocks.forget()
    liking.pace.forget()


@pytest.fixture
def world(achievement, enterprise, enterprise_lead, university, university_officer):
    """A few records of each pool and a first fit."""
    for title in TITLES:
        achievement(title=title, summary=f"{title}，用于生产线。")
    make_need(enterprise, enterprise_lead, title="叶片裂纹在线检测")
    make_need(
        enterprise, enterprise_lead, title="水稻品种退化", problem="水稻倒伏严重。", goal="抗倒伏。", indicators=[]
    )
    make_expert(university, university_officer, directions="涡流检测与缺陷分级")
    make_expert(university, university_officer, directions="水稻分子育种")
    fitted = snapshot.fit_model()
    version = snapshot.default_policy().version
    return StatisticsVersion.objects.create(digest=fitted.digest, engine_version=version, payload=fitted.to_bytes(),
                                            documents=fitted.statistics.total)  # fmt: skip


def numbers(user, kind, text=TEXT, **options):
    return [one.hit.number for one in whole(user, kind, text, **options)[1]]


def whole(user, kind, text=TEXT, **options):
    """What the page says once it has asked often enough."""
    while True:
        found, shown = ranked(user, kind, text, **options)
        if found.state != likeness.PARTLY:
            return found, shown


# --- The ranking ------------------------------------------------------------------------------------------------------


def test_achievements_and_experts_are_ranked_as_for_a_need_of_that_text(world, secretary):
    from matchmaking.engine.types import NeedProfile

    title, _line, problem = TEXT.partition("\n")
    need = NeedProfile(key="x", title=title, problem=problem)
    model, policy = snapshot.read_model(world.payload), snapshot.default_policy()
    for kind in ("achievement", "expert"):
        [wanted] = snapshot.pool(kind, model, policy).index.rank([need], top=likeness.SHOWN, explain=False)
        found, shown = whole(secretary, kind)
        said = [(one.hit.number, one.like.score) for one in shown]
        assert said == [(one.target, one.score) for one in wanted.candidates][: len(said)]
        assert len(said) >= found.close
        assert found.close == sum(one.above_floor for one in wanted.candidates)
        assert shown[0].like.wordings


def test_needs_are_ranked_by_what_a_run_would_say_of_an_achievement_of_that_text(world, secretary):
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import OfferProfile

    title, _line, summary = TEXT.partition("\n")
    model, policy = snapshot.read_model(world.payload), snapshot.default_policy()
    index = Index.build([OfferProfile(key="x", title=title, summary=summary)], model, policy)
    needs = snapshot.need_profiles(TechNeed.objects.matched().select_related("body__owner"))
    wanted = {need.key: one.score for need, one in zip(needs, index.score_pairs([(need, "x") for need in needs]),
                                                       strict=True)}  # fmt: skip

    _found, shown = whole(secretary, "need")

    assert all(one.like.score == wanted[one.hit.number] for one in shown)
    assert shown[0].like.score == max(wanted.values())
    assert shown[0].hit.title == "叶片裂纹在线检测"
    assert any("裂纹" in wording for wording in shown[0].like.wordings)
    assert shown[0].like.quote


@pytest.mark.parametrize("kind", ["achievement", "need"])
def test_single_characters_alone_bring_nothing_close(world, achievement, enterprise, enterprise_lead, secretary,
                                                     monkeypatch, kind):  # fmt: skip
    if kind == "need":
        make_need(enterprise, enterprise_lead, title="料粉", problem="粉与料", goal="", background="", indicators=[])
    else:
        achievement(title="料粉", summary="粉与料", key_points="", problem_solved="", keywords=[])
    for least, close in ((Policy().least_wording, False), (0.0, True)):
        policy = replace(Policy(), floor=0.01, least_wording=least, least_probability=0.0, calibration=())
        monkeypatch.setattr(snapshot, "default_policy", lambda policy=policy: policy)
        assert (whole(secretary, kind, "虾的料\n粉的配比")[0].close > 0) is close


def test_a_record_is_not_like_itself(world, secretary):
    record = Achievement.objects.get(title=TITLES[0])
    source = source_of(secretary, f"achievement:{record.uuid}")
    assert record.public_no in numbers(secretary, "achievement", source.text)
    assert record.public_no not in numbers(secretary, "achievement", source.text, but=source.number)


def test_a_changed_record_is_read_again_and_one_that_left_is_gone(world, secretary):
    numbers(secretary, "need")
    make_need(TechNeed.objects.first().body.owner, secretary, title="叶片裂纹涡流检测新需求")
    assert "叶片裂纹涡流检测新需求" in [one.hit.title for one in whole(secretary, "need")[1]]
    Achievement.objects.filter(title=TITLES[0]).update(state="withdrawn")
    assert TITLES[0] not in [one.hit.title for one in whole(secretary, "achievement")[1]]


@override_settings(CLINIC_MOST_RECORDS=1)
@pytest.mark.parametrize("kind", likeness.KINDS)
def test_of_a_large_pool_the_search_chooses_and_the_engine_ranks(world, secretary, kind):
    found, shown = ranked(secretary, kind, TEXT)
    assert found.state == likeness.CHOSEN_ONLY
    with override_settings(CLINIC_MOST_RECORDS=8_000):
        _whole, all_of_it = whole(secretary, kind)
    wanted = {one.hit.number: one.like.score for one in all_of_it}
    assert shown
    assert shown[0].hit.number == all_of_it[0].hit.number
    assert all(one.like.score == wanted[one.hit.number] for one in shown)


# --- Who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [8_000, 1])
def test_what_only_the_invited_see_is_found_by_them_alone(world, enterprise, enterprise_lead, other_university_officer,
                                                          researcher, settings, most):  # fmt: skip
    settings.CLINIC_MOST_RECORDS = most
    guests = [other_university_officer.memberships.get().organisation]
    need = make_need(enterprise, enterprise_lead, title="叶片裂纹保密攻关", visibility="invited", invited=guests)
    assert need.public_no in numbers(other_university_officer, "need")
    assert need.public_no in numbers(enterprise_lead, "need")
    assert need.public_no not in numbers(researcher, "need")


def test_the_invited_find_a_secret_need_beside_many(world, enterprise, enterprise_lead, monkeypatch):
    monkeypatch.setattr(likeness, "CHOSEN", 1)
    for title in ("水稻病害识别", "叶片裂纹保密攻关"):
        make_need(enterprise, enterprise_lead, title=title, visibility="invited", invited=[enterprise], indicators=[])
    assert "叶片裂纹保密攻关" in [one.hit.title for one in whole(enterprise_lead, "need")[1]]


def test_needs_without_their_text_are_said_not_to_be_compared(world, client, enterprise, enterprise_lead, secretary):
    make_need(enterprise, enterprise_lead, title="叶片裂纹隐名需求", visibility="hidden_owner")
    page = until_whole(client, kind="need")
    assert page.context["likeness"].unread == 1
    assert reverse("finding:search") in page.content.decode()
    assert whole(secretary, "need")[0].unread == 0


@pytest.mark.parametrize("large", [False, True])
def test_nobody_finds_or_counts_what_he_may_not_see(world, achievement, researcher, login, settings, large):
    settings.CLINIC_MOST_RECORDS = 1 if large else 8_000
    members = achievement(title="会员叶片裂纹涡流检测", summary=TEXT, visibility="members")
    invited = achievement(title="受邀叶片裂纹涡流检测", summary=TEXT, visibility="invited")
    found, shown = whole(AnonymousUser(), "achievement")
    wanted = {members.public_no, invited.public_no}
    assert not wanted & {one.hit.number for one in shown}
    seen, also = whole(researcher, "achievement")
    assert wanted & {one.hit.number for one in also} == {members.public_no}
    assert seen.close == found.close + 1


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("visibility", ["hidden_owner", "members", "invited"])
def test_a_need_whose_text_the_reader_may_not_read_is_not_ranked_by_it(world, enterprise, enterprise_lead, researcher,
                                                                       settings, visibility, large):  # fmt: skip
    settings.CLINIC_MOST_RECORDS = 1 if large else 8_000
    need = make_need(enterprise, enterprise_lead, title="叶片裂纹检测", visibility=visibility)
    assert need.public_no not in numbers(AnonymousUser(), "need")
    assert (need.public_no in numbers(researcher, "need")) == (visibility != "invited")


def test_the_text_of_a_record_is_what_its_reader_may_read(world, enterprise, enterprise_lead, researcher, client):
    need = make_need(enterprise, enterprise_lead, title="叶片裂纹检测", visibility="hidden_owner")
    page = client.get(URL, {"like": f"need:{need.uuid}"})
    assert page.context["form"]["text"].value() == need.title
    assert need.body.problem in source_of(researcher, f"need:{need.uuid}").text
    closed = make_need(enterprise, enterprise_lead, visibility="members")
    assert client.get(URL, {"like": f"need:{closed.uuid}"}).status_code == 404
    expert = Expert.objects.first()
    assert source_of(researcher, f"expert:{expert.uuid}").text.startswith(expert.directions)
    for nonsense in ("need:1", "team:x", f"x:{need.uuid}", ":"):
        assert client.get(URL, {"like": nonsense}).status_code == 404


# --- The page ---------------------------------------------------------------------------------------------------------


def post(client, **data):
    return client.post(URL, {"text": TEXT, "kind": "achievement", "like": ""} | data)


def until_whole(client, **data):
    response = post(client, **data)
    while response.context["likeness"].state == likeness.PARTLY:
        response = post(client, **data)
    return response


def test_the_page_shows_the_closest_with_what_both_texts_say(world, client):
    page = until_whole(client).content.decode()
    assert TITLES[0] in page
    assert 'class="like-words"' in page
    assert client.get(reverse("finding:search")).content.decode().count(URL) == 1


def test_a_page_asks_again_until_it_has_seen_the_whole_pool(world, client, monkeypatch):
    monkeypatch.setattr(blocks, "SIZE", 2)
    monkeypatch.setattr(blocks, "SECONDS", 0)
    first = post(client)
    assert first.context["likeness"].state == likeness.PARTLY
    assert 'hx-trigger="load delay:500ms"' in first.content.decode()
    assert until_whole(client).context["likeness"].total == len(TITLES)


def test_while_another_request_asks_the_page_waits_its_turn(world, client, monkeypatch):
    monkeypatch.setattr(likeness, "SECONDS_WAITED", 0.01)
    with blocks.shared.lock:
        response = post(client)
    assert response.context["likeness"].state == likeness.PARTLY
    assert not blocks.shared.lock.locked()


def test_strangers_do_not_queue_before_the_people_of_the_portal(world, secretary, monkeypatch):
    waited = []

    class Busy:
        def acquire(self, timeout):
            waited.append(timeout)
            return False

    monkeypatch.setattr(blocks.shared, "lock", Busy())
    for person in (AnonymousUser(), secretary):
        found = likeness.like(TEXT, "achievement", user=person, rows=Achievement.objects.visible_to(person))
        assert found.state == likeness.PARTLY
    assert waited == [0.0, likeness.SECONDS_WAITED]


@pytest.mark.parametrize("large", [False, True])
def test_who_compares_many_texts_in_a_minute_waits(world, client, login, secretary, settings, large):
    settings.TEXTS_A_MINUTE, settings.TEXTS_A_MINUTE_SIGNED_IN = 2, 3
    settings.CLINIC_MOST_RECORDS = 0 if large else 8_000
    for number in range(2):
        assert until_whole(client, text=f"{TEXT}{number}").status_code == 200
    with blocks.shared.lock:  # it does not even ask for its turn
        refused = post(client)
    assert (refused.status_code, refused.context["likeness"]) == (429, None)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["Retry-After"] in refused.content.decode()
    assert post(client, text="").status_code == 422
    person = login(secretary)
    assert [until_whole(person).status_code for _time in range(3)] == [200] * 3
    assert post(person).status_code == 429


def test_a_page_that_asks_again_for_the_rest_asks_once(world, client, settings, monkeypatch):
    settings.TEXTS_A_MINUTE = 1
    monkeypatch.setattr(blocks, "SIZE", 2)
    monkeypatch.setattr(blocks, "SECONDS", 0)
    assert [post(client).context["likeness"].state for _time in range(4)][-1] == likeness.WHOLE
    assert post(client).status_code == 429


def test_a_part_of_an_answer_counts_and_so_does_one_that_is_being_made(world, client, settings, monkeypatch):
    """A new text each time would cost a slice of time each time; many at once would all find that none was counted."""
    settings.TEXTS_A_MINUTE = 2
    monkeypatch.setattr(blocks, "SIZE", 2)
    monkeypatch.setattr(blocks, "SECONDS", 0)
    meanwhile = []
    real = liking.ranked

    def slow(*asked, **how):
        meanwhile.append(post(client, text=f"{TEXT}3").status_code if len(meanwhile) == 1 else 0)
        return real(*asked, **how)

    monkeypatch.setattr(liking, "ranked", slow)
    assert post(client, text=f"{TEXT}1").context["likeness"].state == likeness.PARTLY
    assert post(client, text=f"{TEXT}2").status_code == 200
    assert meanwhile == [0, 429]
    assert post(client, text=f"{TEXT}2").status_code == 200
    assert post(client, text=f"{TEXT}1").status_code == 429


def test_before_the_first_fit_the_page_says_so(db, client):
    assert post(client).context["likeness"].state == likeness.NOT_READY


@pytest.mark.parametrize("text", ["", "机密★ 某型号叶片", "长" * 5_001])
def test_a_wrong_text_is_refused_and_not_compared(world, client, text):
    response = post(client, text=text)
    assert (response.status_code, response.context["likeness"]) == (422, None)


def test_a_text_without_anything_to_compare_finds_nothing(world, client):
    response = until_whole(client, text="！？……")
    assert (response.status_code, response.context["shown"]) == (200, [])
    assert until_whole(client, kind="need", text="！？……").context["shown"] == []


def test_a_record_leads_to_what_is_like_it(world, login, other_university_officer):
    record = Achievement.objects.get(title=TITLES[0])
    client = login(other_university_officer)
    detail = client.get(record.get_absolute_url()).content.decode()
    [address] = re.findall(r'href="([^"]*like=achievement[^"]*)"', detail)
    page = client.get(address)
    assert page.context["form"].initial["kind"] == "need"
    assert ", load" in page.content.decode()
    answer = until_whole(client, text=page.context["form"].initial["text"], kind="achievement",
                         like=f"achievement:{record.uuid}")  # fmt: skip
    assert record.public_no not in [one.hit.number for one in answer.context["shown"]]


def test_the_queries_do_not_grow_with_the_records(world, client, achievement, django_assert_num_queries,
                                                  django_assert_max_num_queries):  # fmt: skip
    for kind in likeness.KINDS:
        until_whole(client, kind=kind)
    counts = []
    for _more in range(2):
        for number in range(6):
            achievement(title=f"叶片裂纹检测{number}{_more}", summary=TEXT)
        until_whole(client)
        with django_assert_max_num_queries(40) as captured:
            post(client)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_nothing_of_the_text_is_written(world, client, django_capture_on_commit_callbacks):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        until_whole(client)
    assert not [one["sql"] for one in captured if re.match(r"(INSERT|UPDATE|DELETE)", one["sql"])]
