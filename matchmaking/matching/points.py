"""How the score of a pair comes about, as points of 100: every shared wording and every signal, and their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        return signed(self.tenths)


@dataclass(frozen=True)
class Points:
    """The bars in the order of the lines, and their sum; the points shown add up to the sum shown. `of_lines` are those
    of the whole lines by signal."""

    rows: tuple[Row, ...]
    tenths: int
    zero: str
    of_lines: Mapping[str, str]

    @property
    def shown(self) -> str:
        return f"{self.tenths / 10:.1f}"


def points(lines: Sequence[Line], score: float | None) -> Points | None:
    """Return the bars of an explanation; None when there is no score, when its points are not open to the reader, or
    when the lines do not add up to it."""
    if score is None or not lines:
        return None
    values = [line.contribution for line in lines if line.contribution is not None]
    if len(values) < len(lines) or abs(sum(values) - score) > _APART * 10:
        return None
    of_lines = _adding_up(values, round(score * 1000))
    parts: list[tuple[str, str, int]] = []
    for line, tenths in zip(lines, of_lines, strict=True):
        if line.parts:
            within = _adding_up([value for _wording, value in line.parts], tenths)
            parts += [(line.name, wording, one) for (wording, _value), one in zip(line.parts, within, strict=True)]
        elif line.contribution:
            parts.append((line.name, "", tenths))
    low = min(0, *(tenths for *_names, tenths in parts))
    scale = 100 / (max(1, *(tenths for *_names, tenths in parts)) - low)
    rows = tuple(
        Row(name, wording, tenths, f"{(min(tenths, 0) - low) * scale:.2f}", f"{abs(tenths) * scale:.2f}")
        for name, wording, tenths in parts
    )
    shown = {line.signal: signed(tenths) for line, tenths in zip(lines, of_lines, strict=True)}
    return Points(rows, sum(of_lines), f"{-low * scale:.2f}", shown)


def signed(tenths: int) -> str:
    """Tenths of a point with their sign and one decimal."""
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


def _adding_up(values: Sequence[float], total: int) -> list[int]:
    """Whole tenths that add up to the total: those rounded by most give way."""
    rounded = [round(value * 1000) for value in values]
    missing = total - sum(rounded)
    step = 1 if missing > 0 else -1
    moving = [at for at, value in enumerate(values) if value]
    order = sorted(moving, key=lambda at: step * (rounded[at] - values[at] * 1000))
    for at in order[: abs(missing)]:
        rounded[at] += step
    return rounded
