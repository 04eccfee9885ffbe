"""The engine on English texts: `python bench/match_english.py [--draws 4]`.

A stand-in for a standard of reviewers who say how well they know a paper. Experts are modules of the standard library
and of installed Python packages, their documents the texts that describe their functions and classes. Of other such
texts each expert has rated some: 5 of the same module, 4 of its package's same folder, 3 of the same package, 1 of
another one. Printed: the share of pairs of texts of an expert that stand in the wrong order, weighed by the difference
of their ratings, beside TF-IDF of words (scikit-learn, where it is installed), the mean of the three best texts.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from matchmaking.engine.model import fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, NeedProfile

PACKAGES = (
    "scipy", "numpy", "django", "celery", "kombu", "redis", "numba", "hypothesis", "_pytest", "setuptools", "networkx",
    "rich", "asyncio", "email",
)  # fmt: skip
EXPERTS, DOCUMENTS = 58, 10
LEAST_TEXTS, LEAST_WORDS, MOST_WORDS = 6, 40, 200
RATED = ((5, 2), (4, 2), (3, 2), (1, 3))
Scores = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Module:
    """A module as an expert: its path and the texts of its functions."""

    path: str
    texts: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder it lies in."""
        return self.path.rpartition("/")[0]


def main() -> None:
    """Read the command line and print the mean loss of every system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=4)
    chosen = parser.parse_args()
    listed = list(modules())
    losses: dict[str, list[float]] = {}
    for seed in range(chosen.draws):
        experts, papers, ratings = world(listed, random.Random(seed))
        systems = {"ours": ours(experts, papers, True), "ours, no encoder": ours(experts, papers, False)}
        systems |= tfidf(experts, papers)
        for name, scores in systems.items():
            losses.setdefault(name, []).append(loss(scores, ratings))
    first = losses["ours"]
    for name, found in losses.items():
        gaps = np.asarray(found) - np.asarray(first)
        shown = f"{gaps.mean():+.4f} ({gaps.min():+.4f} to {gaps.max():+.4f})"
        print(f"{name:32} loss {np.mean(found):.4f}  it - ours {shown}")


def modules() -> Iterator[Module]:
    """Every module with enough texts; a text is there once."""
    seen: set[str] = set()
    for package in PACKAGES:
        for kind in ("purelib", "stdlib"):
            root = Path(sysconfig.get_path(kind))
            for path in sorted((root / package).rglob("*.py")):
                if not {"test", "tests", "_vendor"} & set(path.parts):
                    texts = tuple(dict.fromkeys(text for text in described(path) if text not in seen))
                    seen.update(texts)
                    if len(texts) >= LEAST_TEXTS:
                        yield Module(path.relative_to(root).as_posix(), texts)


def described(path: Path) -> Iterator[str]:
    """The descriptions in a file, up to their list of parameters."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            words = (ast.get_docstring(node) or "").partition("\n\nParameters")[0].partition(">>>")[0].split()
            if len(words) >= LEAST_WORDS:
                yield " ".join(words[:MOST_WORDS])


def world(
    listed: list[Module], draw: random.Random
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], dict[str, dict[str, int]]]:
    """Experts with their documents, papers, and the ratings that experts give to some papers."""
    chosen = draw.sample(listed, EXPERTS)
    experts: dict[str, tuple[str, ...]] = {}
    papers: dict[str, tuple[str, Module]] = {}
    for module in listed:
        texts = draw.sample(module.texts, len(module.texts))
        if module in chosen:
            experts[module.path] = tuple(texts[2 : 2 + DOCUMENTS])
        papers |= {f"{module.path} {at}": (text, module) for at, text in enumerate(texts[:2])}
    ratings: dict[str, dict[str, int]] = {}
    for module in chosen:
        near: dict[int, list[str]] = {}
        for key, (_, other) in papers.items():
            near.setdefault(level(module, other), []).append(key)
        ratings[module.path] = {
            key: grade
            for grade, count in RATED
            for key in draw.sample(near.get(grade, []), min(count, len(near.get(grade, []))))
        }
    used = sorted({key for found in ratings.values() for key in found})
    return experts, {key: papers[key][0] for key in used}, ratings


def level(one: Module, other: Module) -> int:
    """How near two modules stand."""
    if one.path == other.path:
        return 5
    if one.path.partition("/")[0] != other.path.partition("/")[0]:
        return 1
    return 4 if one.folder == other.folder else 3


def ours(experts: Mapping[str, tuple[str, ...]], papers: Mapping[str, str], learning: bool) -> Scores:
    """The engine, a paper being the need."""
    profiles = [ExpertProfile(key, texts) for key, texts in experts.items()]
    needs = [NeedProfile(key, text) for key, text in papers.items()]
    index = Index.build(profiles, fit((), profiles, needs, learning=learning), Policy())
    pairs = [(need, expert) for need in needs for expert in experts]
    scores: Scores = {expert: {} for expert in experts}
    for (need, expert), found in zip(pairs, index.score_pairs(pairs, explain=False), strict=True):
        scores[expert][need.key] = found.score
    return scores


def tfidf(experts: Mapping[str, tuple[str, ...]], papers: Mapping[str, str]) -> dict[str, Scores]:
    """scikit-learn's TF-IDF in three settings."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        print("TF-IDF left out: scikit-learn is not installed")
        return {}
    better = {"sublinear_tf": True, "stop_words": "english"}
    made: dict[str, Scores] = {}
    for name, settings in (
        ("plain", {}),
        ("sublinear, stop words", better),
        ("and pairs", better | {"ngram_range": (1, 2)}),
    ):
        vectoriser = TfidfVectorizer(**settings).fit(
            [*(text for texts in experts.values() for text in texts), *papers.values()]
        )
        asked = vectoriser.transform(papers.values())
        found: Scores = {}
        for expert, texts in experts.items():
            near = (asked @ vectoriser.transform(texts).T).toarray()
            found[expert] = dict(zip(papers, np.sort(near)[:, -3:].mean(1).tolist(), strict=True))
        made[f"TF-IDF, {name}"] = found
    return made


def loss(scores: Scores, ratings: Mapping[str, Mapping[str, int]]) -> float:
    """The weighted share of pairs in the wrong order; equal scores count half."""
    wrong = total = 0.0
    for expert, given in ratings.items():
        for one, other in combinations(given, 2):
            weight = given[one] - given[other]
            gap = scores[expert][one] - scores[expert][other]
            total += abs(weight)
            wrong += abs(weight) * (0.5 if gap == 0 else float(gap * weight < 0))
    return wrong / total


if __name__ == "__main__":
    main()
