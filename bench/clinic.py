"""The need clinic on short, badly titled needs, and how long it takes beside a growing pool.

    python bench/clinic.py [--achievements 5000 --needs 5000 --experts 1000] [--table]

`--table` prints the table of docs/need-clinic.md and needs no servers. Without it a throw-away instance is filled and
the JSON line says how long a look takes when the blocks are cold, warm, and after one record has changed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

from platform_ import ROOT, instance, report

LOOKS = 30
# Invented needs. `wanted`: what a careful reader takes from each (a word of the name, operator, value or [low, high],
# unit); `identity`: words that give a hidden owner away; `flaw`: "empty" where the title names nothing, "other" where
# it asks for something else. Labelled before the clinic was run. The rules were mended on the first
# twenty, and later on the classes of what all three sets showed; docs/need-clinic.md has both measurements.
NEEDS = json.loads((ROOT / "bench/clinic_needs.json").read_text(encoding="utf-8"))
REGIONS = ROOT / "matchmaking/vocabularies/data/regions.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--achievements", type=int, default=5_000)
    parser.add_argument("--needs", type=int, default=5_000)
    parser.add_argument("--experts", type=int, default=1_000)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--looking", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.table:
        print(table())
        return
    if chosen.looking:
        measure(chosen)
        return
    with instance():
        fill(chosen)
        # In a process of its own, as a web process is, so that its memory is that of the clinic.
        sizes = [
            part for name in ("achievements", "needs", "experts") for part in (f"--{name}", str(vars(chosen)[name]))
        ]
        subprocess.run([sys.executable, __file__, "--looking", *sizes], check=True)


# --- What is found in twenty needs ------------------------------------------------------------------------------------


def table() -> str:
    """The tables as Markdown, with their totals."""
    sys.path.insert(0, str(ROOT))
    return "\n\n".join(_table(needs) for needs in NEEDS.values())


def _table(needs: list[dict[str, Any]]) -> str:
    totals = dict.fromkeys(("wanted", "found", "wrong", "traces", "traces_found", "titles"), 0)
    lines = ["| need | read from the text | missed | wrong | title | identity |", "|---|---|---|---|---|---|"]
    lines.extend("| " + " | ".join([need["title"], *_row(need, totals)]) + " |" for need in needs)
    summary = (
        f"Indicators: {totals['found']} of {totals['wanted']} read, {totals['wrong']} proposed that a reader would not "
        f"take. Titles judged as by the reader: {totals['titles']} of {len(needs)}. Words that give the owner away: "
        f"{totals['traces_found']} of {totals['traces']}."
    )
    return "\n".join([*lines, "", summary])


def _row(need: dict[str, Any], totals: dict[str, int]) -> list[str]:
    from needs.clinic import identity, wording
    from needs.clinic.extracting import extract

    texts = {"goal": need["goal"], "problem": need["problem"]}
    proposals = extract(texts)
    missed = [line for line in need["wanted"] if not any(_is(line, one) for one in proposals)]
    wrong = [one for one in proposals if not any(_is(line, one) for line in need["wanted"])]
    judged = wording.judge(need["title"], texts.values())
    said = "other" if judged.differs else "empty" if judged.says_nothing else ""
    regions = json.loads(REGIONS.read_text(encoding="utf-8"))["regions"]
    places = {one["short_zh"]: True for one in regions} | {one["name_zh"]: False for one in regions}
    words = [one.words for one in identity.traces(texts.items(), owner=identity.Owner(), places=places)]
    totals["wanted"] += len(need["wanted"])
    totals["found"] += len(need["wanted"]) - len(missed)
    totals["wrong"] += len(wrong)
    totals["titles"] += said == need["flaw"]
    totals["traces"] += len(need["identity"])
    totals["traces_found"] += sum(any(word in other for other in words) for word in need["identity"])
    title = {"other": "asks for something else", "empty": "names nothing", "": "—"}[said]
    if said != need["flaw"]:
        title += (
            " (the reader: " + ({"other": "something else", "empty": "names nothing"}.get(need["flaw"]) or "fine") + ")"
        )
    return [
        "; ".join(_shown(one) for one in proposals) or "—",
        "; ".join(_asked(line) for line in missed) or "—",
        "; ".join(_shown(one) for one in wrong) or "—",
        title,
        "; ".join(words) or "—",
    ]


def _is(line: tuple[str, str, Any, str], one: Any) -> bool:
    word, operator, value, unit = line
    low, high = value if isinstance(value, list) else (value, None)
    same = one.value == Decimal(low) and (high is None or one.value_high == Decimal(high))
    return same and word in one.name and operator == one.operator and unit == one.unit


def _shown(one: Any) -> str:
    sign = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<", "eq": "=", "between": "", "text": ""}[one.operator]
    if one.operator == "text":
        return f"{one.name} {one.text}"
    value = f"{one.value.normalize():f}" + (f"–{one.value_high.normalize():f}" if one.value_high is not None else "")
    return f"{one.name} {sign} {value} {one.unit}".strip() + (f" (today {one.now})" if one.now else "")


def _asked(line: tuple[str, str, Any, str]) -> str:
    word, operator, value, unit = line
    sign = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<", "between": ""}[operator]
    return f"{word} {sign} {'–'.join(value) if isinstance(value, list) else value} {unit}".strip()


# --- How long it takes ------------------------------------------------------------------------------------------------


def fill(chosen: argparse.Namespace) -> None:
    """Fill the pools with load texts and freeze the statistics."""
    import batch

    from matchmaking.matching import snapshot
    from matchmaking.matching.models import StatisticsVersion

    batch.fill(chosen)
    fitted = snapshot.fit_model()
    StatisticsVersion.objects.create(digest=fitted.digest, engine_version=snapshot.default_policy().version,
                                     payload=fitted.to_bytes(), documents=fitted.statistics.total)  # fmt: skip


def measure(chosen: argparse.Namespace) -> None:
    sys.path.insert(0, str(ROOT))
    import django
    import psutil

    django.setup()
    from catalog.models import Achievement
    from matchmaking.matching import clinic
    from needs.models import TechNeed

    needs = list(TechNeed.objects.matched().select_related("body__owner__region", "body__owner__park")[:LOOKS])
    process = psutil.Process()
    before = process.memory_info().rss
    cold = []
    while True:
        seconds, found = look(needs[0])
        cold.append(seconds)
        if found.state == clinic.COUNTED:
            break
    warm = [look(need)[0] for need in needs]
    bare = [look(need, bare=True)[0] for need in needs]
    changed = []
    for row in Achievement.objects.matched().order_by("?")[:5]:
        Achievement.objects.filter(pk=row.pk).update(text_version=row.text_version + 1)
        changed.append(look(needs[0])[0])
    report(
        "clinic",
        load=round(os.getloadavg()[0], 1),
        achievements=chosen.achievements,
        needs=chosen.needs,
        experts=chosen.experts,
        cold_requests=len(cold),
        cold_longest=round(max(cold), 2),
        cold_sum=round(sum(cold), 1),
        warm_median=round(statistics.median(warm), 3),
        warm_longest=round(max(warm), 3),
        bare_median=round(statistics.median(bare), 3),
        bare_longest=round(max(bare), 3),
        after_change_longest=round(max(changed), 2),
        memory_mb=(process.memory_info().rss - before) // 2**20,
    )


def look(need: Any, *, bare: bool = False) -> tuple[float, Any]:
    """Seconds of one whole look: elements, warnings, counts; `bare` is the need that has most values to be tried."""
    from matchmaking.matching import clinic
    from needs.clinic.consulting import consult
    from needs.completeness import indicator_values, values_of

    values, rows = values_of(need, need.body), indicator_values(need.body.indicators.all())
    if bare:
        values |= {"due_months": None, "budget_band": "", "coop_modes": [], "target_trl": None}
        rows = []
    started = time.perf_counter()
    findings = consult(values, rows, owner=need.body.owner)
    found = clinic.look(values, rows, findings, region=need.region_id, owner=need.body.owner.uscc or "")
    return time.perf_counter() - started, found


if __name__ == "__main__":
    main()
