"""Rank what the engine ranks with its peers, and say how sure the difference is.

    python bench/match_peers.py [--set NAME ...] [--postgres URL] [--needs 400]

Sets: the planted pairs and the hand-graded pairs of the sample data (`bench/data`, judged pairs only are ranked), and
the two development sets of public titles where they are present. Printed: nDCG@10 of every system, and ours minus the
peer with its 95 % interval from a paired bootstrap over the needs (2,000 resamples, fixed seed).

Peers get the texts of a record joined, as one would who installs them. Each is left out, and says so, where its
package is not installed; none of them is a dependency of the platform.

    bm25 words      Lucene's BM25 (k1 1.2, b .75) over words of rjieba, search mode
    bm25 bigrams    the same over pairs of characters, which is what Lucene's CJKAnalyzer makes
    bm25s uni+bi    bm25s over the engine's own tokens (single characters, pairs, words)
    tf-idf uni+bi   scikit-learn's cosine over the same tokens
    tantivy words   tantivy, whitespace over the words of rjieba
    postgres words  ts_rank over to_tsvector('simple', words), any word, at most `--needs` needs
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import match
import numpy as np
from scipy import sparse

from matchmaking.engine import metrics
from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.model import fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile, Target

RESAMPLES = 2_000
TOP = 100
DEEP = 1_000  # more than a set of judged pairs has targets
Texts = Mapping[str, str]
Run = dict[str, list[str]]
Ranker = Callable[[Texts, Texts], Run]
SETS = ("planted achievement", "planted expert", "graded achievement", "graded expert", "project_result",
        "project_expert")  # fmt: skip


class Missing(Exception):
    """A peer that cannot run here, and why."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is ranked. `judged_only`: the order of the judged targets counts, the others are left out. `texts` are
    further records that the model of the engine is fitted on."""

    needs: Sequence[NeedProfile]
    targets: Sequence[Target]
    judgements: Mapping[str, Mapping[str, float]]
    judged_only: bool = False
    texts: Sequence[NeedProfile | Target] = ()

    def measured(self, run: Run) -> Run:
        """The part of a run that counts; judged targets a system did not find stand last, by key."""
        if not self.judged_only:
            return run
        kept: Run = {}
        for need, grades in self.judgements.items():
            found = [target for target in run.get(need, ()) if target in grades]
            kept[need] = found + sorted(set(grades).difference(found))
        return kept


def main() -> None:
    """Read the command line and print one table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=SETS, help="default: all")
    parser.add_argument("--postgres", default="", help="URL of a database in which a temporary table may be made")
    parser.add_argument("--needs", type=int, default=400, help="needs that PostgreSQL answers")
    chosen = parser.parse_args()
    for name in chosen.set or SETS:
        if name.startswith("project") and not match.EVALDATA.is_dir():
            print(f"{name}: skipped, the development set is not on this machine")
            continue
        compare(name, task(name), chosen)


def task(name: str) -> Task:
    """The needs, targets and judgements of a set."""
    if name.startswith("project"):
        needs, targets, judgements = match.development_set(name)
        return Task(needs, targets, judgements)
    graded, _, kind = name.partition(" ")
    needs, targets = match.sample_profiles(kind)
    judgements = match.graded_pairs(kind) if graded == "graded" else match.planted_pairs(kind)
    asked = [need for need in needs if need.key in judgements]
    others = match.sample_profiles("expert" if kind == "achievement" else "achievement")[1]
    rest = [need for need in needs if need.key not in judgements]
    return Task(asked, targets, judgements, graded == "graded", [*rest, *others])


def compare(name: str, task: Task, chosen: argparse.Namespace) -> None:
    """Print the measures of the engine and of every peer, and the intervals of the differences."""
    print(f"\n{name}: {len(task.judgements)} needs, {len(task.targets)} targets")
    ours = each(task, engine(task))
    print(f"{'ours':16} nDCG@10 {mean(ours.values()):.4f}")
    if any(need.tech_field for need in task.needs):
        print(f"{'ours, no codes':16} nDCG@10 {difference(ours, each(task, engine(bare(task))))}")
    peers: dict[str, Ranker] = {
        "bm25 words": lambda docs, needs: bm25(docs, needs, words),
        "bm25 bigrams": lambda docs, needs: bm25(docs, needs, bigrams),
        "bm25s uni+bi": bm25s_ranked,
        "tf-idf uni+bi": tfidf,
        "tantivy words": tantivy_ranked,
        "postgres words": lambda docs, needs: postgres(docs, needs, chosen.postgres, chosen.needs),
    }
    docs = {target.key: joined(target) for target in task.targets}
    needs = {need.key: joined(need) for need in task.needs}
    for peer, rank in peers.items():
        try:
            theirs = each(task, rank(docs, needs))
        except Missing as reason:
            print(f"{peer:16} left out: {reason}")
            continue
        print(f"{peer:16} nDCG@10 {difference(ours, theirs)}", flush=True)


def engine(task: Task) -> Run:
    """The run of the engine under its default policy."""
    texts = [*task.targets, *task.needs, *task.texts]
    offers = [one for one in texts if isinstance(one, OfferProfile)]
    experts = [one for one in texts if isinstance(one, ExpertProfile)]
    needs = [one for one in texts if isinstance(one, NeedProfile)]
    policy = Policy()
    index = Index.build(task.targets, fit(offers, experts, needs, policy=policy), policy)
    return match.run_of(index.rank(task.needs, top=DEEP if task.judged_only else TOP, explain=False))


def bare(task: Task) -> Task:
    """The same task without codes, bands and levels, which the peers cannot read."""
    needs = [
        replace(need, tech_field="", industry="", trl=None, region="", coop_modes=(), budget_band="", due_months=None)
        for need in task.needs
    ]
    targets: list[Target] = [
        replace(one, fields=(), industries=(), regions=()) if isinstance(one, ExpertProfile)
        else replace(one, applications=(), tech_field="", trl=None, region="", coop_modes=(), price_band="")
        for one in task.targets
    ]  # fmt: skip
    return replace(task, needs=needs, targets=targets)


def each(task: Task, run: Run) -> dict[str, float]:
    """nDCG@10 of every need that was answered; a need that a peer was not asked is left out."""
    kept = task.measured({need: run[need] for need in run})
    return {
        need: metrics.ndcg({need: kept[need]}, {need: grades})
        for need, grades in task.judgements.items() if need in run and any(grades.values())
    }  # fmt: skip


def difference(ours: Mapping[str, float], theirs: Mapping[str, float]) -> str:
    """The mean of a peer, and ours minus it with its 95 % interval, over the needs that both answered."""
    common = sorted(set(ours) & set(theirs))
    gaps = np.asarray([ours[need] - theirs[need] for need in common])
    draw = np.random.default_rng(20260610).integers(0, len(gaps), (RESAMPLES, len(gaps)))
    low, high = np.quantile(gaps[draw].mean(axis=1), (0.025, 0.975))
    shown = "" if len(common) == len(ours) else f"  ({len(common)} needs)"
    return f"{mean(theirs[need] for need in common):.4f}  ours - it {gaps.mean():+.4f} [{low:+.4f}, {high:+.4f}]{shown}"


def mean(values: object) -> float:
    """Mean of some numbers."""
    listed = list(values)  # type: ignore[call-overload]
    return float(np.mean(listed)) if listed else 0.0


def joined(record: NeedProfile | Target) -> str:
    """All texts of a record under one another; not the background of a need, which would only mislead a peer."""
    return "\n".join(text for name, text in quotable_texts(record) if name != "background")


def words(text: str) -> list[str]:
    """Words in search mode, without spaces and punctuation."""
    try:
        import rjieba
    except ImportError as error:
        raise Missing("rjieba is not installed") from error
    return [word for word in rjieba.cut_for_search(text.lower()) if any(map(str.isalnum, word))]


def bigrams(text: str) -> list[str]:
    """Pairs of neighbours of Chinese runs and whole other words."""
    return [token for token in tokenise(text) if len(token) > 1 or token.isascii()]


def bm25(docs: Texts, needs: Texts, tokens: Callable[[str], list[str]], k1: float = 1.2, b: float = 0.75) -> Run:
    """BM25 as Lucene counts it, by one sparse product."""
    vocabulary: dict[str, int] = {}
    documents = counted([tokens(text) for text in docs.values()], vocabulary)
    queries = counted([tokens(text) for text in needs.values()], vocabulary, grow=False)
    lengths = np.asarray(documents.sum(axis=1)).ravel()
    present = np.bincount(documents.indices, minlength=len(vocabulary))
    idf = np.log1p((len(docs) - present + 0.5) / (present + 0.5))
    row = np.repeat(np.arange(len(docs)), np.diff(documents.indptr))
    norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1e-9))
    documents.data = idf[documents.indices] * documents.data / (documents.data + norm[row])
    return ordered(docs, needs, queries @ documents.T.tocsr())


def counted(texts: Sequence[Sequence[str]], vocabulary: dict[str, int], *, grow: bool = True) -> sparse.csr_matrix:
    """How often every token stands in every text."""
    rows: list[int] = []
    columns: list[int] = []
    for row, tokens in enumerate(texts):
        for token in tokens:
            column = vocabulary.setdefault(token, len(vocabulary)) if grow else vocabulary.get(token, -1)
            if column >= 0:
                rows.append(row)
                columns.append(column)
    made = sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(vocabulary)))
    return made.tocsr()


def ordered(docs: Texts, needs: Texts, scores: sparse.csr_matrix) -> Run:
    """The best documents of every need; equal scores by key."""
    keys = np.asarray(list(docs))
    run: Run = {}
    for row, need in enumerate(needs):
        piece = slice(*scores.indptr[row : row + 2])
        found, values = keys[scores.indices[piece]], scores.data[piece]
        best = np.lexsort((found, -values))[:TOP]
        run[need] = [str(key) for key in found[best]]
    return run


def bm25s_ranked(docs: Texts, needs: Texts) -> Run:
    """bm25s with its default settings over the engine's tokens."""
    try:
        import bm25s
    except ImportError as error:
        raise Missing("bm25s is not installed") from error
    retriever = bm25s.BM25()
    retriever.index([tokenise(text) for text in docs.values()], show_progress=False)
    keys = list(docs)
    found, scores = retriever.retrieve(
        [tokenise(text) for text in needs.values()], k=min(TOP, len(keys)), show_progress=False
    )
    return {
        need: [keys[at] for at, score in zip(places, values, strict=True) if score > 0]
        for need, places, values in zip(needs, found, scores, strict=True)
    }


def tfidf(docs: Texts, needs: Texts) -> Run:
    """scikit-learn's TfidfVectorizer, sublinear, and the cosine."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise Missing("scikit-learn is not installed") from error
    vectoriser = TfidfVectorizer(analyzer=tokenise, sublinear_tf=True)
    documents = vectoriser.fit_transform(docs.values())
    return ordered(docs, needs, (vectoriser.transform(needs.values()) @ documents.T).tocsr())


def tantivy_ranked(docs: Texts, needs: Texts) -> Run:
    """tantivy's BM25: any word of the need."""
    try:
        import tantivy
    except ImportError as error:
        raise Missing("tantivy is not installed") from error
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw")
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace")
    schema = builder.build()
    run: Run = {}
    with tempfile.TemporaryDirectory() as folder:
        index = tantivy.Index(schema, path=folder)
        writer = index.writer(heap_size=100_000_000, num_threads=1)
        for key, text in docs.items():
            writer.add_document(tantivy.Document(key=[key], body=[" ".join(words(text))]))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        for need, text in needs.items():
            terms = [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", word))
                for word in sorted(set(words(text)))
            ]
            hits = searcher.search(tantivy.Query.boolean_query(terms), TOP).hits
            run[need] = [searcher.doc(address)["key"][0] for _, address in hits]
    return run


def postgres(docs: Texts, needs: Texts, url: str, most: int) -> Run:
    """PostgreSQL full text: ts_rank over the words, any of them; a sample of the needs."""
    if not url:
        raise Missing("no --postgres URL")
    try:
        import psycopg2
        from psycopg2.extras import execute_values
    except ImportError as error:
        raise Missing("psycopg2 is not installed") from error
    asked = sorted(needs)
    if len(asked) > most:
        asked = random.Random(1).sample(asked, most)
    run: Run = {}
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("create temporary table peer (key text, body tsvector)")
            execute_values(
                cursor, "insert into peer values %s", [(key, " ".join(words(text))) for key, text in docs.items()],
                template="(%s, to_tsvector('simple', %s))",
            )  # fmt: skip
            cursor.execute("create index on peer using gin (body)")
            cursor.execute("analyze peer")
            for need in asked:
                query = " | ".join("'" + word.replace("'", "''") + "'" for word in sorted(set(words(needs[need]))))
                cursor.execute(
                    "select key from peer, to_tsquery('simple', %s) q where body @@ q"
                    " order by ts_rank(body, q) desc, key limit %s",
                    (query, TOP),
                )
                run[need] = [key for (key,) in cursor.fetchall()]
    finally:
        connection.rollback()
        connection.close()
    return run


if __name__ == "__main__":
    main()
