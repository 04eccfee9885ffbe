"""How the loops of the kernel are compiled: by numba, without the lock of the interpreter, kept on disk where possible.

The machine code is kept in the directory `NUMBA_CACHE_DIR`, else beside the sources, else in the user's cache. Where
none of them can be written to (a read-only image), every process compiles anew: slower to start, the same results.
Importing this module imports numba; nothing else of the engine does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on the first call; integer overflow wraps, indices are not checked."""
    return _compile(function, fastmath=False)


def compiled_unordered(function: Function) -> Function:
    """The same, and sums may be taken in any order: only for sums of numbers on the grid, exact in every order."""
    return _compile(function, fastmath={"reassoc", "nsz"})


def _compile(function: Function, *, fastmath: bool | set[str]) -> Function:
    try:
        return cast(Function, njit(nogil=True, fastmath=fastmath, cache=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available": nowhere to write to
        return cast(Function, njit(nogil=True, fastmath=fastmath)(function))
