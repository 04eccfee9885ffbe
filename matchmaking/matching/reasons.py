"""The engine's reasons as JSON, for the column of candidates and matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson


def as_json(reasons: Iterable[Any]) -> list[dict[str, Any]]:
    """Return reasons as plain values for a JSON column: signal, contribution, params, quotes with their field."""
    found: list[dict[str, Any]] = orjson.loads(as_text(reasons))
    return found


def as_text(reasons: Iterable[Any]) -> bytes:
    """The same, written in UTF-8: the encoder itself turns the tuples, numbers and texts of the engine into JSON."""
    return orjson.dumps([
        {
            "signal": reason.signal,
            "contribution": round(reason.contribution, 9),
            "params": reason.params if type(reason.params) is dict else dict(reason.params),
            "need_quotes": [{"field": quote.field, "text": quote.text} for quote in reason.need_quotes],
            "offer_quotes": [{"field": quote.field, "text": quote.text} for quote in reason.offer_quotes],
        }
        for reason in reasons
    ], default=_plain, option=orjson.OPT_NON_STR_KEYS)  # fmt: skip


def _plain(value: Any) -> Any:
    """What the encoder does not know: mappings, named tuples and numbers of the engine, and anything else in words."""
    if hasattr(value, "items"):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, float) else str(value)
