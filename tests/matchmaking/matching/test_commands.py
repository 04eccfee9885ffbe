"""`rank` and `evaluate`: the engine on files, with no database."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.matchmaking.engine.outside import onnx_folder

NEEDS = [{"id": "n1", "title": "户外钢结构防腐涂层掉漆"}, {"id": "n2", "title": "焊缝在线检测"}]
OFFERS = [{"id": "a1", "title": "石墨烯防腐涂层"}, {"id": "a2", "title": "焊缝检测机器人"}]


@pytest.fixture
def files(tmp_path):
    """`files(name, lines)` writes a file of JSON lines or texts."""

    def write(name, lines):
        path = tmp_path / name
        path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), "utf-8")
        return path

    return write


def run_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_run_is_written_and_measured_without_a_database(files, tmp_path):
    out = tmp_path / "run.jsonl"
    call_command("rank", needs=files("n", NEEDS), offers=files("o", OFFERS), top=1, out=out)
    assert [(row["need"], row["ranked"][0]["id"]) for row in run_of(out)] == [("n1", "a1"), ("n2", "a2")]
    first = run_of(out)[0]["ranked"][0]
    assert sum(reason["contribution"] for reason in first["reasons"]) == pytest.approx(first["score"], abs=1e-6)
    said = StringIO()
    call_command("evaluate", run=out, qrels=files("q", ["n1\ta1\t4", "n2\ta2\t3"]), stdout=said)
    assert "nDCG@10            1.0000" in said.getvalue()


def test_pairs_are_scored_without_reasons(files, tmp_path):
    out = tmp_path / "run.jsonl"
    pairs = files("p", ["n1\ta2", "n1\ta1"])
    call_command("rank", needs=files("n", NEEDS), offers=files("o", OFFERS), pairs=pairs, no_reasons=True, out=out)
    (row,) = run_of(out)
    assert [one["id"] for one in row["ranked"]] == ["a1", "a2"]
    assert "reasons" not in row["ranked"][0]


def test_experts_are_ranked_by_their_documents(files, tmp_path):
    experts = files(
        "x", [{"id": "e1", "documents": ["防腐涂层的附着力", "古代诗词"]}, {"id": "e2", "documents": ["诗词"]}]
    )
    out = tmp_path / "run.jsonl"
    call_command("rank", needs=files("n", NEEDS), offers=experts, kind="expert", top=2, out=out)
    assert [one["id"] for one in run_of(out)[0]["ranked"]] == ["e1"]


def test_an_encoder_from_outside_is_one_line(files, tmp_path):
    out = tmp_path / "run.jsonl"
    given = {"needs": files("n", NEEDS), "offers": files("o", OFFERS), "out": out}
    call_command("rank", encoder=f"onnx:{onnx_folder(tmp_path / 'tiny')}", **given)
    for found in run_of(out)[0]["ranked"]:
        assert [one["params"] for one in found["reasons"] if one["signal"] == "outside"] == [{"name": "tiny"}]
        assert sum(reason["contribution"] for reason in found["reasons"]) == pytest.approx(found["score"], abs=1e-6)


def test_without_the_encoder_that_is_named_the_rest_ranks_alone(files, tmp_path):
    plain, named, said = tmp_path / "plain", tmp_path / "named", StringIO()
    given = {"needs": files("n", NEEDS), "offers": files("o", OFFERS)}
    call_command("rank", out=plain, **given)
    call_command("rank", out=named, encoder="package:no_such_package_is_here", stderr=said, **given)
    assert named.read_bytes() == plain.read_bytes()
    assert "no package no_such_package_is_here" in said.getvalue()
    call_command("rank", out=named, cross_encoder="onnx:/no/such/folder", stderr=said, **given)
    assert named.read_bytes() == plain.read_bytes()
    assert "no folder /no/such/folder" in said.getvalue()


def test_bad_input_is_refused_with_its_line_and_leaves_no_file(files, tmp_path):
    out = tmp_path / "run.jsonl"
    with pytest.raises(CommandError, match="line 2"):
        call_command("rank", needs=files("n", [*NEEDS[:1], "{"]), offers=files("o", OFFERS), out=out)
    with pytest.raises(CommandError, match="n1, a9"):
        call_command("rank", needs=files("n", NEEDS), offers=files("o", OFFERS), pairs=files("p", ["n1\ta9"]), out=out)
    assert not list(tmp_path.glob("run*"))


def test_a_run_that_nobody_judged_is_not_measured(files):
    run = files("r", [{"need": "n1", "ranked": []}])
    with pytest.raises(CommandError, match="None of the judged needs"):
        call_command("evaluate", run=run, qrels=files("q", ["n9\ta1\t4"]))


def graded(files):
    """Forty needs with eight offers each, of which every other one is strong and shares the need's words."""
    words = [f"{one}{other}" for one in "钢铝铜瓷膜泵阀轴" for other in "裂蚀堵漏热"]
    needs = [{"id": f"g{at}", "title": f"{word}问题的解决"} for at, word in enumerate(words)]
    offers = [
        {"id": f"g{at}-{number}", "title": f"{word}控制方法{number}" if number % 2 else f"育种选育技术{number}{at}"}
        for at, word in enumerate(words)
        for number in range(8)
    ]
    grades = [f"g{at}\tg{at}-{number}\t{4 if number % 2 else 1}" for at in range(len(words)) for number in range(8)]
    return needs, offers, files("grades", grades)


def test_grades_state_probabilities_and_without_them_none_is_half_or_more(files, tmp_path):
    needs, offers, grades = graded(files)
    out = tmp_path / "run.jsonl"
    options = {"needs": files("n", NEEDS), "offers": files("o", [*OFFERS, *offers]), "top": 3, "out": out}
    call_command("rank", **options, fit_texts=files("t", needs), grades=grades)
    stated = [one["probability"] for row in run_of(out) for one in row["ranked"]]
    assert stated
    assert all(0.0 < probability < 1.0 for probability in stated)
    call_command("rank", **options, fit_texts=files("t", needs))
    cautious = [one["probability"] for row in run_of(out) for one in row["ranked"]]
    assert cautious != stated
    assert all(0.0 < probability < 0.5 for probability in cautious)


def test_what_is_ranked_must_not_be_learned_from(files):
    needs, offers, grades = graded(files)
    options = {"offers": files("o", offers), "grades": grades}
    with pytest.raises(CommandError, match="must not be learned from: g0"):
        call_command("rank", needs=files("n", needs[:1]), fit_texts=files("t", needs), **options)
    with pytest.raises(CommandError, match="not among the records: g0"):
        call_command("rank", needs=files("n", NEEDS), fit_texts=files("t", needs[1:]), **options)
    with pytest.raises(CommandError, match="none are given"):
        call_command("rank", needs=files("n", NEEDS), **options)
