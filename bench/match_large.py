"""Measure needs against very many achievements: `python bench/match_large.py --size 200000x2000 --size 1000000x5000`.

End to end without reasons: two workers map one stored index, choose by words and by codes, score what is chosen with
all readings and the structure, and keep the best 20. The records are drawn by `bench/load.py`, with codes that are
random projections of their words: the readings agree with each other less than those of real texts do, which makes the
choice harder. Recall is measured on a sample of needs against all pairs scored. Building is timed apart; it stands for
weighing by numbers, without cutting texts and without hubs.

Memory is the largest sum of the proportional set sizes of all processes of a step, looked at every second: what is
mapped by two of them counts once. Opening includes starting Python and comparing the index with the digest in its name.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import load
import numpy as np
from scipy import sparse

from matchmaking.engine import choosing, stored
from matchmaking.engine.encoder import CODE_GRID
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.references import READINGS, Scale
from matchmaking.engine.statistics import fit
from matchmaking.engine.terms import Gathered, TermIndex, paired
from matchmaking.engine.types import NeedProfile, OfferProfile
from matchmaking.engine.vectors import NEED_GRID, TARGET_GRID, Chance, NeedTerms
from matchmaking.engine.weighing import Weigher

WIDE, SEEDS, SAMPLE, CHECKED, MIX = 256, 2, 3_000, 100, (0.4, 0.2, 0.4, 0.0)
PIECE = 50_000
FIELDS = [f"{first:02d}{second:02d}" for first in range(1, 9) for second in range(1, 8)]
MODES = ["commissioned", "cooperative", "assign", "license_ex", "license_non", "equity", "open"]
TOKENS = [f"t{number}" for number in range(load.TERMS)]


def main() -> None:
    """Build in one process, rank in two, check in a fourth; so that each has its own peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", default=None, help="documents x needs, for example 200000x2000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where a build is kept, and taken from when it is there")
    parser.add_argument("--step", nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        STEPS[chosen.step[0]](Path(chosen.step[1]), *map(int, chosen.step[2:]))
        return
    for size in chosen.size or ["200000x2000"]:
        documents, needs = map(int, size.split("x"))
        if chosen.folder:
            kept = chosen.folder / size
            kept.mkdir(parents=True, exist_ok=True)
            measure(kept, documents, needs, chosen.workers)
            continue
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), documents, needs, chosen.workers)


def measure(folder: Path, documents: int, needs: int, workers: int) -> None:
    """Print what one size takes."""
    print(f"\n{documents:,} x {needs:,}, {workers} workers, load {os.getloadavg()[0]:.1f}", flush=True)
    if not list(folder.glob("*.index")):
        [built], wall, memory = together([("build", folder, documents, needs)])
        print(f"build        {wall:7.1f} s  processor {built['processor']:7.1f} s  memory {memory:5.2f} GB")
    (stored_at,) = folder.glob("*.index")
    print(f"index        {stored_at.stat().st_size / 1e9:7.2f} GB on disk", flush=True)
    cuts = np.linspace(0, needs, workers + 1).astype(int).tolist()
    load_before = os.getloadavg()[0]
    found, wall, memory = together([("rank", folder, *cut) for cut in pairwise(cuts)])
    opening, ranking = (max(one[name] for one in found) for name in ("opening", "seconds"))
    processor = sum(one["processor"] for one in found)
    print(f"open         {opening:7.1f} s")
    print(f"rank         {ranking:7.1f} s  processor {processor:7.1f} s, {processor / needs * 1e3:.1f} ms a need")
    print(f"in all       {wall:7.1f} s  memory {memory:5.2f} GB, load {load_before:.1f}", flush=True)
    checked = finish(start("check", folder, min(CHECKED, needs)))
    print(f"recall@20    {checked['recall']:7.4f}    on {min(CHECKED, needs)} needs, against all pairs", flush=True)


def together(steps: Sequence[tuple[Any, ...]]) -> tuple[list[dict[str, float]], float, float]:
    """What steps that run at once say, the seconds until the last one ends, and the most memory of them all in GB."""
    began, most = time.perf_counter(), 0.0
    running = [start(*step) for step in steps]
    while any(one.poll() is None for one in running):
        most = max(most, sum(proportional(one.pid) for one in running))
        time.sleep(1.0 if time.perf_counter() - began > 10 else 0.1)
    wall = time.perf_counter() - began
    return [finish(one) for one in running], wall, most


def proportional(pid: int) -> float:
    """The proportional set size of a process in GB; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024**2 for line in lines if line.startswith("Pss:")), 0.0)


def start(*step: Any) -> subprocess.Popen[str]:
    """Begin a step in a process of its own."""
    command = [sys.executable, __file__, "--step", *map(str, step)]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **alone})


def finish(process: subprocess.Popen[str]) -> dict[str, float]:
    """Wait for a step and read what it says last."""
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a step ended with {process.returncode}")
    return json.loads(said.strip().splitlines()[-1])


def say(began: tuple[float, float], **more: float) -> None:
    """Print what a step took."""
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    print(json.dumps({"seconds": seconds, "processor": processor, **more}))


# --- Records as numbers -----------------------------------------------------------------------------------------


def cosines(counted: load.Texts, idf: np.ndarray[Any, Any], grid: float) -> np.ndarray[Any, Any]:
    """Weights of unit length on the grid."""
    values = np.log1p(counted.counts.astype(np.float32)) * idf[counted.terms]
    lengths = np.sqrt(np.add.reduceat(values * values, counted.starts[:-1]))
    values /= np.repeat(lengths, np.diff(counted.starts))
    return np.rint(values * np.float32(grid)) / np.float32(grid)


class Projection:
    """Random projections of rows, of unit length for each seed: codes."""

    def __init__(self) -> None:
        draws = [np.random.default_rng(seed) for seed in range(SEEDS)]
        self._tables = [draw.standard_normal((load.TERMS, WIDE), np.float32) for draw in draws]

    def __call__(self, rows: sparse.csr_array) -> np.ndarray[Any, Any]:
        found = []
        for table in self._tables:
            block = np.asarray(rows.astype(np.float32) @ table)
            block /= np.sqrt((block * block).sum(1, keepdims=True)) + 1e-6
            found.append(np.rint(block * CODE_GRID) / CODE_GRID)
        return np.hstack(found).astype(np.float32)


class Drawn(Weigher):
    """Needs that are drawn and weighed already: the number of a need stands in its key."""

    def weigh(self, needs: Sequence[NeedProfile], kind: Any) -> Any:
        held = DRAWN[0]
        numbers = [int(need.key[1:]) for need in needs]
        return [held["terms"][at] for at in numbers], held["codes"][numbers], Scale(held["scale"][numbers])


DRAWN: list[dict[str, Any]] = []


def pieces(documents: int) -> Iterator[load.Texts]:
    """The texts of the documents, some at a time."""
    for number, first in enumerate(range(0, documents, PIECE)):
        yield load.texts(min(PIECE, documents - first), load.DOCUMENT_LENGTH, 10 + number)


def build(folder: Path, documents: int, needs: int) -> None:
    """Draw, weigh, index and store."""
    began = time.perf_counter(), time.process_time()
    having = np.zeros(load.TERMS, np.int64)
    for counted in pieces(documents):
        having += np.bincount(counted.terms, minlength=load.TERMS)
    idf = np.log1p(documents / (having + 0.5)).astype(np.float32)
    gathered, project = Gathered(), Projection()
    for counted in pieces(documents):
        angles = cosines(counted, idf, TARGET_GRID)
        shape = len(counted.starts) - 1, load.TERMS
        words = sparse.csr_array((load.impacts(counted), counted.terms, counted.starts), shape=shape)
        for first in range(0, words.shape[0], 4_096):
            rows = words[first : first + 4_096]
            values = angles[counted.starts[first] : counted.starts[first + rows.shape[0]]]
            gathered.add(rows, values, project(paired(rows, values)))
    asking = load.texts(needs, load.NEED_LENGTH, 2)
    asked = load.weigh_asking(asking, documents, having)
    angles = sparse.csr_array((cosines(asking, idf, NEED_GRID), asking.terms, asking.starts), shape=asked.shape)
    angles.sort_indices()
    need_codes = project(angles)
    del project
    vocabulary = {token: number for number, token in enumerate(TOKENS)}
    index = gathered.index(vocabulary, (np.arange(documents + 1, dtype=np.int64), 3), own=WIDE * SEEDS)
    for name, rows in (("words", asked), ("cosine", angles)):
        sparse.save_npz(folder / f"{name}.npz", sparse.csr_matrix(rows))
    np.save(folder / "codes.npy", need_codes)
    np.save(folder / "scale.npy", constants(index, asked, angles, need_codes))
    draw = random.Random(1)
    targets = [
        OfferProfile(
            f"A{at:07d}", "", tech_field=draw.choice(FIELDS), trl=draw.randint(3, 9), region=str(draw.randint(11, 65)),
            coop_modes=tuple(sorted(draw.sample(MODES, 2))), price_band=f"b{draw.randint(0, 7)}",
        )
        for at in range(documents)
    ]  # fmt: skip
    index, chooser = choosing.Chooser.build(index)
    weigher = Weigher(Model(fit()), Policy())
    stored.save(Index.of(targets, weigher, index, np.zeros(documents), chooser), folder)
    say(began)


def constants(index: TermIndex, asked: sparse.csr_array, angles: sparse.csr_array, codes: Any) -> Any:
    """Means and spreads of the readings over a sample, as `references` takes them."""
    rows = np.sort(np.random.default_rng(0).choice(index.rows, min(SAMPLE, index.rows), replace=False))
    by_words, by_cosine = index.words[rows].T.tocsr(), index.cosine[rows].T.tocsr()
    found = []
    for first in range(0, asked.shape[0], 500):
        part = slice(first, first + 500)
        readings = [
            (asked[part] @ by_words).toarray(),
            (angles[part] @ by_cosine).toarray(),
            codes[part] @ index.codes_at(rows).T,
        ]
        means, spreads = (np.stack([take(one, axis=1) for one in readings], axis=1) for take in (np.mean, np.std))
        sums = sum(MIX[at] * (one - means[:, at, None]) / spreads[:, at, None] for at, one in enumerate(readings))
        rest = READINGS - len(readings)
        columns = (np.pad(means, ((0, 0), (0, rest))), np.pad(spreads, ((0, 0), (0, rest)), constant_values=1.0))
        found.append(np.hstack([*columns, sums.mean(1)[:, None], sums.std(1)[:, None]]))
    return np.vstack(found)


def opened(folder: Path, first: int, last: int, *, verify: bool) -> tuple[Index, list[NeedProfile]]:
    """The stored index and the needs from `first` to `last`."""
    (path,) = folder.glob("*.index")
    index = stored.load(path, verify=verify)
    words, cosine = (
        sparse.csr_array(sparse.load_npz(folder / f"{name}.npz"))[first:last] for name in ("words", "cosine")
    )
    weighed = []
    for at in range(last - first):
        piece = slice(*words.indptr[at : at + 2])
        tokens = [TOKENS[term] for term in words.indices[piece]]
        one, other = (dict(zip(tokens, rows.data[piece].tolist(), strict=True)) for rows in (words, cosine))
        weighed.append(NeedTerms({}, one, other, Chance(0.0, 1.0), Chance(0.0, 1.0)))
    codes, scale = (np.load(folder / f"{name}.npy", mmap_mode="r")[first:last] for name in ("codes", "scale"))
    DRAWN.append({"terms": weighed, "codes": codes, "scale": scale})
    draw = random.Random(2 + first)
    needs = [
        NeedProfile(
            f"N{at}", "", tech_field=draw.choice(FIELDS), trl=draw.randint(4, 9), region=str(draw.randint(11, 65)),
            coop_modes=tuple(sorted(draw.sample(MODES, 2))), budget_band=f"b{draw.randint(0, 7)}",
            due_months=draw.randint(6, 36),
        )
        for at in range(last - first)
    ]  # fmt: skip
    weigher = Drawn(index.weigher.model, index.policy)
    object.__setattr__(weigher, "mix", MIX)
    return replace(index, weigher=weigher), needs


def rank(folder: Path, first: int, last: int) -> None:
    """The best of every need of a share, timed without opening the index."""
    began = time.perf_counter(), time.process_time()
    index, needs = opened(folder, first, last, verify=True)
    index.rank(needs[:2], explain=False)
    opening, began = time.perf_counter() - began[0], (time.perf_counter(), time.process_time())
    index.rank(needs, explain=False)
    say(began, opening=opening)


def check(folder: Path, count: int) -> None:
    """The share of the best 20 over all pairs that is found."""
    began = time.perf_counter(), time.process_time()
    index, needs = opened(folder, 0, count, verify=False)
    hits = wanted = 0
    for ranking, best in zip(index.rank(needs, explain=False), best_of_all(index, needs), strict=True):
        hits += len(best & {one.target for one in ranking.candidates})
        wanted += len(best)
    say(began, recall=hits / wanted)


def best_of_all(index: Index, needs: Sequence[NeedProfile]) -> list[set[str]]:
    """The keys of the best 20 of every need when every pair is scored, some rows at a time."""
    best: list[list[tuple[float, int]]] = [[] for _ in needs]
    for first in range(0, len(index.targets), PIECE):
        piece = np.arange(first, min(first + PIECE, len(index.targets)))
        scored = index._scored(needs, dict.fromkeys(needs, piece))  # noqa: SLF001
        for at, one in enumerate(scored):
            order = np.lexsort((piece, -one.scores))[:20]
            found = zip((-one.scores[order]).tolist(), piece[order].tolist(), strict=True)
            best[at] = sorted([*best[at], *found])[:20]
    return [{index.targets[at].key for score, at in one if score < 0.0} for one in best]


STEPS = {"build": build, "rank": rank, "check": check}

if __name__ == "__main__":
    main()
