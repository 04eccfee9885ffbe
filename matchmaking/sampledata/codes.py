"""Valid unified social credit codes for fictional organisations."""

import random

from stdnum.cn import uscc

_CLASS = {"enterprise": "91", "bank": "91", "fund": "91", "broker": "91", "tto": "91"}
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def generate_uscc(rng: random.Random, region: str, kind: str) -> str:
    """Return a code with a valid check digit: authority and class by kind, region, a random body (GB 32100-2015)."""
    head = _CLASS.get(kind, "12") + region.ljust(6, "0")
    body = head + "".join(rng.choice("0123456789") for _ in range(8)) + rng.choice("0123456789X".replace("X", "G"))
    return body + uscc.calc_check_digit(body)
