"""The engine's reasons as JSON, for the column of candidates and matches."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def as_json(reasons: Iterable[Any]) -> list[dict[str, Any]]:
    """Return reasons as plain values for a JSON column: signal, contribution, params, quotes with their field."""
    found: list[dict[str, Any]] = json.loads(as_text(reasons))
    return found


def as_text(reasons: Iterable[Any]) -> str:
    """The same, written: the encoder itself turns the tuples, numbers and texts of the engine into JSON."""
    return _ENCODER.encode([
        {
            "signal": reason.signal,
            "contribution": round(reason.contribution, 9),
            "params": reason.params if type(reason.params) is dict else dict(reason.params),
            "need_quotes": [{"field": quote.field, "text": quote.text} for quote in reason.need_quotes],
            "offer_quotes": [{"field": quote.field, "text": quote.text} for quote in reason.offer_quotes],
        }
        for reason in reasons
    ])  # fmt: skip


def _plain(value: Any) -> Any:
    """What the encoder does not know: nested mappings of the engine, and anything else in words."""
    return dict(value) if hasattr(value, "items") else str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False)
