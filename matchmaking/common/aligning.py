"""Indicators of several records side by side, aligned by what they measure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from matchmaking.common.indicators import IndicatorBase
from matchmaking.common.pool_registry import Line
from matchmaking.common.search import fold

_NOISE = re.compile(r"[\s()（）、,，:：·\-_/]+")


def aligned(indicators: Sequence[Iterable[IndicatorBase]]) -> list[Line]:
    """One line for each name; those that most records measure come first, then by first appearance."""
    names: dict[str, str] = {}
    table: list[dict[str, list[str]]] = []
    for rows in indicators:
        column: dict[str, list[str]] = {}
        for row in rows:
            key = _NOISE.sub("", fold(row.name))
            names.setdefault(key, row.name)
            column.setdefault(key, []).append(_figure(row))
        table.append(column)
    order = sorted(names, key=lambda key: -sum(key in column for column in table))
    return [
        Line(names[key], tuple("；".join(column.get(key, [])) for column in table), _("Indicators")) for key in order
    ]


def _figure(row: Any) -> str:
    """The value with its words, without the name that stands before the line."""
    figure = str(row).removeprefix(row.name).strip()
    return " ".join(filter(None, [figure, row.text if row.operator != "text" else ""]))
