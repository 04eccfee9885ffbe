"""Arrays as one file that any number of processes map into memory and share.

    line of magic, 8 bytes: length of the header, header (JSON: name -> dtype, shape, first byte), arrays

Arrays start at multiples of 64 and are little-endian. The name of the file is the SHA-256 of all its bytes: equal
content has an equal name, so processes that build the same arrays at once write the same file, and a damaged one is
found out when it is opened. Of a large file all bytes are read once: a small file beside it then names its place on the
disk, its size and the nanosecond of its last change, and as long as they are those, nobody has written to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
_ALIGNMENT = 64
_PIECE = 1 << 24
# Bytes from which a file that was compared with its name is marked, and the mark.
_LARGE = 1 << 28
_MARK = ".checked"


class DamagedIndexError(ValueError):
    """The file is not of this version, is cut short, or its bytes are not those its name promises."""


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file: its name (what it begins with), its version and the suffix of its file names."""

    name: str
    version: int
    suffix: str

    @property
    def magic(self) -> bytes:
        """The first line of the file."""
        return f"{self.name}{self.version}\n".encode()

    def save(self, arrays: Mapping[str, NDArray[Any]], folder: Path) -> Path:
        """Write the arrays into the folder under the SHA-256 of the content and return the path.

        The name appears in one step, so nobody sees half a file; whoever writes the same content last wins, which
        changes nothing. Raises OSError when the folder cannot be written to; then nothing is left behind.
        """
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in _pieces(self.magic, arrays):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            path = folder / f"{digest.hexdigest()}{self.suffix}"
            Path(name).chmod(0o444)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return path

    def load(self, path: Path, *, verify: bool = True) -> Arrays:
        """Map the arrays into memory, read-only; pages are shared by all processes that map them.

        `verify` compares every byte with the name (about a second for 2 GB); of a large file once, until it is changed.
        Raises DamagedIndexError, and FileNotFoundError when there is no such file.
        """
        magic = self.magic
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_size < len(magic) + 8:
                raise DamagedIndexError(f"{path.name} is cut short")
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if mapped[: len(magic)] != magic:
            known = bytes(mapped[: len(self.name)]) == self.name.encode()
            raise DamagedIndexError(f"{path.name} is {'an index of another version' if known else 'no index'}")
        if verify and not _is_marked(path, state):
            if _digest(mapped) != path.stem:
                raise DamagedIndexError(f"{path.name} is damaged: its content does not have the digest in its name")
            _mark(path, state)
        try:
            return _arrays(mapped, len(magic))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedIndexError(f"{path.name} is damaged: {error}") from error


def _stamp(state: os.stat_result) -> str:
    return f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"


def _is_marked(path: Path, state: os.stat_result) -> bool:
    """Whether the file was compared with its name and has not been changed since."""
    if state.st_size < _LARGE:
        return False
    try:
        return path.with_name(path.name + _MARK).read_text(encoding="ascii") == _stamp(state)
    except (OSError, ValueError):
        return False


def _mark(path: Path, state: os.stat_result) -> None:
    """Say that the file, as it was when it was opened, has been compared; where nobody may write, nothing is said.
    Marks of files that are gone go with it."""
    if state.st_size < _LARGE:
        return
    with contextlib.suppress(OSError):
        for mark in path.parent.glob(f"*{path.suffix}{_MARK}"):
            if not mark.with_suffix("").exists():
                mark.unlink(missing_ok=True)
        path.with_name(path.name + _MARK).write_text(_stamp(state), encoding="ascii")


def _pieces(magic: bytes, arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The bytes of the file, in order."""
    if sys.byteorder != "little":
        raise NotImplementedError("indexes are written on little-endian machines")
    described: dict[str, list[Any]] = {}
    place = 0
    laid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in laid.items():
        described[name] = [array.dtype.str, list(array.shape), place]
        place += _padded(array.nbytes)
    header = json.dumps(described, sort_keys=True).encode()
    header += b" " * (_padded(len(magic) + 8 + len(header)) - len(magic) - 8 - len(header))
    yield b"".join((magic, len(header).to_bytes(8, "little"), header))
    for array in laid.values():
        flat = array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")
        for start in range(0, len(flat), _PIECE):
            yield flat[start : start + _PIECE]
        yield b"\0" * (_padded(array.nbytes) - array.nbytes)


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _arrays(mapped: memoryview, magic: int) -> Arrays:
    start = magic + 8
    base = start + int.from_bytes(mapped[magic:start], "little")
    described = json.loads(bytes(mapped[start:base]))
    found: Arrays = {}
    for name, (kind, shape, place) in described.items():
        count = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(mapped, np.dtype(kind), count, base + place if count else 0).reshape(shape)
    return found


def _digest(mapped: memoryview) -> str:
    digest = hashlib.sha256()
    for start in range(0, len(mapped), _PIECE):
        digest.update(mapped[start : start + _PIECE])
    return digest.hexdigest()
