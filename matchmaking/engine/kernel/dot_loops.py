"""Products of vectors of whole numbers of 8 bits, many at once: what `coarse.py` finds the strongest rows with.

Rows stand in groups of sixteen, four numbers of each side by side (`pack`), so that one register holds four numbers of
sixteen rows. Where the processor can multiply and add such registers in one instruction, that instruction is used;
else pairs of numbers are multiplied by one that every processor has. Whole numbers: the same bits either way.
"""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from matchmaking.engine.kernel.compiled import compiled
from matchmaking.engine.kernel.loops import kth_largest

Array = Any  # numba infers the types; numpy's own are checked at the callers
GROUP, QUAD = 16, 4
# Needs and groups of rows whose sums stand in registers at once.
NEEDS, GROUPS = 6, 4
ZERO = 128

_BYTE, _SHORT, _INT, _LONG = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_BYTES, _SHORTS = ir.VectorType(_BYTE, GROUP * QUAD), ir.VectorType(_SHORT, 2 * GROUP)
_INTS, _WIDE = ir.VectorType(_INT, GROUP), ir.VectorType(_INT, 2 * GROUP)


def one_instruction() -> bool:
    """Whether the processor multiplies bytes and adds the products in one instruction, and the compiler knows it."""
    known = llvm.llvm_version_info[0] >= 22  # before, its operands were declared otherwise
    if {"NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"} & os.environ.keys():  # compiled for another processor than this one
        return known and "+avx512vnni" in os.environ.get("NUMBA_CPU_FEATURES", "")
    return known and bool(llvm.get_host_cpu_features().get("avx512vnni"))


def _add_in_one(builder: ir.IRBuilder, total: Any, rows: Any, need: Any) -> Any:
    """The sums plus four products each: numbers without a sign of the rows, with a sign of the need."""
    kind = ir.FunctionType(_INTS, [_INTS, _BYTES, _BYTES])
    add = builder.module.declare_intrinsic("llvm.x86.avx512.vpdpbusd.512", (), kind)
    return builder.call(add, [total, builder.bitcast(rows, _BYTES), builder.bitcast(need, _BYTES)])


def _add_in_pairs(builder: ir.IRBuilder, total: Any, rows: Any, need: Any) -> Any:
    """The same in numbers of 16 bits: the even ones of the four, then the odd ones."""
    eight, low = ir.Constant(_SHORTS, [8] * 2 * GROUP), ir.Constant(_SHORTS, [255] * 2 * GROUP)
    rows, need = builder.bitcast(rows, _SHORTS), builder.bitcast(need, _SHORTS)
    pairs = (
        (builder.and_(rows, low), builder.ashr(builder.shl(need, eight), eight)),
        (builder.lshr(rows, eight), builder.ashr(need, eight)),
    )
    nothing = ir.Constant(_WIDE, ir.Undefined)
    for one, other in pairs:
        products = builder.mul(builder.sext(one, _WIDE), builder.sext(other, _WIDE))
        for odd in (0, 1):
            every_second = ir.Constant(_INTS, list(range(odd, 2 * GROUP, 2)))
            total = builder.add(total, builder.shuffle_vector(products, nothing, every_second))
    return total


def _sum_up(builder: ir.IRBuilder, add: Callable[..., Any], places: Callable[..., Any], quads: Any) -> list[Any]:
    """A loop over the numbers by four; the sums of every need with every group."""
    before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    quad, nothing = builder.phi(_LONG), ir.Constant(_INTS, [0] * GROUP)
    totals = [builder.phi(_INTS) for _ in range(NEEDS * GROUPS)]
    held = [
        builder.load(places("rows", group, quad, GROUP * QUAD, _INTS), align=1, typ=_INTS) for group in range(GROUPS)
    ]
    found = []
    for need in range(NEEDS):
        four = builder.load(places("needs", need, quad, QUAD, _INT), align=1, typ=_INT)
        first = builder.insert_element(ir.Constant(_INTS, ir.Undefined), four, ir.Constant(_INT, 0))
        everywhere = builder.shuffle_vector(first, first, nothing)
        found += [add(builder, totals[need * GROUPS + group], held[group], everywhere) for group in range(GROUPS)]
    following = builder.add(quad, ir.Constant(_LONG, 1))
    starts = [ir.Constant(_LONG, 0), *[nothing] * len(totals)]
    for phi, start, value in zip([quad, *totals], starts, [following, *found], strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(value, loop)
    builder.cbranch(builder.icmp_signed("<", following, quads), loop, after)
    builder.position_at_end(after)
    return found


def _tile(add: Callable[..., Any]) -> Any:
    """A function for compiled code: the sums of `NEEDS` needs with `GROUPS` groups of rows. Addresses and the steps
    from one need or group to the next are in bytes, `quads` counts the numbers by four."""

    def generate(context: Any, builder: ir.IRBuilder, _: Any, given: Any) -> Any:
        rows, row_step, needs, need_step, quads, sums, sum_step = given
        bases = {"rows": (rows, row_step), "needs": (needs, need_step), "sums": (sums, sum_step)}

        def places(name: str, number: int, at: Any, size: int, kind: Any) -> Any:
            base, step = bases[name]
            base = builder.add(base, builder.mul(step, ir.Constant(_LONG, number)))
            return builder.inttoptr(builder.add(base, builder.mul(at, ir.Constant(_LONG, size))), kind.as_pointer())

        for number, found in enumerate(_sum_up(builder, add, places, quads)):
            need, group = divmod(number, GROUPS)
            builder.store(found, places("sums", need, ir.Constant(_LONG, group), 4 * GROUP, _INTS), align=1)
        return context.get_dummy_value()

    def typed(
        _: Any, rows: Any, row_step: Any, needs: Any, need_step: Any, quads: Any, sums: Any, sum_step: Any
    ) -> Any:
        return types.void(*[types.intp] * 7), generate

    return intrinsic(typed)


tile_in_pairs = _tile(_add_in_pairs)
tile = _tile(_add_in_one) if one_instruction() else tile_in_pairs


@compiled
def pack(codes: Array, packed: Array, steps: Array) -> None:
    """Round the codes of every row to 8 bits, so that the largest becomes 127, and lay them out: `packed` (groups,
    quads, 16, 4) comes in filled with `ZERO`, `steps` (rows) get what one unit of a row is worth."""
    for row in range(len(codes)):
        largest = 0
        for code in codes[row]:
            largest = max(largest, abs(int(code)))
        steps[row] = np.float32(largest) / np.float32(127)
        for at in range(codes.shape[1]):
            if largest:
                rounded = np.int64(np.rint(codes[row, at] * 127.0 / largest))
                packed[row // GROUP, at // QUAD, row % GROUP, at % QUAD] = np.uint8(rounded + ZERO)


@compiled
def _keep(values: Array, rows: Array, count: int, limit: int) -> tuple[int, Any]:
    """Keep the `limit` largest, of equal ones the first; the order stays. Returns how many there are now and the least
    of them."""
    bar, above, kept = kth_largest(values, count, limit, np.empty(count, values.dtype)), 0, 0
    for at in range(count):
        above += values[at] > bar
    for at in range(count):
        if values[at] > bar or (values[at] == bar and above < limit):
            above += values[at] == bar
            values[kept], rows[kept] = values[at], rows[at]
            kept += 1
    return kept, bar


@compiled
def strongest(
    packed: Array, steps: Array, needs: Array, shifts: Array, limit: int, values: Array, rows: Array, counts: Array
) -> None:
    """Gather the rows with the largest products above 0 of every need, in their order.

    `packed` and `steps` as `pack` made them, whole multiples of `GROUPS` groups; `needs` whole numbers of 8 bits, whole
    multiples of `NEEDS`, `shifts` the sums that nothing would have. `values` and `rows` (needs, room) hold what is
    found, `counts` of each need, with room for several times `limit`; in the end not more than that.
    """
    wide = GROUPS * GROUP
    sums, found, bars = np.empty((NEEDS, wide), np.int32), np.empty(wide, np.float32), np.zeros(len(needs), np.float32)
    room = values.shape[1]
    for group in range(0, len(packed), GROUPS):
        first = group * GROUP
        for start in range(0, len(needs), NEEDS):
            tile(
                packed[group:].ctypes.data, packed.strides[0], needs[start:].ctypes.data, needs.strides[0],
                packed.shape[1], sums.ctypes.data, sums.strides[0],
            )  # fmt: skip
            for number in range(NEEDS):
                need, above = start + number, 0
                bar, shift, line = bars[need], shifts[need], sums[number]
                for at in range(wide):
                    found[at] = np.float32(line[at] - shift) * steps[first + at]
                    above += found[at] > bar
                if not above:
                    continue
                if counts[need] + above > room:
                    # What comes later and equals the bar stands behind those that are kept.
                    counts[need], bars[need] = _keep(values[need], rows[need], counts[need], limit)
                    bar = bars[need]
                for at in range(wide):
                    if found[at] > bar:
                        values[need, counts[need]], rows[need, counts[need]] = found[at], first + at
                        counts[need] += 1
    for need in range(len(needs)):
        if counts[need] > limit:
            counts[need], _ = _keep(values[need], rows[need], counts[need], limit)
