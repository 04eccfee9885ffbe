"""How the score of a pair comes about, as points of 100: every shared wording and every signal, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matchmaking.matching.explain import Line

# Contributions are stored with nine decimals; beyond this they do not belong to the score shown.
_APART = 1e-6


@dataclass(frozen=True)
class Row:
    """One bar: what it stands for, its tenths of a point, and where its bar lies on a line 100 wide."""

    name: str
    wording: str
    tenths: int
    left: str
    width: str

    @property
    def shown(self) -> str:
        """The points with their sign and one decimal."""
        return f"{self.tenths / 10:+.1f}" if self.tenths else "0.0"


@dataclass(frozen=True)
class Points:
    """The bars in the order of the lines, and their sum; the points shown add up to the sum shown."""

    rows: tuple[Row, ...]
    tenths: int
    zero: str

    @property
    def shown(self) -> str:
        return f"{self.tenths / 10:.1f}"


def points(lines: Sequence[Line], score: float | None) -> Points | None:
    """Return the bars of an explanation; None when there is no score, when its points are not open to the reader, or
    when the lines do not add up to it."""
    if score is None or not lines or any(line.contribution is None for line in lines):
        return None
    parts: list[tuple[str, str, float]] = []
    for line in lines:
        if line.parts:
            parts += [(line.name, wording, value) for wording, value in line.parts]
        elif line.contribution:
            parts.append((line.name, "", line.contribution))
    values = [value for _name, _wording, value in parts]
    if abs(sum(values) - score) > _APART * 10:
        return None
    tenths = _adding_up(values, round(score * 1000))
    low, high = min(0, *tenths), max(1, *tenths)
    scale = 100 / (high - low)
    rows = tuple(
        Row(name, wording, value, f"{(min(value, 0) - low) * scale:.2f}", f"{abs(value) * scale:.2f}")
        for (name, wording, _value), value in zip(parts, tenths, strict=True)
    )
    return Points(rows, sum(tenths), f"{-low * scale:.2f}")


def _adding_up(values: Sequence[float], total: int) -> list[int]:
    """Whole tenths that add up to the total: those rounded by most give way."""
    rounded = [round(value * 1000) for value in values]
    missing = total - sum(rounded)
    step = 1 if missing > 0 else -1
    order = sorted(range(len(values)), key=lambda at: step * (rounded[at] - values[at] * 1000))
    for at in order[: abs(missing)]:
        rounded[at] += step
    return rounded
