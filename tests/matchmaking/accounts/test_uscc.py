"""Unified social credit codes as people type them, and those of organisations that do not exist."""

import random

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from matchmaking.accounts.enums import OrganisationKind
from matchmaking.accounts.uscc import UsccError, clean_uscc, is_valid_uscc, validate_uscc
from matchmaking.sampledata.codes import generate_uscc

VALID = ["91110108551385082Q", "91110000600037341L"]


def with_check(body: str) -> str:
    return body + uscc.calc_check_digit(body)


@pytest.mark.parametrize("code", VALID)
def test_valid_codes(code):
    assert clean_uscc(code) == code
    assert clean_uscc(code.lower()) == code
    assert clean_uscc(f" {code[:2]} {code[2:8]}-{code[8:]}\u3000") == code
    assert clean_uscc("".join(chr(ord(sign) + 0xFEE0) for sign in code)) == code


@pytest.mark.parametrize("first", "ANY159")
def test_an_authority_may_be_a_letter(first):
    assert is_valid_uscc(with_check(f"{first}1110000600037341"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("9111010855138508", "length"),
        ("91110108551385082QQ", "length"),
        ("110108551385082", "old"),
        ("91110108551385082R", "check"),
        ("91110108551385028Q", "check"),
        ("91110108551385082?", "characters"),
        ("91110108551385082统", "characters"),
        ("911101085513850\x0082Q", "characters"),
        (with_check("9111A108551385082"), "form"),
        (with_check("01110108551385082"), "form"),
        ("V1110108551385082Q", "unused"),
        ("9111O108551385082R", "unused"),
    ],
)
def test_wrong_codes_say_why(text, code):
    with pytest.raises(UsccError) as refused:
        clean_uscc(text)
    assert refused.value.code == code
    assert refused.value.sentence


@pytest.mark.parametrize("typed", ["9111O1O8551385O82Q", "9IIIOIO855I385O82q", "911101085S1385082Q"])
def test_a_letter_taken_for_a_digit_is_suggested_never_replaced(typed):
    with pytest.raises(UsccError) as refused:
        clean_uscc(typed)
    assert refused.value.code == "suggestion"
    assert "91110108551385082Q" in refused.value.sentence


def test_the_validator_speaks_at_the_field():
    validate_uscc(VALID[0])
    with pytest.raises(ValidationError) as refused:
        validate_uscc("91110108551385082R")
    assert refused.value.code == "uscc_check"


@given(st.text(max_size=30))
def test_no_text_breaks_it(text):
    assert is_valid_uscc(text) in {True, False}


@given(st.sampled_from(VALID), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_every_single_wrong_character_is_found(code, at, sign):
    changed = code[:at] + sign + code[at + 1 :]
    assert is_valid_uscc(changed) == (changed == code)


@given(st.integers(), st.sampled_from(["32", "3702", "66", "110101"]), st.sampled_from(OrganisationKind.values))
def test_fictional_codes_are_valid_and_nobody_s(seed, region, kind):
    code = generate_uscc(random.Random(seed), region, kind)
    assert clean_uscc(code) == code
    assert code[2:8] == region[:4].ljust(4, "0") + "99"
    assert code == generate_uscc(random.Random(seed), region, kind)


def test_fictional_codes_follow_the_kind():
    rng = random.Random(1)
    heads = {kind: generate_uscc(rng, "32", kind)[:2] for kind in ("enterprise", "university", "dept_edu", "alliance")}
    assert heads == {"enterprise": "91", "university": "12", "dept_edu": "11", "alliance": "51"}
    assert len({generate_uscc(rng, "32", "enterprise") for _ in range(1000)}) == 1000
