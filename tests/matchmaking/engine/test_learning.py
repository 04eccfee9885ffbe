"""Weights learned from grades."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import learning
from matchmaking.engine.calibration import LEAST_GRADED, Calibration
from matchmaking.engine.knobs import Knob, knobs_for, turned
from matchmaking.engine.learning import Graded, Lesson, learn
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import NeedProfile, OfferProfile
from tests.matchmaking.engine import builders
from tests.matchmaking.engine.builders import unhurried

THINGS = [f"{one}{other}" for one in "钢铝铜瓷膜泵阀轴" for other in "板管丝片筒"]
DEEDS = ["开裂", "腐蚀", "堵漏", "喷涂", "焊接", "提纯", "降解", "散热"]


def planted(by: str) -> tuple[Graded, Model]:
    """Forty needs that say one thing in the title and another in the goal; achievements about the one that `by` names
    are strong, those about the other weak."""
    draw = random.Random(5)
    needs, offers, grades = [], [], {}
    for at, thing in enumerate(THINGS):
        other, deeds = THINGS[(at + 17) % len(THINGS)], draw.sample(DEEDS, 4)
        needs.append(NeedProfile(f"N{at:02d}", f"{thing}的{deeds[0]}", goal=f"{other}的{deeds[1]}"))
        grades[f"N{at:02d}"] = {}
        for number, deed in enumerate(deeds):
            for field, named in (("title", thing), ("goal", other)):
                key = f"A{at:02d}-{number}-{field}"
                offers.append(OfferProfile(key, f"{named}{deed}方法"))
                grades[f"N{at:02d}"][key] = 4 if field == by else 1
    return Graded(needs, offers, grades), builders.model_of(*needs, *offers)


@cache
def lesson(by: str) -> Lesson:
    graded, model = planted(by)
    return learn([graded], model, least_pairs=100)


def test_the_field_by_which_people_grade_gains_weight():
    by_title, by_goal = lesson("title"), lesson("goal")
    assert by_goal.verdict == "better"
    before = Policy().need_fields
    after = by_goal.policy.need_fields
    assert after.goal / after.title > 1.5 * before.goal / before.title
    found = by_title.policy.need_fields
    assert found.goal / found.title <= before.goal / before.title
    (outcome,) = by_goal.outcomes
    assert outcome.after > outcome.before + 0.05
    assert outcome.low <= outcome.gain <= outcome.high
    assert outcome.chance < 0.01


def test_what_was_learned_ranks_explains_and_repeats_like_any_policy():
    graded, model = planted("goal")
    policy = lesson("goal").policy
    index = Index.build(graded.targets, model, policy)
    ranking = index.rank(graded.needs[:5], top=8)
    for found in ranking:
        for one in found.candidates:
            assert sum(reason.contribution for reason in one.reasons) == pytest.approx(one.score, abs=1e-6)
    assert (
        Index.build(graded.targets[::-1], model, Policy.from_dict(policy.as_dict())).rank(graded.needs[:5], top=8)
        == ranking
    )


def test_the_order_of_needs_targets_and_grades_means_nothing():
    graded, model = planted("goal")
    draw = random.Random(1)
    needs, targets = draw.sample(graded.needs, len(graded.needs)), draw.sample(graded.targets, len(graded.targets))
    rows = [(need, target, grade) for need, found in graded.grades.items() for target, grade in found.items()]
    draw.shuffle(rows)
    grades: dict[str, dict[str, int]] = {}
    for need, target, grade in rows:
        grades.setdefault(need, {})[target] = grade
    assert learn([Graded(needs, targets, grades)], model, least_pairs=100) == lesson("goal")


def test_equal_strengths_are_told_apart_by_key_alone():
    graded, model = planted("goal")
    twins = [replace(one, key=f"{one.key}-twin") for one in graded.targets]
    grades = {need: found | {f"{target}-twin": 1 for target in found} for need, found in graded.grades.items()}
    turned_over = {need: dict(reversed(found.items())) for need, found in grades.items()}
    both = [
        learn([Graded(graded.needs, [*graded.targets, *twins], one)], model, least_pairs=100)
        for one in (grades, turned_over)
    ]
    assert both[0] == both[1]


@pytest.mark.parametrize("seed", [0, 4])
def test_grades_by_chance_change_no_weight(seed):
    """With the second seed there is a gain, but one that chance gives often."""
    graded, model = planted("goal")
    draw = random.Random(seed)
    grades = {need: {target: draw.choice((1, 1, 1, 4)) for target in found} for need, found in graded.grades.items()}
    found = learn([replace(graded, grades=grades)], model, least_pairs=100)
    assert found.verdict == "no_gain"
    assert (found.outcomes[0].gain > 0.0) == (seed == 4)
    assert replace(found.policy, calibration=Policy().calibration) == Policy()
    assert not found.moved


def test_a_gain_on_the_needs_learned_from_alone_is_none(monkeypatch):
    """The verdict is over needs that were left out, by the engine itself."""
    graded, model = planted("goal")
    seen = []
    fitted = learning._fitted

    def contrary(pictures, kept, count):
        seen.append([int(np.count_nonzero(one)) for one in kept])
        whole = all(one.all() for one in kept)
        return fitted(pictures, kept, count) * (1.0 if whole else -1.0)

    monkeypatch.setattr(learning, "_fitted", contrary)
    assert learn([graded], model, least_pairs=100).verdict == "no_gain"
    assert [count for one in seen for count in one] == [256] * 5  # a fifth of forty needs is left out each time


def test_few_grades_teach_probabilities_and_fewer_nothing():
    graded, model = planted("goal")
    few = learn([graded], model, least_pairs=321)
    assert (few.verdict, few.outcomes, few.moved) == ("too_few", (), {})
    assert replace(few.policy, calibration=Policy().calibration) == Policy()
    assert few.policy.calibration != Policy().calibration
    some = dict(list(graded.grades.items())[: LEAST_GRADED // 8 - 1])
    assert learn([replace(graded, grades=some)], model).policy == Policy()
    assert learn([], model).policy == Policy()


def test_probabilities_are_learned_from_pairs_that_were_left_out():
    """Stated on the pairs of needs that the weights have seen, they would be too certain."""
    graded, model = planted("goal")
    policy = lesson("goal").policy
    pairs = [(need, target) for need in graded.needs for target in graded.grades[need.key]]
    index = Index.build(graded.targets, model, policy)
    assert index.calibration == Calibration.from_steps(policy.calibration)
    stated = [one.probability for one in index.score_pairs(pairs, explain=False)]
    strong = [graded.grades[need.key][target] >= 3 for need, target in pairs]
    assert np.mean(stated) == pytest.approx(np.mean(strong), abs=0.05)


def test_a_need_that_is_not_given_is_refused_and_a_target_that_is_gone_passed_over():
    graded, model = planted("goal")
    with pytest.raises(ValueError, match="N00"):
        learn([replace(graded, needs=graded.needs[1:])], model)
    gone = replace(graded, targets=graded.targets[16:])
    assert learn([gone], model, least_pairs=305).verdict == "too_few"


# --- The numbers that may move ----------------------------------------------------------------------------------------


def every_knob() -> list[Knob]:
    return knobs_for(
        builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS),
        [builders.COATING_NEED],
        [*builders.OFFERS, *builders.EXPERTS],
    )


@unhurried
@given(st.data())
def test_no_weight_changes_its_sign_however_far_it_is_moved(data):
    knobs = every_knob()
    steps = data.draw(st.lists(st.floats(-50, 50), min_size=len(knobs), max_size=len(knobs)))
    found = turned(Policy(), knobs, steps)  # raises when the signals could turn a score around
    for knob, by in zip(knobs, steps, strict=True):
        value = knob.of(found)
        assert max(0.0, knob.least) <= value <= knob.most
        if not knob.name.startswith(("signals.", "expert_signals.")):
            assert (value - knob.of(Policy())) * by >= 0.0
    again = dict(zip((knob.name for knob in knobs), steps, strict=True))
    other = random.Random(0).sample(knobs, len(knobs))
    assert turned(Policy(), other, [again[knob.name] for knob in other]) == found


def test_only_what_both_sides_state_is_learned():
    names = {knob.name for knob in every_knob()}
    assert {
        "signals.field",
        "signals.indicators",
        "expert_signals.field",
        "need_fields.goal",
        "offer_fields.summary",
        "hub",
        "expert_hub",
    } <= names
    assert "fusion.related" not in names  # there are too few texts for an encoder
    assert "expert_signals.indicators" not in names
    bare = knobs_for(builders.model_of(*builders.OFFERS), [NeedProfile("n", "涂层")], [OfferProfile("a", "涂层")])
    assert {knob.name for knob in bare} == {
        "fusion.words",
        "fusion.cosine",
        "single",
        "latin",
        "rarity",
        "k1",
        "b",
        "hub",
    }


def test_a_rarer_word_and_a_latin_one_weigh_as_the_policy_says():
    model = builders.model_of(*builders.OFFERS)

    def weights(**values):
        index = Index.build(builders.OFFERS, model, replace(Policy(), **values))
        return index.weigher.vectoriser

    plain = weights()
    for token in ("涂层", "涂", "mpa"):
        assert weights(rarity=1.0, latin=1.0).figures(token) == plain.figures(token)
        assert weights(rarity=0.5).weight(token) == pytest.approx(plain.weight(token) / plain.figures(token).idf ** 0.5)
    assert weights(latin=2.0).weight("mpa") == 2 * plain.weight("mpa")
    assert weights(latin=2.0).weight("涂层") == plain.weight("涂层")


# --- Probabilities as a floor -----------------------------------------------------------------------------------------


def test_a_floor_is_a_probability_where_one_is_stated():
    steps = ((0.2, 0.05, 40), (0.6, 0.45, 40))
    policy = Policy(calibration=steps, floor=0.0, least_probability=0.25)
    index = builders.index_of(builders.OFFERS, policy)
    assert index.floor == pytest.approx(0.4)
    for one in index.rank([builders.COATING_NEED], top=3)[0].candidates:
        assert one.above_floor == (one.probability >= 0.25)
    none = builders.index_of(builders.OFFERS, replace(policy, least_probability=0.46)).rank([builders.COATING_NEED])[0]
    assert none.empty_reason == "below_floor"
    assert not any(one.above_floor for one in none.candidates)
    assert builders.index_of(builders.OFFERS, replace(policy, floor=0.5)).floor == 0.5


@unhurried
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.99)), min_size=1, max_size=6), st.floats(0, 1))
def test_the_least_score_states_the_probability_and_the_next_lower_one_less(points, wanted):
    scores, shares = sorted({score for score, _ in points}), sorted(share for _, share in points)
    if any(high - low < 1e-6 for low, high in pairwise(scores)):
        return
    calibration = Calibration.from_steps(tuple((s, p, 30) for s, p in zip(scores, shares, strict=False)))
    least = calibration.least_score(wanted)
    if least == float("inf"):
        assert calibration.probability(1.0) < wanted
        return
    assert calibration.probability(least) >= wanted
    assert least == 0.0 or calibration.probability(least - 1e-3) <= wanted


def test_what_an_installation_begins_with_never_states_one_half():
    for steps in (Policy().calibration, Policy().expert_calibration):
        calibration = Calibration.from_steps(steps)
        assert 0.0 < calibration.probability(0.0) < 0.02
        assert 0.3 < calibration.probability(1.0) < 0.5
    floors = [(Policy().floor, Policy().calibration), (Policy().expert_floor, Policy().expert_calibration)]
    for floor, steps in floors:
        assert Calibration.from_steps(steps).probability(floor) >= Policy().least_probability


# --- Decisions beside the grades --------------------------------------------------------------------------------------


def test_decisions_teach_but_neither_measure_nor_calibrate():
    """All grades are of two needs; what people decided on the others says that the goal counts."""
    graded, model = planted("goal")
    first = dict(list(graded.grades.items())[:4])
    decided = {
        need: {target: learning.worth(3, 2) if grade == 4 else 0.0 for target, grade in found.items()}
        for need, found in list(graded.grades.items())[4:]
    }
    alone = learn([replace(graded, grades=first)], model, least_pairs=32)
    helped = learn([replace(graded, grades=first, decisions=decided)], model, least_pairs=32)
    for found in (alone, helped):
        assert [(one.needs, one.pairs) for one in found.outcomes] == [(4, 32)]
        assert found.policy.calibration == Policy().calibration  # 32 graded pairs calibrate nothing
    assert helped.outcomes[0].after > alone.outcomes[0].after
    assert learn([replace(graded, grades=first, decisions=decided)], model, least_pairs=33).verdict == "too_few"


def test_a_decision_low_in_the_list_stands_for_those_that_nobody_made():
    assert [learning.worth(3, place) for place in (1, 2, 5, 50)] == [6.0, 12.0, 30.0, 30.0]
    assert learning.worth(1, 9) == 0.0


def test_a_grade_overrules_a_decision():
    graded, model = planted("goal")
    contrary = {need: dict.fromkeys(found, 0.0) for need, found in graded.grades.items()}
    assert learn([replace(graded, decisions=contrary)], model, least_pairs=100) == lesson("goal")
