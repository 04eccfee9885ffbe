"""Reasons as they are stored: whatever the engine puts into them, what is written is JSON of the same values."""

import json
from collections import namedtuple
from types import MappingProxyType, SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.matching.reasons import as_json, as_text

Place = namedtuple("Place", "row column")
ODD = {
    "numbers": (1, -0.0, 1e-05, 1e22, 0.1 + 0.2, np.float64(0.25), True, None),
    "texts": ("上“下”", "back\\slash", "tab\t and\nline", "\u2028", "😀", ""),
    "nested": MappingProxyType({"a": (Place(1, 2), [("x", 0.5)])}),
}


def reason(params, quotes=()):
    return SimpleNamespace(signal="text", contribution=1 / 3, params=params, need_quotes=quotes, offer_quotes=())


def test_what_the_engine_hands_over_comes_back_as_plain_values():
    [stored] = as_json([reason(MappingProxyType(ODD), (SimpleNamespace(field="goal", text="每片“在线”检测\\n"),))])
    assert stored == {
        "signal": "text", "contribution": 0.333333333, "offer_quotes": [],
        "need_quotes": [{"field": "goal", "text": "每片“在线”检测\\n"}],
        "params": {
            "numbers": [1, 0.0, 1e-05, 1e22, 0.1 + 0.2, 0.25, True, None], "texts": list(ODD["texts"]),
            "nested": {"a": [[1, 2], [["x", 0.5]]]},
        },
    }  # fmt: skip


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _values))
def test_the_standard_library_reads_the_same(params):
    [stored] = json.loads(as_text([reason(params)]))
    assert stored["params"] == params
