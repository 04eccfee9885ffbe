"""What an explanation says: in words, in points that add up, for and against; and to whom."""

import pytest

from matchmaking.matching.explain import AGAINST, CAUTION, FOR, NEUTRAL, lines
from matchmaking.matching.points import points
from matchmaking.matching.presenting import ShownTarget as Target
from matchmaking.matching.presenting import explanation
from matchmaking.matching.selectors import ShownNeed

pytestmark = pytest.mark.django_db


def reason(signal, contribution, need_quotes=(), offer_quotes=(), **params):
    return {"signal": signal, "contribution": contribution, "params": params, "need_quotes": list(need_quotes),
            "offer_quotes": list(offer_quotes)}  # fmt: skip


REASONS = [
    reason(
        "text", 0.41234, [{"field": "problem", "text": "叶片漏检。"}], [{"field": "summary", "text": "涡流阵列探头。"}],
        share=0.6, terms=[["涡流检测", 0.30004], ["叶片", 0.08]], rest=0.0323, evidence=2.5,
    ),
    reason("missing_terms", 0.0, terms=["发动机"]),
    reason("limits", 0.0),
    reason("field", 0.10005, level=2, need="0405", target="0405"),
    reason("outside", 0.03, name="small"),
    reason("indicators", 0.0, met=0, missed=0, unknown=1, lines=[["附着力", "unknown", "≥ 10 MPa", "", True]]),
    reason("maturity", -0.04, need=7, target=5),
    reason("budget", 0.01, need="b2", target="b3"),
    reason("hub", -0.01, deviations=0.5),
    reason("unheard_of", 0.02),
    reason("chance", 0.02, ),
]  # fmt: skip
SCORE = sum(one["contribution"] for one in REASONS)


def by_signal(**sight):
    return {line.signal: line for line in lines(REASONS, **sight)}


def test_every_line_has_a_name_and_a_sentence_also_one_of_an_unknown_signal():
    found = by_signal(body_open=True)
    assert list(found) == [one["signal"] for one in REASONS]
    assert all(line.name and line.sentence for line in found.values())
    assert not any("deviation" in line.sentence for line in found.values())


def test_lines_stand_for_and_against():
    found = by_signal(body_open=True)
    stances = {signal: line.stance for signal, line in found.items()}
    assert stances == {
        "text": FOR, "missing_terms": AGAINST, "limits": CAUTION, "field": FOR, "outside": FOR, "indicators": NEUTRAL,
        "maturity": AGAINST, "budget": CAUTION, "hub": AGAINST, "unheard_of": FOR, "chance": NEUTRAL,
    }  # fmt: skip


def test_the_points_shown_add_up_to_the_fit_shown():
    shown = points(lines(REASONS, body_open=True), SCORE)
    assert sum(row.tenths for row in shown.rows) == shown.tenths == round(SCORE * 1000)
    names = [row.wording or row.name for row in shown.rows]
    assert names[:2] == ["涡流检测", "叶片"]
    assert len(shown.rows) == 3 + len([one for one in REASONS[1:] if one["contribution"]])
    assert all(0 <= float(row.left) <= 100 and float(row.left) + float(row.width) <= 100.01 for row in shown.rows)


def test_points_that_all_round_down_still_add_up():
    reasons = [reason(signal, 0.10044) for signal in ("related", "hub", "chance")]
    shown = points(lines(reasons, body_open=True), 3 * 0.10044)
    assert (shown.shown, sorted(shown.of_lines.values())) == ("30.1", ["+10.0", "+10.0", "+10.1"])


def test_no_bars_are_drawn_that_do_not_add_up():
    assert points(lines(REASONS, body_open=True), SCORE + 1e-3) is None
    assert points(lines(REASONS, body_open=False, need_open=True), SCORE) is None
    assert points(lines(REASONS, body_open=True), None) is None


def test_without_the_need_s_text_only_public_facts_are_said_and_no_number():
    found = by_signal(body_open=False, need_open=True)
    assert set(found) == {"text", "field", "maturity", "budget"}
    for line in found.values():
        assert (line.contribution, line.terms, line.parts, line.need_quotes, line.offer_quotes) == (
            None,
            (),
            (),
            (),
            (),
        )


@pytest.mark.parametrize("sight", [{"body_open": True, "target_open": False}, {"body_open": False}])
def test_with_one_record_closed_nothing_is_said_of_its_facts(sight):
    assert set(by_signal(**sight)) == {"text"}


def need_seen(body):
    return ShownNeed("题目", body, "", "")


def target_seen(is_open):
    return Target("achievement", "flask", "成果", "", "CG-1", "", is_open)


def test_the_fit_itself_is_a_number_made_of_both_texts():
    assert explanation(REASONS, SCORE, need_seen(object()), target_seen(True))["score"] == SCORE
    for need, target in ((need_seen(None), target_seen(True)), (need_seen(object()), target_seen(False))):
        closed = explanation(REASONS, SCORE, need, target)
        assert (closed["score"], closed["points"], closed["whole"]) == (None, None, False)


def test_what_speaks_against_it_stands_in_a_group_of_its_own():
    groups = {
        group["key"]: group["lines"] for group in explanation(REASONS, SCORE, need_seen(1), target_seen(True))["groups"]
    }
    assert [line.signal for line in groups["against"]] == ["missing_terms", "limits", "maturity", "budget", "hub"]
