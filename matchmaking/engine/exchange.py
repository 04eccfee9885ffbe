"""Records and results as files: JSON lines in, JSON lines out, so that the engine can be measured from outside.

A line of a file is one JSON object. What is missing is simply not stated.

    need     id, and any of title (or text), goal, indicators, keywords, problem, background, field, industry, trl,
             region, modes, budget, months
    offer    id, and any of title (or text), summary, key_points, problem_solved, keywords, applications, indicators,
             field, trl, region, modes, price
    expert   id, and documents: [text, …] (or text: documents joined by “ ; ”)
    grades   need, tab, offer, tab, grade 1 to 4, no header; or JSON lines {q, d, rel}
    pairs    need, tab, offer
    run      {need, ranked: [{id, score, probability, reasons}, …]}, best first

`keywords`, `modes` and `applications` are lists or texts separated by commas or semicolons; `indicators` is a text, a
list of texts, or a list of objects {name, operator, value, value_high, unit, must}. `budget` and `price` are band codes
(b0 to b7) or amounts in yuan. Standard library only.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from matchmaking.engine.checks import InputError
from matchmaking.engine.types import (
    Candidate,
    ExpertProfile,
    Indicator,
    NeedProfile,
    OfferProfile,
    Operator,
    Ranking,
    Target,
)

Line = Mapping[str, Any]
Pair = tuple[str, str]
Made = TypeVar("Made")
Record = TypeVar("Record", NeedProfile, OfferProfile, ExpertProfile)
STRONG = 3  # grades: 1 very weak, 2 weak, 3 strong, 4 very strong
_GRADES = range(1, 5)
_CODE = re.compile(r"[A-T]?[0-9]{1,6}|[A-T]")
_BAND = re.compile(r"b[0-7]")
_LISTED = re.compile(r"[;；,，、|\n]+")
_TEXTS_OF_EXPERT = re.compile(r"\s+[;；]\s+|\n+")
# Lower edges of the price bands b2 to b7 in yuan; b0 is negotiable.
_BAND_EDGES = (100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000)


@dataclass(frozen=True, slots=True)
class Judgements:
    """Grades by need and target. `binary`: the file knows relevant and not relevant only, and judges every pair."""

    grades: Mapping[str, Mapping[str, int]]
    binary: bool

    @property
    def strong(self) -> int:
        """The grade from which on a pair is a strong one."""
        return 1 if self.binary else STRONG


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a run: a target with what was said of it."""

    target: str
    score: float
    probability: float | None


def read_needs(path: Path) -> list[NeedProfile]:
    """The needs of a file, in its order. Raises InputError, naming the line."""
    return _read(path, need_of)


def read_offers(path: Path) -> list[OfferProfile]:
    """The achievements of a file, in its order. Raises InputError, naming the line."""
    return _read(path, offer_of)


def read_experts(path: Path) -> list[ExpertProfile]:
    """The experts of a file, in its order. Raises InputError, naming the line."""
    return _read(path, expert_of)


def read_texts(path: Path) -> list[OfferProfile]:
    """Texts to fit on: offers, experts or needs, each text an achievement of its own. Raises InputError."""

    def split(line: Line) -> list[OfferProfile]:
        if line.get("documents"):
            return [OfferProfile(f"{line.get('id', '')}", text) for text in _texts(line["documents"])]
        need = need_of({"id": "text", **line})
        told = "\n".join(
            filter(None, (need.goal, need.problem, need.background, *(one.text for one in need.indicators)))
        )
        return [replace(offer_of({"id": "text", **line}), problem_solved=told)]

    return [text for texts in _read(path, split) for text in texts]


def need_of(line: Line) -> NeedProfile:
    """A need from its object."""
    field, words = _coded(line.get("field"))
    return NeedProfile(
        key=_key(line),
        title=_title(line),
        goal=_text(line.get("goal")),
        indicators=_indicators(line.get("indicators")),
        keywords=_list(line.get("keywords")),
        problem=_text(line.get("problem")),
        background="\n".join(filter(None, (_text(line.get("background")), words))),
        tech_field=field,
        industry=_coded(line.get("industry"))[0],
        trl=_level(line.get("trl")),
        region=_coded(line.get("region"))[0],
        coop_modes=_list(line.get("modes")),
        budget_band=_band(line.get("budget")),
        due_months=_whole(line.get("months")),
    )


def offer_of(line: Line) -> OfferProfile:
    """An achievement from its object; applications that are no industry codes are read as text."""
    field, words = _coded(line.get("field"))
    applications = _list(line.get("applications"))
    codes = tuple(one for one in applications if _CODE.fullmatch(one))
    told = (*(one for one in applications if one not in codes), words)
    return OfferProfile(
        key=_key(line),
        title=_title(line),
        summary=_text(line.get("summary")),
        key_points=_text(line.get("key_points")),
        problem_solved=_text(line.get("problem_solved")),
        keywords=_list(line.get("keywords")),
        applications=codes,
        application_text="\n".join(filter(None, told)),
        indicators=_indicators(line.get("indicators")),
        tech_field=field,
        trl=_level(line.get("trl")),
        region=_coded(line.get("region"))[0],
        coop_modes=_list(line.get("modes")),
        price_band=_band(line.get("price")),
    )


def expert_of(line: Line) -> ExpertProfile:
    """An expert from the object of his documents."""
    if "documents" in line:
        return ExpertProfile(_key(line), tuple(_texts(line["documents"])))
    return ExpertProfile(_key(line), tuple(filter(None, _TEXTS_OF_EXPERT.split(_title(line)))))


def read_grades(path: Path) -> Judgements:
    """The judgements of a file in either form. Raises InputError, naming the line."""
    text = _contents(path)
    found: dict[str, dict[str, int]] = {}
    if text.lstrip().startswith("{"):
        for need, target, grade in _read(path, lambda line: (str(line["q"]), str(line["d"]), int(line["rel"]))):
            found.setdefault(need, {})[target] = grade
        highest = max((grade for grades in found.values() for grade in grades.values()), default=0)
        return Judgements(found, binary=highest <= 1)
    for number, (need, target, written) in _rows(path, text, 3):
        if not written.isdigit() or int(written) not in _GRADES:
            raise InputError(f"{path.name}, line {number}: the grade “{written}” is not one of 1, 2, 3, 4")
        found.setdefault(need, {})[target] = int(written)
    return Judgements(found, binary=False)


def graded_needs(texts: Path | None, judgements: Judgements, *, ranked: Collection[str]) -> list[NeedProfile]:
    """The needs that the grades are about, found by their ids among the texts to fit on. Raises InputError when one of
    them is to be ranked as well, or is not there."""
    both = sorted(set(judgements.grades).intersection(ranked))
    if both:
        raise InputError(f"needs that are ranked must not be learned from: {', '.join(both[:10])}")
    if texts is None:
        raise InputError("the graded needs are read from the texts to fit on, and none are given")
    lines = _read(texts, lambda line: line)
    return selected(
        [need_of(line) for line in lines if f"{line.get('id', '')}" in judgements.grades], judgements.grades
    )


def read_pairs(path: Path) -> list[Pair]:
    """The pairs (need, target) of a file, in its order, once each. Raises InputError, naming the line."""
    return list(dict.fromkeys((row[0], row[1]) for _, row in _rows(path, _contents(path), 2)))


def read_run(path: Path) -> dict[str, list[Listed]]:
    """A run by need, best first. Raises InputError, naming the line."""

    def one(line: Line) -> tuple[str, list[Listed]]:
        ranked = [Listed(str(row["id"]), float(row["score"]), row.get("probability")) for row in line["ranked"]]
        return str(line["need"]), ranked

    found: dict[str, list[Listed]] = {}
    for need, ranked in _read(path, one):
        if need in found:
            raise InputError(f"{path.name}: the need {need} is there twice")
        found[need] = ranked
    return found


def run_line(ranking: Ranking, *, reasons: bool) -> str:
    """A ranking as a line of a run."""
    ranked = [_candidate(candidate, reasons=reasons) for candidate in ranking.candidates]
    line: dict[str, Any] = {"need": ranking.need, "ranked": ranked}
    if ranking.empty_reason:
        line["empty_reason"] = ranking.empty_reason
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _candidate(candidate: Candidate, *, reasons: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": candidate.target,
        "score": candidate.score,
        "probability": candidate.probability,
    }
    if reasons:
        found["reasons"] = [
            {
                "signal": reason.signal,
                "contribution": reason.contribution,
                "params": dict(reason.params),
                "need_quotes": [[quote.field, quote.text] for quote in reason.need_quotes],
                "offer_quotes": [[quote.field, quote.text] for quote in reason.offer_quotes],
            }
            for reason in candidate.reasons
        ]
    return found


def targets_of(path: Path, kind: str) -> list[Target]:
    """The offers or the experts of a file. Raises InputError."""
    return [*read_offers(path)] if kind == "achievement" else [*read_experts(path)]


# --- A line and its values -------------------------------------------------------------------------------------


def _contents(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}") from error


def _read(path: Path, made: Callable[[Line], Made]) -> list[Made]:
    found: list[Made] = []
    for number, text in enumerate(_contents(path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if not isinstance(line, dict):
                raise InputError("is not an object")
            found.append(made(line))
        except json.JSONDecodeError as error:
            raise InputError(f"{path.name}, line {number}, is not JSON: {error.msg}") from error
        except KeyError as error:
            raise InputError(f"{path.name}, line {number}, lacks {error}") from error
        except (InputError, TypeError, ValueError) as error:
            raise InputError(f"{path.name}, line {number}: {error}") from error
    return found


def _rows(path: Path, text: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        row = [cell.strip() for cell in line.split("\t")]
        if len(row) < columns or not all(row[:columns]):
            raise InputError(f"{path.name}, line {number}: {columns} values separated by tabs are expected")
        yield number, row[:columns]


def _key(line: Line) -> str:
    key = str(line.get("id", "")).strip()
    if not key:
        raise InputError("has no id")
    return key


def _title(line: Line) -> str:
    return _text(line.get("title") or line.get("text"))


def _text(value: Any) -> str:
    """A text; the entries of a list one a line."""
    if value is None:
        return ""
    return "\n".join(_texts(value)) if isinstance(value, list) else str(value)


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _list(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else _LISTED.split(value) if isinstance(value, str) else ()
    return tuple(dict.fromkeys(entry for entry in (str(one).strip() for one in entries) if entry))


def _coded(value: Any) -> tuple[str, str]:
    """(code, words): what is no code of a classification can only be read as text."""
    written = _text(value).strip()
    return (written, "") if _CODE.fullmatch(written) else ("", written)


def _whole(value: Any) -> int | None:
    found = re.search(r"[0-9]+", _text(value))
    return int(found.group()) if found else None


def _level(value: Any) -> int | None:
    level = _whole(value)
    return level if level is not None and 1 <= level <= 9 else None


def _band(value: Any) -> str:
    if isinstance(value, str) and _BAND.fullmatch(value.strip()):
        return value.strip()
    amount = _number(value)
    return "" if amount is None or amount <= 0 else f"b{bisect_right(_BAND_EDGES, amount) + 1}"


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _indicators(value: Any) -> tuple[Indicator, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        return tuple(_indicator(line) for line in re.split(r"[;；\n]+", str(value)) if line.strip())
    return tuple(_indicator(one) for one in value if one)


def _indicator(value: Any) -> Indicator:
    if not isinstance(value, dict):
        return Indicator("", text=str(value).strip())
    operator = str(value.get("operator", "text"))
    if operator not in get_args(Operator):
        raise InputError(f"“{operator}” is no operator of an indicator")
    return Indicator(
        name=_text(value.get("name")),
        operator=cast("Operator", operator),
        value=_number(value.get("value")),
        value_high=_number(value.get("value_high")),
        unit=_text(value.get("unit")),
        text=_text(value.get("text")),
        must=bool(value.get("must", True)),
    )


def selected(records: Iterable[Record], keys: Iterable[str]) -> list[Record]:
    """The records with these keys. Raises InputError for keys that no record has."""
    by_key = {record.key: record for record in records}
    wanted = list(dict.fromkeys(keys))
    missing = [key for key in wanted if key not in by_key]
    if missing:
        raise InputError(f"not among the records: {', '.join(missing[:10])}")
    return [by_key[key] for key in wanted]
