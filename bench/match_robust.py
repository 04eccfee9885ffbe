"""How well needs are answered whose wording is spoilt: `python bench/match_robust.py [--needs 500] [--form NAME ...]`.

The 1,500 titles of the development set project_result are asked in four forms, against 22,080 titles of results; with
and without the platform's encoder, and by peers over the same texts. Nothing here is used to fit a weight.

    plain      as it stands
    masked     without numbers, Latin words and the rarest word that it has
    reworded   a third of its words gone, the others in another order
    patent     as it stands, but every result is written like a patent: between set phrases, and with the beginning of
               another title as the field it is said to belong to

Printed: nDCG@10, and ours minus each with its 95 % interval from a paired bootstrap over the needs.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import match
import match_peers as peers

from matchmaking.engine.model import fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import NeedProfile, OfferProfile

FORMS = ("plain", "masked", "reworded", "patent")
LEFT_OUT = 3
Rewrite = Callable[[str, random.Random], str]


def main() -> None:
    """Read the command line, and measure every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needs", type=int, default=1_500)
    parser.add_argument("--form", action="append", choices=FORMS, help="default: all")
    parser.add_argument("--no-encoder", action="store_true", help="only without the encoder, which learns for minutes")
    chosen = parser.parse_args()
    if not match.EVALDATA.is_dir():
        raise SystemExit("skipped: the development sets are not on this machine")
    needs, targets, judgements = match.development_set("project_result")
    needs = needs[: chosen.needs]
    offers = [target for target in targets if isinstance(target, OfferProfile)]
    seen = Counter(word for offer in offers for word in set(peers.words(offer.title)))
    forms: dict[str, Rewrite] = {"plain": lambda text, _: text, "masked": masked(seen), "reworded": reworded}
    wanted = chosen.form or FORMS
    learning = not chosen.no_encoder
    if set(wanted) - {"patent"}:
        ours = Ours(offers, learning)
        for name in (name for name in forms if name in wanted):
            draw = random.Random(7)
            asked = [replace(need, title=forms[name](need.title, draw)) for need in needs]
            report(name, asked, offers, ours, judgements)
    if "patent" in wanted:
        written = patents(offers, random.Random(7))
        report("patent", needs, written, Ours(written, learning), judgements)


class Ours:
    """The engine over these results with and without its encoder; neither has seen a need."""

    def __init__(self, offers: Sequence[OfferProfile], learning: bool) -> None:
        kinds = {"ours": True, "ours, no encoder": False} if learning else {"ours, no encoder": False}
        self._indexes = {
            name: Index.build(offers, fit(offers, learning=learns), Policy()) for name, learns in kinds.items()
        }

    def runs(self, needs: Sequence[NeedProfile]) -> dict[str, peers.Run]:
        """What each finds."""
        return {
            name: match.run_of(index.rank(needs, top=peers.TOP, explain=False)) for name, index in self._indexes.items()
        }


def report(
    name: str,
    needs: Sequence[NeedProfile],
    offers: Sequence[OfferProfile],
    ours: Ours,
    judgements: dict[str, dict[str, float]],
) -> None:
    """Print one line a system."""
    asked, docs = {need.key: need.title for need in needs}, {offer.key: offer.title for offer in offers}
    wanted = {key: judgements[key] for key in asked}
    task = peers.Task(needs, offers, wanted)
    runs = ours.runs(needs)
    first = next(iter(runs))
    best = peers.each(task, runs.pop(first))
    print(f"\n{name}: {len(needs)} needs, for example “{needs[0].title}”", flush=True)
    print(f"  {first} {peers.mean(best.values()):.4f}")
    runs |= {
        "bm25 words": peers.bm25(docs, asked, peers.words),
        "bm25 bigrams": peers.bm25(docs, asked, peers.bigrams),
        "bm25 uni+bi": peers.bm25(docs, asked, tokenise),
    }
    try:
        runs["tf-idf uni+bi"] = peers.tfidf(docs, asked)
    except peers.Missing as missing:
        print(f"  tf-idf left out: {missing}")
    for other, run in runs.items():
        print(f"  {other:18} {peers.difference(best, peers.each(task, run))}", flush=True)


def masked(seen: Counter[str]) -> Rewrite:
    """Leave out numbers, Latin words and the rarest word; `seen` counts in how many results a word stands."""

    def rewrite(text: str, _: random.Random) -> str:
        words = [word for word in peers.words(text) if not word.isascii()]
        long = sorted({word for word in words if len(word) > 1}, key=lambda word: (seen[word], word))
        left = text
        for word in [*(word for word in peers.words(text) if word.isascii()), *long[:1]]:
            left = left.lower().replace(word, " ")
        return left if any(map(str.isalnum, left)) else text

    return rewrite


def reworded(text: str, draw: random.Random) -> str:
    """Leave out a third of the words and shuffle the others."""
    import rjieba  # a bench may need more than the platform

    words = [word for word in rjieba.cut(text) if any(map(str.isalnum, word))]
    kept = draw.sample(words, len(words) - len(words) // LEFT_OUT)
    return " ".join(kept)


def patents(offers: Sequence[OfferProfile], draw: random.Random) -> list[OfferProfile]:
    """Every result between the set phrases of a patent, in the field of another one."""
    written = []
    for offer in offers:
        other = draw.choice(offers).title[:8]
        text = (
            f"本发明公开了一种{offer.title}的方法、装置及存储介质，属于{other}技术领域。所述方法包括如下步骤：获取待处理对象的数据，"
            "对所述数据进行预处理，根据预设条件得到结果。其特征在于，所述装置包括采集模块、处理模块和输出模块，"
            "采用本发明的技术方案，能够有效提高效率、降低成本，具有良好的应用前景。"
        )
        written.append(replace(offer, title=text))
    return written


if __name__ == "__main__":
    main()
