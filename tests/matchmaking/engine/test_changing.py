"""The smallest change of a pair: it crosses the line when it is made, and no smaller one of its kind does."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from matchmaking.engine.changing import _LADDERS, KINDS, Pair
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import NeedProfile

from . import builders

POLICY = Policy()
BANDS = tuple(f"b{number}" for number in range(8))
MODEL = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS)


def pair_of(need=builders.COATING_NEED, target=builders.ANTICORROSION):
    return Pair.of(need, target, MODEL, POLICY)


def scored(need, target):
    """The score in an index of its own, built from nothing."""
    return Index.build([target], MODEL, POLICY).score_pairs([(need, target.key)], explain=False)[0].score


def carries(need, target):
    """Whether more than single characters carries the pair, in an index of its own."""
    return Index.build([target], MODEL, POLICY).carries(need, target.key)


def by_kind(changes):
    return {change.kind: change for change in changes.found}


def test_a_pair_alone_has_the_score_it_has_in_company():
    everybody = Index.build(builders.OFFERS, MODEL, POLICY)
    for target in builders.OFFERS:
        alone = pair_of(target=target).candidate()
        [among] = everybody.score_pairs([(builders.COATING_NEED, target.key)])
        assert (alone.score, alone.reasons) == (among.score, among.reasons)


def test_one_level_of_maturity_is_named_with_the_level():
    short = replace(builders.ANTICORROSION, trl=5)
    between = (scored(builders.COATING_NEED, replace(short, trl=6)) + scored(builders.COATING_NEED, short)) / 2
    change = by_kind(pair_of(target=short).smallest(between, bands=BANDS))["maturity"]
    assert (change.steps, change.before, change.after, change.side) == (1, 5, 6, "target")


def test_one_more_indicator_is_named_with_what_is_wanted():
    silent = replace(builders.ANTICORROSION, indicators=())
    line = scored(builders.COATING_NEED, replace(silent, indicators=builders.COATING_NEED.indicators[:1]))
    change = by_kind(pair_of(target=silent).smallest(line, bands=BANDS))["indicator"]
    assert (change.before, change.after) == ("", ("附着力", "≥ 10 MPa"))


def test_nothing_helps_where_no_word_is_shared():
    changes = pair_of(target=builders.SOIL_MICROBES).smallest(0.99, bands=BANDS)
    assert changes.found == ()
    assert {"indicator", "industry", "field"} <= set(changes.tried)


SINGLE = NeedProfile("N-9", "虾的料", problem="粉的配比", indicators=builders.COATING_NEED.indicators)
POWDER = replace(builders.ANTICORROSION, title="料粉", summary="粉与料", key_points="", keywords=(), indicators=(),
                 problem_solved="", application_text="")  # fmt: skip


def test_single_characters_alone_are_never_above_a_line():
    pair = pair_of(SINGLE, POWDER)
    score = pair.candidate().score
    assert score > 0.0
    changes = pair.smallest(score / 2, bands=BANDS)
    assert (changes.above, changes.worded) == (False, False)
    assert set(by_kind(changes)) <= {"indicator"}  # no code makes words common
    worded = replace(POWDER, indicators=builders.COATING_NEED.indicators[:1])
    assert carries(SINGLE, worded)
    assert by_kind(changes)["indicator"].score == scored(SINGLE, by_kind(changes)["indicator"].target)


def test_what_carries_a_pair_is_asked_whatever_excludes_it():
    own = replace(builders.ANTICORROSION, units=(builders.COATING_NEED.owner or "U-1",))
    need = replace(builders.COATING_NEED, owner=own.units[0])
    pair = pair_of(need, own)
    assert pair.candidate().excluded
    assert not pair.candidate().above_floor
    assert pair.smallest(pair.candidate().score / 2, bands=BANDS).above


def test_the_line_of_a_list_is_taken_and_has_to_be_passed():
    score = pair_of().candidate().score
    assert pair_of().smallest(score, bands=BANDS).above
    assert not pair_of().smallest(score, bands=BANDS, beyond=True).above


def test_of_the_easiest_change_is_spoken_first():
    changes = pair_of(target=replace(builders.ANTICORROSION, trl=4, price_band="b7")).smallest(0.75, bands=BANDS)
    sizes = [(change.steps, KINDS.index(change.kind)) for change in changes.found]
    assert sizes == sorted(sizes)


@builders.unhurried
@given(
    need=builders.need_profiles("N0"),
    target=builders.offer_profiles("T0") | builders.expert_profiles("T0"),
    place=st.floats(0.05, 0.95),
    beyond=st.booleans(),
)
def test_a_change_crosses_the_line_and_no_smaller_one_of_its_kind_does(need, target, place, beyond):
    pair = pair_of(need, target)
    score = scored(need, target)
    assume(score > 0.0)
    line = score * (0.7 + 0.6 * place)
    changes = pair.smallest(line, bands=BANDS, beyond=beyond)

    def passes(score, target=target):
        return (score > line if beyond else score >= line) and carries(need, target)

    assert changes.above == passes(score)
    assert changes.worded == carries(need, target)
    for kind in KINDS:
        steps = list(_LADDERS[kind](need, target, not changes.above, BANDS))
        found = by_kind(changes).get(kind)
        if found is not None:
            assert scored(found.need, found.target) == found.score
            assert passes(found.score, found.target) != changes.above
        smaller = [step for step in steps if found is None or step.steps < found.steps]
        if kind != "indicator" or len(steps) <= 4:
            assert all(passes(scored(step.need, step.target), step.target) == changes.above for step in smaller), kind
