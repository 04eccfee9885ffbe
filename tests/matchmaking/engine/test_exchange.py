"""Records, judgements and runs as files."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from matchmaking.engine import exchange
from matchmaking.engine.checks import InputError
from matchmaking.engine.exchange import Judgements, Listed
from matchmaking.engine.trial import Trial, measure
from matchmaking.engine.types import ExpertProfile, Indicator, NeedProfile, OfferProfile


def write(path, *lines):
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_every_field_of_a_need_is_read(tmp_path):
    line = {
        "id": "n1", "title": "涂层", "goal": "不掉漆", "keywords": "防腐；盐雾", "problem": ["起泡", "掉漆"],
        "background": "海边", "field": "0405", "trl": "TRL7", "region": "3702", "modes": ["license_non"],
        "budget": 600_000, "indicators": [{"name": "附着力", "operator": "ge", "value": 10, "unit": "MPa"}, "美观"],
    }  # fmt: skip
    assert exchange.read_needs(write(tmp_path / "n.jsonl", line)) == [
        NeedProfile(
            "n1", "涂层", goal="不掉漆", keywords=("防腐", "盐雾"), problem="起泡\n掉漆", background="海边",
            tech_field="0405", trl=7, region="3702", coop_modes=("license_non",), budget_band="b3",
            indicators=(Indicator("附着力", "ge", Decimal(10), unit="MPa"), Indicator("", text="美观")),
        )
    ]  # fmt: skip


def test_words_in_the_place_of_codes_are_read_as_text(tmp_path):
    line = {"id": "a1", "title": "涂料", "field": "新材料", "applications": ["33", "船舶"], "trl": 0, "price": "b2"}
    assert exchange.read_offers(write(tmp_path / "a.jsonl", line)) == [
        OfferProfile("a1", "涂料", applications=("33",), application_text="船舶\n新材料", price_band="b2")
    ]


@pytest.mark.parametrize(
    ("amount", "band"),
    [(99_999, "b1"), (100_000, "b2"), ("50000000", "b7"), (0, ""), ("面议", ""), (None, ""), (True, ""), ("NaN", "")],
)
def test_an_amount_falls_into_its_band(amount, band):
    assert exchange.offer_of({"id": "a", "price": amount}).price_band == band


def test_a_text_alone_is_the_title_and_an_experts_documents(tmp_path):
    path = write(tmp_path / "x.jsonl", {"id": 7, "text": "焊接 ; 铸造"})
    assert exchange.read_offers(path) == [OfferProfile("7", "焊接 ; 铸造")]
    assert exchange.read_experts(path) == [ExpertProfile("7", ("焊接", "铸造"))]
    whole = write(tmp_path / "d.jsonl", {"id": "e", "documents": ["焊接 ; 铸造", ""]})
    assert exchange.read_experts(whole) == [ExpertProfile("e", ("焊接 ; 铸造",))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2, is not JSON"),
        ("[1]", "line 2: is not an object"),
        ('{"title": "无号"}', "line 2: has no id"),
        ('{"id": "n", "indicators": [{"operator": "about"}]}', "“about” is no operator"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, said):
    with pytest.raises(InputError, match=said):
        exchange.read_needs(write(tmp_path / "n.jsonl", {"id": "n1"}, line))


def test_a_file_that_is_missing_or_not_utf8_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.jsonl cannot be read"):
        exchange.read_needs(tmp_path / "gone.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes('{"id": "涂层"}'.encode("gb18030"))
    with pytest.raises(InputError, match="not UTF-8"):
        exchange.read_needs(tmp_path / "gbk.jsonl")


def test_judgements_are_read_in_both_forms(tmp_path):
    graded = exchange.read_grades(write(tmp_path / "g.tsv", "n1\ta1\t4", "", "n1\ta2\t1"))
    assert graded == Judgements({"n1": {"a1": 4, "a2": 1}}, binary=False)
    lines = [{"q": "n1", "d": "a1", "rel": 1}, {"q": "n2", "d": "a2", "rel": 1}]
    binary = exchange.read_grades(write(tmp_path / "q.jsonl", *lines))
    assert binary == Judgements({"n1": {"a1": 1}, "n2": {"a2": 1}}, binary=True)


@pytest.mark.parametrize("line", ["n1\ta1", "n1\ta1\t5", "n1\ta1\tstrong", "n1\t\t3"])
def test_a_grade_that_is_none_is_refused(tmp_path, line):
    with pytest.raises(InputError, match="line 1"):
        exchange.read_grades(write(tmp_path / "g.tsv", line))


def test_a_run_reads_back_as_it_was_written(tmp_path):
    needs = [NeedProfile("n1", "钢结构防腐涂层"), NeedProfile("n2", "完全无关的需求")]
    trial = Trial(needs, [OfferProfile("a1", "石墨烯防腐涂层"), OfferProfile("a2", "焊接机器人")])
    rankings = list(trial.rank(top=5, reasons=True))
    path = write(tmp_path / "run.jsonl", *(exchange.run_line(one, reasons=True) for one in rankings))
    run = exchange.read_run(path)
    assert run["n1"] == [Listed(one.target, one.score, one.probability) for one in rankings[0].candidates]
    assert [one.target for one in run["n1"]][:1] == ["a1"]
    with pytest.raises(InputError, match="the need n1 is there twice"):
        exchange.read_run(write(tmp_path / "twice.jsonl", *[exchange.run_line(rankings[0], reasons=False)] * 2))


def test_named_pairs_get_the_scores_of_the_ranking():
    needs = [NeedProfile("n1", "钢结构防腐涂层"), NeedProfile("n2", "焊接机器人的焊缝跟踪")]
    trial = Trial(
        needs, [OfferProfile("a1", "石墨烯防腐涂层"), OfferProfile("a2", "焊接机器人"), OfferProfile("a3", "涂层")]
    )
    ranked = {(r.need, c.target): c.score for r in trial.rank(top=3, reasons=False) for c in r.candidates}
    scored = list(trial.score([("n2", "a2"), ("n1", "a3"), ("n1", "a1")], reasons=False))
    assert [ranking.need for ranking in scored] == ["n2", "n1"]
    assert [(c.target, c.rank) for c in scored[1].candidates] == [("a1", 1), ("a3", 2)]
    assert all(c.score == ranked[r.need, c.target] for r in scored for c in r.candidates)
    with pytest.raises(InputError, match="n1, a9"):
        list(trial.score([("n1", "a9")], reasons=False))


def test_further_texts_change_how_rare_a_word_is():
    needs = [NeedProfile("n1", "涂层焊接")]
    offers = [OfferProfile("a1", "涂层"), OfferProfile("a2", "焊接")]
    common = [OfferProfile(f"t{number}", "焊接") for number in range(200)]
    best = next(Trial(needs, offers, common).rank(top=1, reasons=False))
    assert best.candidates[0].target == "a1"


def listed(*rows):
    return [Listed(target, -float(place), probability) for place, (target, probability) in enumerate(rows)]


def test_measures_are_those_of_the_definitions():
    run = {
        "n1": listed(("a1", 0.9), ("a2", 0.1)),  # a strong one first
        "n2": listed(("a3", 0.6), ("a4", 0.2)),  # no strong pair: a false certainty
        "n3": listed(("a5", 0.4)),  # not judged at all: no answer, no certainty
    }
    found = measure(run, Judgements({"n1": {"a1": 4, "a2": 1}, "n2": {"a3": 2, "a4": 1}}, binary=False))
    assert (found.needs, found.ndcg, found.mrr, found.recall_10) == (2, 1.0, 1.0, 1.0)
    assert (found.false_strong, found.needs_without_answer) == (0.5, 2)
    assert found.pairs_calibrated == 4
    assert found.calibration_error == pytest.approx((0.1 + 0.1 + 0.6 + 0.2) / 4)


def test_a_run_without_probabilities_is_not_called_calibrated():
    found = measure({"n1": listed(("a1", None))}, Judgements({"n1": {"a1": 4}}, binary=False))
    assert (found.calibration_error, found.false_strong) == (None, None)
