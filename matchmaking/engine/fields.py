"""Which text of a record belongs to which field: the one place where a profile becomes strings."""

from __future__ import annotations

from collections.abc import Iterable

from matchmaking.engine.indicators import quoted_line
from matchmaking.engine.types import ExpertProfile, Indicator, NeedProfile, OfferProfile, Target

FieldTexts = list[tuple[str, str]]


def need_texts(need: NeedProfile) -> FieldTexts:
    """The counted fields of a need as (name, text); empty ones are left out, lists have one entry a line."""
    return _present(
        ("title", need.title),
        ("keywords", "\n".join(need.keywords)),
        ("goal", need.goal),
        ("indicators", _counted(need.indicators)),
        ("problem", need.problem),
        ("chain", "\n".join(need.chain)),
        ("background", need.background),
    )


def offer_texts(offer: OfferProfile) -> FieldTexts:
    """The counted fields of an achievement as (name, text)."""
    return _present(
        ("title", offer.title),
        ("keywords", "\n".join(offer.keywords)),
        ("problem_solved", offer.problem_solved),
        ("summary", offer.summary),
        ("key_points", offer.key_points),
        ("application_text", offer.application_text),
        ("indicators", _counted(offer.indicators)),
    )


def one_text(texts: FieldTexts) -> str:
    """The fields one a line, for a reader that takes a text as it is written."""
    return "\n".join(text for _, text in texts)


def quotable_texts(record: NeedProfile | Target) -> FieldTexts:
    """The fields of a record as they may be quoted: indicator lines with their values, an expert's
    documents."""
    if isinstance(record, ExpertProfile):
        return [("documents", document) for document in record.documents if document]
    texts = need_texts(record) if isinstance(record, NeedProfile) else offer_texts(record)
    lines = "\n".join(quoted_line(indicator) for indicator in record.indicators)
    return [(name, lines if name == "indicators" else text) for name, text in texts]


def _present(*texts: tuple[str, str]) -> FieldTexts:
    return [(name, text) for name, text in texts if text]


def _counted(indicators: Iterable[Indicator]) -> str:
    """Names, units and words; the values are compared as numbers and would only match by chance as text."""
    return "\n".join(f"{indicator.name} {indicator.unit} {indicator.text}" for indicator in indicators)
