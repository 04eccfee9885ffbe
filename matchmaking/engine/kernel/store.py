"""The postings as a file, see `container.py`."""

from __future__ import annotations

from pathlib import Path

from matchmaking.engine.kernel.container import Container, DamagedIndexError
from matchmaking.engine.kernel.postings import Postings

__all__ = ["DamagedIndexError", "load", "save"]
_FILE = Container("tongti-postings-", 1, ".postings")


def save(postings: Postings, folder: Path) -> Path:
    """Write the index into the folder under the SHA-256 of its content and return the path, see `Container.save`."""
    return _FILE.save({name: getattr(postings, name) for name in Postings.__slots__}, folder)


def load(path: Path, *, verify: bool = True) -> Postings:
    """Map an index into memory, see `Container.load`. Raises DamagedIndexError, and FileNotFoundError."""
    try:
        return Postings(**_FILE.load(path, verify=verify))
    except TypeError as error:
        raise DamagedIndexError(f"{path.name} is damaged: {error}") from error
