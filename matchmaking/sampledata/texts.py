"""The written sample texts, their variants at scale 1, and load texts above it.

Written records and the planted pairs between them stand in `data/`. A variant is a smaller, earlier or cheaper
version of a written record, recognisable and plausible. Load texts are shuffled sentences: they fill the database
for measurements and are never used to judge the ranking.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
Record = dict[str, Any]
_SENTENCE = re.compile(r"(?<=[。；])")
OFFER_VARIANTS = ("（小试版）", "（低成本方案）", "（中小规模适用）", "（第二代）", "：工艺包", "：关键部件")
NEED_VARIANTS = ("（二期）", "（新产线）", "（出口型号）", "——攻关", "（降本）")


@cache
def written(kind: str) -> tuple[Record, ...]:
    """Return the written records of a kind (achievements, needs, experts, pairs), in the order of their files."""
    return tuple(
        record for path in sorted((DATA / kind).glob("*.json")) for record in json.loads(path.read_text("utf-8"))
    )


def variants(kind: str, count: int, rng: random.Random) -> Iterator[Record]:
    """Yield `count` variants of the written achievements or needs, going through them in turn."""
    base = written(kind)
    endings = OFFER_VARIANTS if kind == "achievements" else NEED_VARIANTS
    for number in range(count):
        record = dict(base[number % len(base)])
        ending = endings[(number // len(base) + number) % len(endings)]
        limit = 100 if kind == "achievements" else 60
        record["title"] = record["title"][: limit - len(ending)] + ending
        record["key"] = f"{record['key']}-v{number // len(base) + 1}"
        record["indicators"] = [_weaker(row, rng) for row in record["indicators"]]
        _earlier(record, rng)
        for name in ("summary", "key_points", "problem", "background"):
            if record.get(name):
                record[name] = _thinned(record[name], rng, least=140 if name == "summary" else 40)
        yield record


def load_texts(kind: str, count: int, rng: random.Random) -> Iterator[Record]:
    """Yield `count` load records: sentences of one technical field, shuffled."""
    by_field: dict[str, list[Record]] = {}
    for record in written(kind):
        by_field.setdefault(record["tech_field"][:2], []).append(record)
    groups = [by_field[name] for name in sorted(by_field)]
    texts = ("summary", "key_points", "problem_solved") if kind == "achievements" else ("background", "problem", "goal")
    limits = {
        "summary": 600,
        "key_points": 1000,
        "problem_solved": 300,
        "background": 800,
        "problem": 2000,
        "goal": 800,
    }
    for number in range(count):
        group = groups[number % len(groups)]
        record = dict(rng.choice(group))
        parts = [rng.choice(group)["title"][:14], rng.choice(group)["title"][-14:], f"L{number}"]
        record["title"] = "".join(parts)[: 100 if kind == "achievements" else 60]
        record["key"] = f"load-{number}"
        for name in texts:
            pool = [part for one in rng.sample(group, 2) for part in _SENTENCE.split(one.get(name, "")) if part]
            rng.shuffle(pool)
            record[name] = "".join(pool)[: limits[name]]
        record["indicators"] = [_weaker(row, rng) for row in record["indicators"][:2]]
        yield record


def expert_variants(count: int, rng: random.Random) -> Iterator[Record]:
    """Yield `count` experts made of the directions and works of two written ones of a field."""
    base = written("experts")
    for number in range(count):
        one = base[number % len(base)]
        same = [other for other in base if other["fields"][0][:2] == one["fields"][0][:2]]
        other = rng.choice(same)
        record = dict(one)
        record["key"] = f"{one['key']}-v{number // len(base) + 1}"
        record["fields"] = list(dict.fromkeys([*one["fields"], *other["fields"]]))[:3]
        record["works"] = [*one["works"][:2], *other["works"][1:3]]
        record["title"] = rng.choice(["senior", "associate", "associate", "intermediate"])
        record["birth_year"] = rng.randrange(1962, 1990)
        record["directions"] = _thinned(one["directions"] + other["directions"], rng, least=60)[:600]
        yield record


def _weaker(row: Record, rng: random.Random) -> Record:
    """The same indicator with another value, at the written number of decimals."""
    if row["operator"] == "text" or row.get("value") is None:
        return row
    factor = Decimal(rng.choice(["0.8", "0.9", "0.95", "1", "1.1", "1.25"]))
    if row.get("unit") in ("%", "％") and factor > 1:
        factor = Decimal("0.97")
    changed = dict(row)
    for name in ("value", "value_high"):
        if row.get(name) is not None:
            given = Decimal(row[name])
            exponent = given.as_tuple().exponent
            changed[name] = str(
                (given * factor).quantize(Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0))
            )
    if changed.get("value_high") is not None and Decimal(changed["value_high"]) <= Decimal(changed["value"]):
        return row
    return changed


def _earlier(record: Record, rng: random.Random) -> None:
    if "trl" in record:
        record["trl"] = max(2, record["trl"] - rng.choice([0, 1, 1, 2]))
        record["maturity"] = maturity_of(record["trl"])
        record["trl_evidence"] = ""
    else:
        record["budget_band"] = rng.choice(["b1", "b2", "b3", "b4"])
        record["due_months"] = rng.choice([6, 9, 12, 18, 24])


def maturity_of(trl: int) -> str:
    """The word of MATURITY for a readiness level (vocabularies.md)."""
    for highest, word in ((3, "researching"), (4, "sample"), (5, "lab_passed"), (7, "pilot_passed")):
        if trl <= highest:
            return word
    return "mass_ready"


def _thinned(text: str, rng: random.Random, *, least: int) -> str:
    """The text without some of its sentences, but not shorter than `least` characters."""
    parts = [part for part in _SENTENCE.split(text) if part]
    for place in sorted(rng.sample(range(len(parts)), len(parts) // 3), reverse=True):
        shorter = parts[:place] + parts[place + 1 :]
        if place and len("".join(shorter)) >= least:
            parts = shorter
    return "".join(parts)
