"""What an explanation says: in words, in points that add up, for and against; and to whom."""

from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from matchmaking.engine.policy import Policy
from matchmaking.matching import snapshot
from matchmaking.matching.explain import AGAINST, CAUTION, FOR, NEUTRAL, lines
from matchmaking.matching.models import Candidate, Match
from matchmaking.matching.points import points
from matchmaking.matching.presenting import ShownTarget as Target
from matchmaking.matching.presenting import brief, explanation, is_strong
from matchmaking.matching.selectors import ShownNeed
from matchmaking.matching.telling import telling

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
        "text": FOR, "missing_terms": CAUTION, "limits": CAUTION, "field": FOR, "outside": FOR, "indicators": CAUTION,
        "maturity": AGAINST, "budget": CAUTION, "hub": NEUTRAL, "unheard_of": FOR, "chance": NEUTRAL,
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
    assert set(found) == {"field", "maturity", "budget"}
    for line in found.values():
        assert (line.contribution, line.terms, line.parts, line.need_quotes, line.offer_quotes) == (
            None,
            (),
            (),
            (),
            (),
        )


@pytest.mark.parametrize("sight", [{"body_open": True, "target_open": False}, {"body_open": False}])
def test_with_one_record_closed_nothing_is_said_of_the_pair(sight):
    assert by_signal(**sight) == {}


def need_seen(body):
    return ShownNeed("题目", body, "", "")


def target_seen(is_open):
    return Target("achievement", "flask", "成果", "", "CG-1", "", is_open)


def test_the_fit_itself_is_a_number_made_of_both_texts():
    assert explanation(REASONS, SCORE, need_seen(object()), target_seen(True), strong=True)["score"] == SCORE
    for need, target in ((need_seen(None), target_seen(True)), (need_seen(object()), target_seen(False))):
        closed = explanation(REASONS, SCORE, need, target, strong=True)
        assert (closed["score"], closed["points"], closed["whole"]) == (None, None, False)


@pytest.mark.parametrize(
    ("signals", "is_open", "heads"),
    [
        (["field", "maturity"], False, {"short-for", "short-against"}),
        (["text", "maturity"], False, {"short-against"}),
        (["text", "field"], False, {"short-for"}),
        (["text", "indicators"], False, set()),
        (["field"], True, {"short-for", "short-against"}),
        (["maturity"], True, {"short-for", "short-against"}),
    ],
)
def test_in_short_nothing_is_said_of_a_text_that_is_closed(signals, is_open, heads):
    """That nothing speaks for or against a pair is said to those only who read all of it."""
    reasons = [one for one in REASONS if one["signal"] in signals]
    why = explanation(reasons, None, need_seen(object() if is_open else None), target_seen(True), strong=True)
    page = {"match": Match(reasons=reasons), "disputes": {}, "may_say": False, "quiet": False}
    with override("en"):
        shown = render_to_string("matchmaking/matching/_reasons.html", why | page)
    assert {head for head in ("short-for", "short-against") if f'id="{head}"' in shown} == heads
    assert ("Nothing" in shown) is is_open
    assert ("not open to you" in shown) is not is_open


def test_what_speaks_against_it_stands_in_a_group_of_its_own():
    groups = {
        group["key"]: group["lines"]
        for group in explanation(REASONS, SCORE, need_seen(1), target_seen(True), strong=True)["groups"]
    }
    against = ["maturity", "limits", "indicators", "budget", "missing_terms"]  # doubts behind, mere words last
    assert [line.signal for line in groups["against"]] == against
    assert [line.signal for line in groups["neutral"]] == ["hub", "chance"]


# --- What reads true ----------------------------------------------------------------------------------------------


def weak(**params):
    """A pair whose texts share little beyond what any two records share."""
    text = {"share": 0.4, "terms": [["涂层", 0.05], ["灭菌", 0.02]], "rest": 0.385} | params
    quote = [{"field": "problem", "text": "管子里面结垢。"}]
    return [
        reason("text", 0.455, quote, quote, **text),
        reason("related", 0.095),
        reason("hub", -0.033),
        reason("chance", -0.273),
    ]


def test_texts_with_little_in_common_are_not_said_to_speak_of_the_same_things():
    strong = by_signal(body_open=True)["text"]
    text, related, *_rest = lines(weak(), body_open=True)
    assert text.sentence != strong.sentence
    assert (text.stance, related.stance) == (CAUTION, NEUTRAL)
    closer = [one | {"contribution": -0.1} if one["signal"] == "chance" else one for one in weak()]
    assert [line.stance for line in lines(closer, body_open=True)][:2] == [FOR, FOR]
    assert lines(closer, body_open=True)[0].sentence == strong.sentence
    assert lines(weak(), body_open=True, strong=True)[0].sentence == strong.sentence


@pytest.mark.parametrize(
    ("said", "strong"),
    [
        (Candidate(above_floor=True, score=0.2), True),
        (Candidate(above_floor=False, score=0.9), False),
        (Match(origin="run", score=0.2, achievement_id=1), True),
        (Match(origin="human", score=None, achievement_id=1), False),
        (Match(origin="human", score=0.56, achievement_id=1), False),
        (Match(origin="human", score=0.58, achievement_id=1), True),
        (Match(origin="human", score=0.56, expert_id=1), True),
    ],
)
def test_strong_is_what_would_be_proposed(said, strong, monkeypatch):
    """By the run that found it; by hand, by the policy in force, whose probabilities may have raised its floor."""
    raised = replace(Policy(), calibration=((0.5, 0.0, 90), (0.57, 0.0, 90), (0.571, 0.5, 90)), expert_calibration=())
    monkeypatch.setattr(snapshot, "default_policy", lambda: raised)
    assert is_strong(said) is strong


def test_the_others_of_a_pair_decide_what_is_said_of_one_line():
    assert lines(weak()[:1], body_open=True)[0].stance == FOR
    [alone] = lines(weak()[:1], body_open=True, among=weak())
    assert (alone.stance, alone.sentence) == (CAUTION, lines(weak(), body_open=True)[0].sentence)


def test_without_a_shared_word_nothing_is_quoted():
    text = lines(weak(terms=[]), body_open=True)[0]
    assert (text.stance, text.terms, text.need_quotes, text.offer_quotes) == (CAUTION, (), (), ())
    named = {lines(weak(**more), body_open=True)[0].parts[-1][0] for more in ({}, {"terms": []})}
    assert len(named) == 2  # what is shared beside words is not called further words where there are none


def test_words_of_any_text_are_not_shown_but_counted():
    [text] = lines(
        [reason("text", 0.5, share=0.6, terms=[["时间", 0.1], ["导尿管", 0.3], ["每小时", 0.1]])], body_open=True
    )
    assert text.terms == ("导尿管",)
    assert [wording for wording, _points in text.parts] == ["时间", "导尿管", "每小时"]
    assert telling(["各向异性", "各时间", "两周", "一致性", "单相"]) == ("各向异性", "一致性", "单相")
    assert lines([reason("missing_terms", 0.0, terms=["考核"])], body_open=True) == []


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"met": 2, "missed": 0, "unknown": 1}, "2 met, 1 not stated."),
        ({"met": 0, "missed": 0, "unknown": 3}, ": 3 not stated."),
        ({"met": 1, "missed": 2, "unknown": 0}, "1 met, 2 missed."),
    ],
)
def test_indicators_are_counted_without_zeros(counts, said):
    with override("en"):
        [line] = lines([reason("indicators", 0.0, **counts)], body_open=True)
    assert said in line.sentence
    assert "0" not in line.sentence


def test_a_value_that_cannot_be_compared_is_not_called_not_stated():
    rows = [["入口烟温", "unknown", "170–190 ℃", "160–200 ℃", True], ["使用时间", "unknown", "≥ 16000 h", "", True]]
    with override("en"):
        [line] = lines([reason("indicators", 0.01, met=0, missed=0, unknown=2, lines=rows)], body_open=True)
    assert ": 1 to be compared by hand, 1 not stated." in line.sentence


def test_in_short_names_what_counts_most_on_both_sides():
    short = explanation(REASONS, SCORE, need_seen(1), target_seen(True), strong=True)["short"]
    assert [line.signal for line in short["for"]] == ["text", "field", "unheard_of"]
    assert [line.signal for line in short["against"]] == ["maturity", "limits", "indicators"]


def test_a_list_does_not_spend_its_room_on_words_that_are_only_not_repeated():
    found = explanation(REASONS, SCORE, need_seen(1), target_seen(True), strong=True)["lines"]
    assert [line.signal for line in brief(found)] == ["indicators", "text", "maturity"]
    two = [replace(line, terms=("发动机", "叶轮")) if line.signal == "missing_terms" else line for line in found]
    without = [line for line in two if line.signal != "indicators"]
    assert [line.signal for line in brief(without)] == ["text", "limits", "maturity"]
    text, missing = [line for line in two if line.signal in ("text", "missing_terms")]
    assert brief([text, missing]) == [text, missing]
    assert brief([text, replace(missing, terms=("发动机",))]) == [text]  # one word is left to the page of the match
