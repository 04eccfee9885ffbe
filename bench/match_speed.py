"""Measure the scoring kernel beside its peers: `python bench/match_speed.py --size 5000x5000 --size 40000x40000`.

Every engine answers the same needs over the same documents with the same number of threads, in a process of its own
(so that the peak memory is its own), one after the other, `--rounds` times; the best round counts. The corpus is that
of `bench/load.py`: for speed only. An engine that would need more than `--patience` seconds answers a sample of the
needs; one that cannot take the corpus says why. Printed: queries a second, how many times the kernel is faster by the
wall and by processor time (which other work on the machine disturbs less), seconds to build, peak memory with the
corpus (mapped from disk) in it, and between sizes the exponent with which the processor time of a need grows with the
documents.

ours        `top_k`, exact                     bm25s       0.3, numba backend
sdtn        sparse_dot_topn, float32           tantivy     boolean query over all terms of the need
sklearn     TfidfVectorizer's matrix, product, argpartition
postgres    `--database URL`: ts_rank over a GIN index; one connection a thread; its processor time is not known, so
            the seconds that pass stand for it
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import load
import numpy as np
from scipy import sparse

TOP = 20
ENGINES = ("ours", "sdtn", "bm25s", "tantivy", "sklearn", "postgres")
TRIAL = 16
# Documents beyond which an engine is not tried, and why.
LARGEST = {
    "bm25s": (250_000, "its texts as lists of Python numbers: 4.2 GB at 200,000, some 20 GB at a million"),
    "tantivy": (250_000, "its texts as lists of Python numbers: 14 GB at a million"),
    "sklearn": (250_000, "its matrices in double precision and their copies: some 12 GB"),
    "postgres": (60_000, "a need takes seconds already"),
}
Answer = Callable[[slice], Any]


def main() -> None:
    """Read the command line; the hidden `--one` answers for one engine in its own process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", help="DOCUMENTSxNEEDS, several times; default 5000x5000")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="default: all but postgres")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds for the needs of one engine")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL database to fill")
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(answer_alone(chosen.one[0], Path(chosen.one[1]), chosen)))
        return
    engines = chosen.engine or [name for name in ENGINES if name != "postgres" or chosen.database]
    seconds: dict[str, dict[int, float]] = {}
    for size in chosen.size or ["5000x5000"]:
        documents, needs = map(int, size.split("x"))
        for name, each in compare(documents, needs, engines, chosen).items():
            seconds.setdefault(name, {})[documents] = each
    for name, found in seconds.items():
        pairs = sorted(found.items())
        for (few, before), (many, after) in pairwise(pairs):
            print(f"{name:10} {few:>9,} to {many:>9,} documents: exponent {math.log(after / before, many / few):.2f}")


def compare(documents: int, needs: int, engines: list[str], chosen: argparse.Namespace) -> dict[str, float]:
    """Print a line for every engine; returns the seconds a need."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(documents, needs, folder)
        load_average = os.getloadavg()[0]
        print(f"\n{documents:,} documents x {needs:,} needs, {chosen.threads} threads, load {load_average:.1f}")
        best: dict[str, dict[str, Any]] = {}
        for _ in range(chosen.rounds):
            for engine in engines:
                limit, why = LARGEST.get(engine, (documents, ""))
                if documents > limit:
                    best[engine] = {"skipped": why}
                    continue
                result = in_own_process(engine, folder, chosen)
                if engine not in best or result.get("each", math.inf) < best[engine].get("each", math.inf):
                    result["busy"] = min(result.get("busy", math.inf), best.get(engine, {}).get("busy", math.inf))
                    best[engine] = result
        reference = best.get("ours", {})
        for engine, result in best.items():
            print(line(engine, result, needs, reference), flush=True)
    return {engine: result["busy"] for engine, result in best.items() if "each" in result}


def line(engine: str, result: dict[str, Any], needs: int, reference: dict[str, Any]) -> str:
    """One line of the table."""
    if "each" not in result:
        return f"{engine:10} skipped: {result['skipped']}"
    ratio = ""
    if "each" in reference:
        wall, processor = result["each"] / reference["each"], result["busy"] / reference["busy"]
        ratio = f"ours is {wall:6.2f} x, by processor {processor:6.2f} x"
    sampled = "" if result["asked"] == needs else f"  ({result['asked']} needs sampled)"
    return (
        f"{engine:10} {1 / result['each']:9.0f} queries/s  {result['each'] * needs:8.2f} s  {ratio}  "
        f"build {result['build']:6.2f} s  peak {result['peak']:6.2f} GB{sampled}"
    )


def make(documents: int, needs: int, folder: Path) -> None:
    """Write the corpus: counts for the engines that weigh by themselves, weights for the others."""
    for name, texts in (
        ("documents", load.texts(documents, load.DOCUMENT_LENGTH, 1)),
        ("needs", load.texts(needs, load.NEED_LENGTH, 2)),
    ):
        for part in ("starts", "terms", "counts"):
            np.save(folder / f"{name}.{part}.npy", getattr(texts, part))
    rows = load.weigh_documents(read_texts(folder, "documents"))
    write_rows(folder, "rows", rows)
    write_rows(folder, "asked", load.weigh_needs(read_texts(folder, "needs"), rows))


def write_rows(folder: Path, name: str, rows: sparse.csr_array) -> None:
    """Store a matrix, with 32-bit places where they suffice, as peers want them."""
    kind = np.int32 if rows.nnz < 2**31 else np.int64
    for part in ("indptr", "indices"):
        np.save(folder / f"{name}.{part}.npy", getattr(rows, part).astype(kind))
    np.save(folder / f"{name}.data.npy", rows.data)


def read_rows(folder: Path, name: str) -> sparse.csr_array:
    """Map a matrix."""
    data, indices, indptr = (
        np.load(folder / f"{name}.{part}.npy", mmap_mode="r") for part in ("data", "indices", "indptr")
    )
    rows = sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, load.TERMS), copy=False)
    rows.has_canonical_format = True
    return rows


def read_texts(folder: Path, name: str) -> load.Texts:
    """Map texts."""
    return load.Texts(
        *(np.load(folder / f"{name}.{part}.npy", mmap_mode="r") for part in ("starts", "terms", "counts"))
    )


def in_own_process(engine: str, folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """What `answer_alone` gives, from a child."""
    command = [
        sys.executable, __file__, "--one", engine, str(folder), "--threads", str(chosen.threads),
        "--patience", str(chosen.patience), "--database", chosen.database,
    ]  # fmt: skip
    threads = str(chosen.threads)
    limits = {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **limits})
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def answer_alone(engine: str, folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Build, try a few needs (which also compiles), then answer as many as the patience allows."""
    start = time.perf_counter()
    answer = globals()[f"start_{engine.replace('-', '_')}"](folder, chosen)
    build = time.perf_counter() - start
    needs = len(np.load(folder / "needs.starts.npy", mmap_mode="r")) - 1
    answer(slice(0, min(TRIAL, needs)))
    start = time.perf_counter()
    answer(slice(0, min(TRIAL, needs)))
    each = (time.perf_counter() - start) / min(TRIAL, needs)
    asked = min(needs, max(TRIAL, int(chosen.patience / each)))
    start, before = time.perf_counter(), time.process_time()
    answer(slice(0, asked))
    each, busy = (time.perf_counter() - start) / asked, (time.process_time() - before) / asked
    busy = each if engine == "postgres" else busy  # its server is another process
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"each": each, "busy": busy, "asked": asked, "build": build, "peak": peak}


def start_ours(folder: Path, chosen: argparse.Namespace) -> Answer:
    """The exact kernel."""
    from matchmaking.engine.kernel.postings import Postings
    from matchmaking.engine.kernel.topk import top_k

    Postings.build(sparse.csr_array(np.eye(3)))  # compile, so that the build is timed alone
    postings, asked = Postings.build(read_rows(folder, "rows")), read_rows(folder, "asked")
    return lambda part: top_k(postings, asked[part], TOP, threads=chosen.threads)


def start_sdtn(folder: Path, chosen: argparse.Namespace) -> Answer:
    """sparse_dot_topn: product with the transpose, the best of each row."""
    from sparse_dot_topn import sp_matmul_topn

    transposed = sparse.csr_matrix(read_rows(folder, "rows").T.tocsr()).astype(np.float32)
    asked = sparse.csr_matrix(read_rows(folder, "asked")).astype(np.float32)
    return lambda part: sp_matmul_topn(asked[part], transposed, top_n=TOP, sort=True, n_threads=chosen.threads)


def start_bm25s(folder: Path, chosen: argparse.Namespace) -> Answer:
    """bm25s over the same terms, as numbers, each as often as the text has it."""
    import bm25s

    documents, asked = listed(read_texts(folder, "documents")), listed(read_texts(folder, "needs"))
    vocabulary = {str(term): term for term in range(load.TERMS)}
    searcher = bm25s.BM25(k1=load.K1, b=load.B, backend="numba")
    searcher.index(bm25s.tokenization.Tokenized(documents, vocabulary), show_progress=False)
    searcher.activate_numba_scorer()

    def answer(part: slice) -> Any:
        return searcher.retrieve(asked[part], k=TOP, n_threads=chosen.threads, show_progress=False)

    return answer


def start_tantivy(folder: Path, chosen: argparse.Namespace) -> Answer:
    """tantivy: a boolean query over all terms of a need; it searches with one thread a query, so threads are ours."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("number", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(256_000_000, chosen.threads)
    for number, text in enumerate(listed(read_texts(folder, "documents"))):
        writer.add_document(tantivy.Document(body=" ".join(f"t{term}" for term in text), number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher, asked = index.searcher(), listed(read_texts(folder, "needs"))

    def one(text: list[int]) -> int:
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", f"t{term}")) for term in set(text)]
        return len(searcher.search(tantivy.Query.boolean_query(terms), TOP).hits)

    return lambda part: on_threads(one, asked[part], chosen.threads)


def start_sklearn(folder: Path, chosen: argparse.Namespace) -> Answer:
    """scikit-learn's TF-IDF: normalised rows, their product, the best of each row by argpartition."""
    from sklearn.feature_extraction.text import TfidfTransformer

    transformer = TfidfTransformer(sublinear_tf=True)
    rows = transformer.fit_transform(counted(read_texts(folder, "documents"))).T.tocsr()
    asked = transformer.transform(counted(read_texts(folder, "needs")))

    def block(first: int) -> int:
        products = (asked[first : first + 64] @ rows).toarray()
        return len(np.argpartition(-products, min(TOP, products.shape[1] - 1), axis=1)[:, :TOP])

    return lambda part: on_threads(block, range(part.start, part.stop, 64), chosen.threads)


def start_postgres(folder: Path, chosen: argparse.Namespace) -> Answer:
    """PostgreSQL: ts_rank over all documents that share a term, found by a GIN index."""
    import psycopg2

    connections = [psycopg2.connect(chosen.database) for _ in range(chosen.threads)]
    with connections[0] as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table if not exists unused (id int); drop table if exists match_speed")
        cursor.execute("create table match_speed (id int, body tsvector)")
        for number, text in enumerate(listed(read_texts(folder, "documents"))):
            body = " ".join(f"t{term}" for term in text)
            cursor.execute(
                "insert into match_speed values (%s, array_to_tsvector(%s))", (number, sorted(set(body.split())))
            )
        cursor.execute("create index on match_speed using gin (body); analyze match_speed")
    asked = listed(read_texts(folder, "needs"))

    def one(pair: tuple[int, list[int]]) -> int:
        words = " | ".join(f"t{term}" for term in set(pair[1]))
        with connections[pair[0] % chosen.threads].cursor() as cursor:
            cursor.execute(
                "select id from match_speed, to_tsquery('simple', %s) q where body @@ q "
                "order by ts_rank(body, q) desc limit %s", (words, TOP),
            )  # fmt: skip
            return len(cursor.fetchall())

    return lambda part: on_threads(one, list(enumerate(asked[part])), chosen.threads)


def on_threads(one: Callable[[Any], int], asked: Any, threads: int) -> list[int]:
    """Answer one by one on a pool of threads."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, asked))


def listed(texts: load.Texts) -> list[list[int]]:
    """The terms of every text, each as often as the text has it."""
    repeated = np.repeat(texts.terms, texts.counts).tolist()
    ends = np.concatenate(([0], np.cumsum(texts.counts, dtype=np.int64)))[texts.starts].tolist()
    return [repeated[first:last] for first, last in pairwise(ends)]


def counted(texts: load.Texts) -> sparse.csr_matrix:
    """Texts as a matrix of counts."""
    return sparse.csr_matrix(
        (texts.counts.astype(np.float64), texts.terms, texts.starts), shape=(len(texts.starts) - 1, load.TERMS)
    )


if __name__ == "__main__":
    main()
