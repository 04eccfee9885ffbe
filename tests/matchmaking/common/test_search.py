"""Chinese full-text search against PostgreSQL."""

import json
import random
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.postgres.search import SearchRank
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matchmaking.common import search
from matchmaking.common.search import DICTIONARY_VERSION, has_terms, search_query, search_vector, tokens_for_index
from matchmaking.vocabularies.models import Region

pytestmark = pytest.mark.django_db

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12)


def finds(query: str, text: str) -> bool:
    row = Region.objects.filter(code="32").annotate(vector=search_vector({"A": text}))
    return row.filter(vector=search_query(query)).exists()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("电池热管理", "动力锂电池包的热管理系统"),
        ("电池热管理", "电池热管理"),
        ("锂电池", "一种锂电池隔膜"),
        ("电池", "一种锂电池隔膜"),
        ("动力电池", "动力锂电池"),
        ("机器人", "六轴工业机器人减速器"),
        ("工业机器人", "工业用机器人"),
        ("膜材料", "反渗透膜与材料"),
        ("膜", "质子交换膜"),
        ("膜", "膜"),
        ("精密加工", "超精密切削加工"),
        ("熔覆", "激光熔覆修复"),
        ("光熔", "激光熔覆修复"),
        ("PEM", "ＰＥＭ电解槽"),
        ("lifepo", "LiFePO4 正极"),
        ("管理系统", "代管理系统性"),  # the dictionary cuts both so that no word of the one stands in the other
        ("3D打印", "金属3d打印"),
        ("5G", "5G 通信"),
        ("2.5MPa", "压力 2.5 MPa"),
        ("𠮷", "𠮷野家"),
    ],
)
def test_finds(query, text):
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("电池热管理", "电池隔膜"),
        ("机器人", "机器视觉"),
        ("锂电池", "钠离子电池"),
        ("膜", "模具"),
        ("光覆", "激光熔覆修复"),
        ("5G", "15G"),
    ],
)
def test_does_not_find(query, text):
    assert not finds(query, text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u3000", "%", "_", "\\", "'", '"', "';--", "a & ", "!", "(", ":*", "<->", "a | | b", "..%2f", "\x00电池",
     "\ud800电池", "电池'", "’电池", "﷽" * 300, "a" * 100_000, "电" * 10_000, "& ".join("电池"), "1e309", "==", "🔋",
     "\u202e池电", "null", "NaN", "＝1+1", "a:b", "电池:*", "é", "٣", "-"],
)  # fmt: skip
def test_no_input_is_a_syntax_error(text):
    finds(text, "电池")
    list(Region.objects.annotate(vector=search_vector({"A": text})).values_list("vector", flat=True)[:1])


def test_nothing_to_search_for_is_known_and_finds_nothing():
    assert not has_terms("％ ' & 。")
    assert has_terms("电")
    assert not finds("％ ' & 。", "电池")


@given(HAN, st.data())
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_piece_of_a_text_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert finds(text[start:end], text), tokens_for_index(text)


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_stored_and_searched(text):
    finds(text, text)


@pytest.mark.parametrize("query", ["电池", "机器人", "膜", "传感器", "激光", "精密", "锂"])
def test_finds_at_least_what_like_finds_in_the_sample_texts(query):
    texts = [
        row["title"] + row["summary"]
        for path in sorted((Path(settings.BASE_DIR) / "matchmaking/sampledata/data/achievements").glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]
    like = {index for index, text in enumerate(texts) if query in text}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE searched (id int, vector tsvector) ON COMMIT DROP")
        cursor.executemany(
            "INSERT INTO searched VALUES (%s, to_tsvector('simple', %s))",
            [(index, tokens_for_index(text)) for index, text in enumerate(texts)],
        )
        query = " & ".join(search._terms(query))
        cursor.execute("SELECT id FROM searched WHERE vector @@ to_tsquery('simple', %s)", [query])
        found = {row[0] for row in cursor.fetchall()}
    assert like
    assert like <= found


def test_weights_order_the_results():
    def rank(weighted):
        row = Region.objects.filter(code="32").annotate(vector=search_vector(weighted))
        return row.annotate(rank=SearchRank(F("vector"), search_query("机器人"))).get().rank

    assert rank({"A": "机器人"}) > rank({"A": "其他", "D": "机器人"}) > rank({"A": "其他"}) == 0


def test_empty_and_missing_texts():
    assert finds("电池", "电池")
    assert not finds("电池", "")
    vector = search_vector({"A": "", "B": None})
    assert Region.objects.filter(code="32").annotate(vector=vector).get().vector == ""
    assert Region.objects.filter(code="32").annotate(vector=search_vector({})).get().vector == ""


def test_a_long_text_is_cut_not_refused():
    numbers = random.Random(1)
    long = "".join(chr(numbers.randrange(0x4E00, 0x9FA6)) for _ in range(200_000))
    vector = search_vector({"A": "电池", "B": long, "C": long[::-1], "D": long})
    row = Region.objects.filter(code="32").annotate(vector=vector)
    assert row.filter(vector=search_query("电池")).exists()
    assert row.filter(vector=search_query(long[:2])).exists()


def test_the_version_names_rules_and_dictionary():
    rules, dictionary = DICTIONARY_VERSION.split("/")
    assert rules.isdigit()
    assert dictionary
