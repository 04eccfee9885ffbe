"""Unsaved texts of forms: kept for the person alone, never written over unseen, dropped when saved or old."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from matchmaking.intake.models import FormDraft
from matchmaking.intake.services import drafts
from matchmaking.jobs.services import enqueue
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import form_data as expert_data
from tests.factories.jobs import assert_repeatable
from tests.test_forms_once import achievement_data

pytestmark = pytest.mark.django_db
KEY = "achievement:new"
FIELDS = [
    ["title", "叶片检测"],
    ["summary", "写到一半的𠮷字"],
    ["keywords", ""],
    ["coop_modes", "a"],
    ["coop_modes", "b"],
]


def keep(client, *, page=None, key=KEY, fields=FIELDS, revision=0, version=""):
    sent = fields if isinstance(fields, str) else json.dumps(fields)
    values = {"page": str(page or uuid4()), "key": key, "fields": sent, "revision": revision, "version": version}
    return client.post(reverse("drafts:save"), values)


def is_moved(answer):
    return answer.json().get("moved", False)


def offered(client, key=KEY, **query):
    return client.get(reverse("drafts:offers"), {"key": key, **query}).context["offers"]


@pytest.fixture
def mine(login, researcher):
    return login(researcher)


def test_what_was_typed_comes_back_on_another_machine(mine, login, researcher):
    page = uuid4()
    answer = keep(mine, page=page)
    assert (answer.status_code, answer.json()["revision"]) == (200, 1)
    elsewhere = login(researcher)
    [offer] = offered(elsewhere)
    assert (offer.uuid, offer.title) == (page, "叶片检测")
    assert elsewhere.get(reverse("drafts:read", args=[page])).json() == {"fields": FIELDS, "revision": 1}


def test_the_database_holds_no_readable_word(mine):
    keep(mine)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM intake_formdraft")
        assert "叶片".encode() not in bytes(cursor.fetchone()[0])


def test_nobody_else_sees_reads_or_discards_it(mine, login, university_officer, secretary):
    page = uuid4()
    keep(mine, page=page)
    for other in (university_officer, secretary):
        client = login(other)
        assert offered(client) == []
        assert client.get(reverse("drafts:read", args=[page])).status_code == 404
        client.post(reverse("drafts:discard", args=[page]))
        assert keep(client, page=page, fields=[["title", "fremd"]]).status_code == 200  # a text of his own
    assert mine.get(reverse("drafts:read", args=[page])).json()["fields"] == FIELDS


def test_a_window_that_is_behind_writes_over_nothing(mine):
    page = uuid4()
    keep(mine, page=page)
    assert keep(mine, page=page, revision=1, fields=[["title", "zwei"]]).json()["revision"] == 2
    assert is_moved(keep(mine, page=page, revision=1, fields=[["title", "alt"]]))
    assert is_moved(keep(mine, page=page, revision=0, fields=[["title", "alt"]]))
    assert FormDraft.objects.get().fields == [["title", "zwei"]]


def test_two_windows_keep_two_texts_and_a_page_is_not_offered_its_own(mine):
    first, second = uuid4(), uuid4()
    keep(mine, page=first)
    keep(mine, page=second)
    assert {offer.uuid for offer in offered(mine)} == {first, second}
    assert [offer.uuid for offer in offered(mine, page=f"{first}.1")] == [second]


def test_it_says_that_the_record_was_changed_meanwhile(mine):
    key = f"achievement:{uuid4()}"
    keep(mine, key=key, version="3")
    assert [offer.behind for offer in offered(mine, key, version="3")] == [False]
    assert [offer.behind for offer in offered(mine, key, version="4")] == [True]


def test_a_discarded_text_is_gone_and_stays_gone(mine):
    page = uuid4()
    keep(mine, page=page)
    assert mine.post(reverse("drafts:discard", args=[page]), headers={"X-CSRFToken": "x"}).status_code == 200
    assert offered(mine) == []
    assert is_moved(keep(mine, page=page, revision=1))  # a late request brings nothing back
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_saving_the_form_drops_its_text_and_no_other(kind, login, researcher, university_officer):
    person, page, data = {
        "achievement": (researcher, reverse("catalog:achievement_create"), achievement_data()),
        "expert": (university_officer, reverse("experts:expert_create"), expert_data()),
    }[kind]
    client, own, other = login(person), uuid4(), uuid4()
    for uuid in (own, other):
        keep(client, page=uuid, key=f"{kind}:new")

    refused = client.post(page, data | {"draft": f"{own}.1", "title" if kind == "achievement" else "name": ""})
    assert refused.status_code == 422
    assert f'value="{own}.1"' in refused.content.decode()  # the page goes on with its text
    assert FormDraft.objects.count() == 2

    assert client.post(page, data | {"draft": f"{own}.1"}).status_code == 302
    assert FormDraft.objects.get().uuid == other


def test_a_saved_text_is_not_offered_as_unsaved_under_another_name(login, researcher):
    """As when a window was closed or switched while its text was on the way."""
    client, same, other = login(researcher), uuid4(), uuid4()
    data = achievement_data() | {"problem_solved": "第一行\r\n第二行"}
    typed = [["title", data["title"]], ["problem_solved", "第一行\n第二行"]]
    keep(client, page=same, fields=typed)
    keep(client, page=other, fields=[*typed, ["benefit", "只写在另一个窗口里"]])
    assert client.post(reverse("catalog:achievement_create"), data | {"draft": f"{uuid4()}.0"}).status_code == 302
    assert FormDraft.objects.get().uuid == other


def test_a_text_that_could_not_be_saved_any_more_stays(login, researcher, university):
    record = AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)
    client, uuid = login(researcher), uuid4()
    keep(client, page=uuid, key=f"achievement:{record.uuid}", version="1")
    type(record).objects.filter(pk=record.pk).update(version=2)
    page = reverse("catalog:achievement_edit", args=[record.uuid])
    data = achievement_data() | {"version": 1, "draft": f"{uuid}.1"}
    assert client.post(page, data).status_code == 409
    assert FormDraft.objects.filter(uuid=uuid).exists()


def test_a_record_handed_on_meanwhile_leaves_the_text(login, researcher, university, monkeypatch):
    from catalog.views import editing
    from matchmaking.common.workflow import StaleState

    record = AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)
    client, uuid = login(researcher), uuid4()
    keep(client, page=uuid, key=f"achievement:{record.uuid}", version="1")

    def handed_on(**values):
        type(record).objects.filter(pk=record.pk).update(state="unit_review", version=2)
        raise StaleState

    monkeypatch.setattr(editing, "update_achievement", handed_on)
    page = reverse("catalog:achievement_edit", args=[record.uuid])
    answer = client.post(page, achievement_data() | {"version": 1, "draft": f"{uuid}.1"})
    assert (answer.status_code, answer.url) == (302, reverse("drafts:list"))
    assert "写到一半的𠮷字" in client.get(answer.url).content.decode()


def test_the_oldest_texts_go_beyond_the_number(mine, settings):
    settings.DRAFTS_PER_PERSON = 3
    pages = [uuid4() for _ in range(5)]
    for page in pages:
        keep(mine, page=page)
    assert {draft.uuid for draft in FormDraft.objects.all()} == set(pages[2:])


@pytest.mark.parametrize("fields", [
    "", "null", "NaN", "{}", '"x"', "[1]", '[["a"]]', '[["a", 1]]', '[["a", null]]', '[["<b>", "x"]]', '[["a b", "x"]]',
    "[" * 100_000, '[["title", "' + "x" * 300_000 + '"]]', json.dumps([["a", "b"]] * 2_001),
    '[["' + "a" * 200 + '", ""]]',
])  # fmt: skip
def test_what_is_no_form_is_refused(fields, mine):
    assert keep(mine, fields=fields).status_code == 422
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "𠮷", "\u202e", "﷽" * 1000, "'\";--", "{{7*7}}",
                                  "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>",
                                  "\r\nSet-Cookie: a=b", "x" * 60_000])  # fmt: skip
def test_every_text_survives(text, mine):
    page = uuid4()
    assert keep(mine, page=page, fields=[["summary", text], ["title", text]]).status_code == 200
    kept = mine.get(reverse("drafts:read", args=[page])).json()["fields"]
    assert kept[0] == ["summary", text.replace("\ud800", "")]
    assert b"<img" not in mine.get(reverse("drafts:offers"), {"key": KEY}).content


@pytest.mark.parametrize(
    "key", ["", "achievement", "achievement:", "achievement:x", "Ä:new", "a" * 80 + ":new", "a:new\n"]
)
def test_a_key_names_a_form(key, mine):
    assert keep(mine, key=key).status_code == 422
    assert mine.get(reverse("drafts:offers"), {"key": key}).status_code == 200


@pytest.mark.parametrize("odd", ["-1", "0x1", "1e3", "٣", "9" * 40, "x"])
def test_odd_numbers_count_as_none(odd, mine):
    page = uuid4()
    assert keep(mine, page=page, revision=odd, version=odd).status_code == 200
    assert FormDraft.objects.get().base_version is None


def test_a_person_reads_and_discards_his_texts_on_their_page(mine, login, university_officer):
    page = uuid4()
    keep(mine, page=page)
    text = mine.get(reverse("drafts:list")).content.decode()
    assert "写到一半的𠮷字" in text
    assert "叶片检测" not in login(university_officer).get(reverse("drafts:list")).content.decode()
    assert mine.post(reverse("drafts:discard", args=[page])).url == reverse("drafts:list")
    assert "写到一半的𠮷字" not in mine.get(reverse("drafts:list")).content.decode()


def test_what_belongs_to_the_page_is_not_kept(mine):
    keep(mine, fields=[["csrfmiddlewaretoken", "x"], ["form_token", "y"], ["draft", "z"], ["title", "t"]])
    assert FormDraft.objects.get().fields == [["title", "t"]]


def test_a_visitor_keeps_nothing(client):
    assert keep(client).status_code == 302
    assert not FormDraft.objects.exists()


def test_old_texts_are_dropped_by_night(mine, settings, monkeypatch):
    """In pieces, also when the worker dies in between."""
    monkeypatch.setattr(drafts, "PIECE", 2)
    old = [uuid4() for _ in range(5)]
    for page in old:
        keep(mine, page=page)
    FormDraft.objects.update(saved_at=timezone.now() - timedelta(days=settings.DRAFT_DAYS + 1))
    keep(mine, page=(kept := uuid4()))

    def left():
        return set(FormDraft.objects.values_list("uuid", flat=True))

    assert left() == {*old, kept}
    assert_repeatable("drop_old_drafts", lambda: enqueue(kind="drop_old_drafts", args={}), left, monkeypatch)
    assert left() == {kept}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_two_first_requests_of_a_page_at_the_same_moment_keep_one(researcher):
    for _round in range(5):
        page, start = uuid4(), Barrier(2)

        def send(text, page=page, start=start):
            client = Client()
            client.force_login(researcher)
            try:
                start.wait(timeout=10)
                return is_moved(keep(client, page=page, fields=[["title", text]]))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, ["eins", "zwei"])) == [False, True]
        assert FormDraft.objects.filter(uuid=page).count() == 1


def piles(client):
    return client.get(reverse("drafts:list")).context["piles"]


def test_texts_of_one_kind_and_title_lie_on_one_pile_the_newest_on_top(mine):
    first, second, other_kind = uuid4(), uuid4(), uuid4()
    keep(mine, page=first)
    keep(mine, page=second)
    keep(mine, page=other_kind, key="team:new")
    keep(mine, fields=[["summary", "甲"]])
    keep(mine, fields=[["summary", "乙"]])

    found = {pile.newest.uuid: [one.uuid for one in pile.older] for pile in piles(mine)}
    assert found[second] == [first]
    assert found[other_kind] == []
    assert len(found) == 4  # texts without a title are not folded into each other
    page = mine.get(reverse("drafts:list")).content.decode()
    assert page.count("data-dialog=") == 5


def test_a_text_says_its_kind_and_leads_back_to_its_form(mine):
    record = uuid4()
    ways = {
        "achievement:new": "/achievements/new/", f"need:{record}": f"/needs/{record}/edit/", "team:new": "/teams/new/",
        "expert:new": "/experts/new/", f"talent_post:{record}": f"/talent-posts/{record}/edit/", "unknown:new": "",
    }  # fmt: skip
    for key in ways:
        keep(mine, key=key)
    kept = [pile.newest for pile in piles(mine)]
    assert {one.url.partition("?")[0] for one in kept} == set(ways.values())
    assert all(one.url.endswith(f"?draft={one.uuid}") for one in kept if one.url)
    page = mine.get(reverse("drafts:list")).content.decode()
    assert page.count("?draft=") == 5
    assert "人才需求" in page


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_of_texts_takes_the_same_few_queries(mine, count, django_assert_max_num_queries):
    for number in range(count):
        keep(mine, fields=[["title", f"第{number}份"]])
    with django_assert_max_num_queries(8):
        assert len(piles(mine)) == count


def test_a_form_offers_the_newest_text_and_folds_the_others(mine):
    for title in ("最早", "较早", "最新"):
        keep(mine, fields=[["title", title]])
    page = mine.get(reverse("drafts:offers"), {"key": KEY}).content.decode()
    before, _sep, folded = page.partition("<details")
    assert ("最新" in before, "最早" in before) == (True, False)
    assert (folded.count("data-draft-take"), before.count("data-draft-take")) == (2, 1)


MARKED_FIELDS = [["title", "某型装备"], ["problem", "本项目属机 密★10年，请勿外传"]]
FORMS = {
    "achievement": ("researcher", "catalog:achievement_create"),
    "need": ("enterprise_lead", "needs:need_create"),
    "talent_post": ("enterprise_lead", "talent:talent_post_create"),
    "expert": ("university_officer", "experts:expert_create"),
    "team": ("researcher", "teams:team_create"),
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_text_with_a_mark_of_a_state_secret_is_not_kept_and_what_was_kept_of_it_is_deleted(kind, login, request):
    person, key, page = request.getfixturevalue(FORMS[kind][0]), f"{kind}:new", uuid4()
    client = login(person)
    assert keep(client, page=page, key=key).status_code == 200

    answer = keep(client, page=page, key=key, revision=1, fields=MARKED_FIELDS)
    assert answer.status_code == 422
    assert "机密" in answer.json()["refused"]
    assert not FormDraft.objects.exists()
    assert keep(client, key=key, fields=MARKED_FIELDS).status_code == 422  # nor does it begin as one
    assert not FormDraft.objects.exists()
    assert keep(client, page=page, key=key).status_code == 200  # without the mark it is kept again


@pytest.mark.parametrize("kind", ["achievement", "need", "talent_post", "expert"])
def test_a_marked_text_that_is_sent_leaves_nothing_that_was_kept_of_it(kind, login, request):
    """Kept before the mark was known: the page's own text, and what else of his carries a mark."""
    person = request.getfixturevalue(FORMS[kind][0])
    own, elsewhere, harmless = uuid4(), uuid4(), uuid4()
    for uuid, fields in ((own, FIELDS), (elsewhere, MARKED_FIELDS), (harmless, FIELDS)):
        FormDraft.objects.create(user=person, uuid=uuid, key=f"{kind}:new", fields=fields)
    sent = {"problem": "绝密", "draft": f"{own}.1"}
    assert login(person).post(reverse(FORMS[kind][1]), sent).status_code == 422
    assert FormDraft.objects.get().uuid == harmless


def test_a_text_whose_mark_was_not_known_is_shown_nowhere_and_dropped_by_night(mine, researcher, monkeypatch):
    monkeypatch.setattr(drafts, "PIECE", 2)
    marked = uuid4()
    for uuid, fields in ((uuid4(), FIELDS), (uuid4(), FIELDS), (marked, MARKED_FIELDS), (uuid4(), FIELDS)):
        FormDraft.objects.create(user=researcher, uuid=uuid, key=KEY, fields=fields)
    assert len(offered(mine)) == 3
    assert "外传" not in mine.get(reverse("drafts:list")).content.decode()
    assert mine.get(reverse("drafts:read", args=[marked])).status_code == 404

    def left():
        return set(FormDraft.objects.values_list("uuid", flat=True))

    assert_repeatable("drop_old_drafts", lambda: enqueue(kind="drop_old_drafts", args={}), left, monkeypatch)
    assert len(left()) == 3
    assert marked not in left()


@pytest.mark.parametrize("text", ["商业机密", "技术机密", "机密性", "不涉及国家秘密", "非涉密", "脱密后的数据"])
def test_everyday_words_are_kept(text, mine):
    assert keep(mine, fields=[["summary", text]]).status_code == 200
