"""Compiling: where machine code can be kept, where it cannot, and what importing costs."""

import subprocess
import sys

import pytest

from matchmaking.engine.kernel import compiled


@pytest.mark.parametrize("decorate", [compiled.compiled, compiled.compiled_unordered])
def test_where_nothing_can_be_kept_functions_work_all_the_same(decorate):
    # A function without a file has nowhere to be kept.
    space: dict[str, object] = {}
    exec("def double(number): return 2 * number", space)  # noqa: S102
    assert decorate(space["double"])(21) == 42


@pytest.mark.parametrize("module", ["postings", "topk", "merge", "store", "tokens"])
def test_importing_the_kernel_does_not_load_the_compiler(module):
    code = f"import sys, matchmaking.engine.kernel.{module}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_after_warming_no_batch_has_to_compile(tmp_path):
    code = (
        "import pathlib, sys, numpy as np\n"
        "from matchmaking.engine.kernel import loops, postings, products, reasons, store, token_loops, tokens, topk\n"
        "from tests.matchmaking.engine.kernel.builders import rows\n"
        "for grid in (24, 40):\n"
        "    made = postings.Postings.build(rows(99, 9, 1, grid=grid))\n"
        "    index = store.load(store.save(made, pathlib.Path(sys.argv[1])))\n"
        "    topk.top_k(index, rows(9, 9, 2), 3, threads=2)\n"
        "tokens.Vocabulary().count(['abc'])\n"
        "from tests.matchmaking.engine import builders\n"
        "builders.index_of(builders.EXPERTS).rank([builders.COATING_NEED])\n"
        "from matchmaking.engine import policy, ranking, terms\n"
        "model = builders.model_of(builders.COATING_NEED, *builders.OFFERS)\n"
        "terms.LARGE_FROM = 1\n"
        "large = ranking.Index.build(builders.OFFERS, model, policy.Policy())\n"
        "large.rank([builders.COATING_NEED])\n"
        "compiled = (loops, token_loops, products, reasons)\n"
        "functions = [one for module in compiled for one in vars(module).values()]\n"
        "statistics = [function.stats for function in functions if hasattr(function, 'stats')]\n"
        "print(sum(sum(one.cache_misses.values()) for one in statistics))\n"
    )
    warm = "from matchmaking.engine.kernel.warm import warm; warm()"
    for _attempt in range(3):  # processes that compile at the same time write over one another's list of what is kept
        subprocess.run([sys.executable, "-c", warm], check=True)
        done = subprocess.run([sys.executable, "-c", code, tmp_path], check=True, capture_output=True, text=True)
        if done.stdout.strip() == "0":
            return
    pytest.fail(f"{done.stdout.strip()} functions were compiled after warming")


def test_machine_code_is_kept_in_the_directory_that_was_named(tmp_path):
    built = "Postings.build(scipy.sparse.eye_array(3).tocsr())"
    code = f"import scipy.sparse; from matchmaking.engine.kernel.postings import Postings; {built}"
    subprocess.run([sys.executable, "-c", code], check=True, env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert list(tmp_path.rglob("*.nbc"))
