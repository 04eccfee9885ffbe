"""The file: shared, content-addressed, and found out when it is damaged."""

import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from matchmaking.engine.kernel import container
from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.store import DamagedIndexError, load, save
from matchmaking.engine.kernel.topk import top_k
from tests.matchmaking.engine.kernel.builders import rows, same


@pytest.fixture
def path(tmp_path):
    return save(Postings.build(rows(300, 40, 1)), tmp_path)


def test_what_was_saved_answers_alike(path):
    asked = rows(9, 40, 2)
    assert same(top_k(load(path), asked, 5), top_k(Postings.build(rows(300, 40, 1)), asked, 5))


def test_equal_content_has_an_equal_name(path):
    assert save(Postings.build(rows(300, 40, 1)), path.parent) == path
    assert save(Postings.build(rows(300, 40, 2)), path.parent) != path
    assert sorted(found.suffix for found in path.parent.iterdir()) == [".postings", ".postings"]


def test_an_empty_index_can_be_stored(tmp_path):
    assert load(save(Postings.build(sparse.csr_array((0, 3))), tmp_path)).documents == 0


def test_mapped_arrays_cannot_be_written(path):
    with pytest.raises(ValueError, match="read-only"):
        load(path).codes[0] = 1


@pytest.mark.parametrize("place", [0.5, 0.9])
def test_one_wrong_byte_is_found_out(path, place):
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1
    _overwrite(path, bytes(data))
    with pytest.raises(DamagedIndexError, match="digest in its name"):
        load(path)


@pytest.mark.parametrize("size", [0, 10, 40, 2_000])
def test_a_file_cut_short_is_found_out(path, size):
    _overwrite(path, path.read_bytes()[:size])
    for verify in (True, False):
        with pytest.raises(DamagedIndexError):
            load(path, verify=verify)


@pytest.fixture
def read(monkeypatch):
    """How many times a file was read to compare it with its name, when every file counts as large."""
    monkeypatch.setattr(container, "_LARGE", 0)
    count, digest = [], container._digest
    monkeypatch.setattr(container, "_digest", lambda mapped: count.append(1) or digest(mapped))
    return count


def test_a_large_file_is_compared_with_its_name_once(path, read):
    assert load(path).documents == load(path).documents == 300
    assert len(read) == 1


@pytest.mark.parametrize("hide", [False, True])
def test_a_large_file_that_was_changed_after_it_was_compared_is_found_out(path, read, hide):
    """Also when who changed it has set back the time of the last change."""
    load(path)
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    _overwrite(path, bytes(data))
    if hide:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DamagedIndexError, match="digest in its name"):
        load(path)
    assert len(read) == 2


def test_a_damaged_file_is_never_marked(path, read):
    _overwrite(path, path.read_bytes()[:-1] + b"x")
    for _ in range(2):
        with pytest.raises(DamagedIndexError, match="digest in its name"):
            load(path)
    assert len(read) == 2


def test_a_mark_says_nothing_of_another_file_of_that_name(path, read):
    load(path)
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    load(path)
    assert len(read) == 2


def test_the_mark_of_a_file_that_is_gone_goes(path, read):
    load(path)
    other = save(Postings.build(rows(300, 40, 2)), path.parent)
    path.unlink()
    load(other)
    assert sorted(found.name for found in path.parent.iterdir()) == [other.name, f"{other.name}.checked"]


def test_where_nobody_may_write_a_file_is_compared_every_time(path, read, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refused)
    assert load(path).documents == load(path).documents == 300
    assert len(read) == 2


def test_a_small_file_gets_no_mark(path):
    load(path)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_another_version_says_so(path):
    _overwrite(path, path.read_bytes().replace(b"tongti-postings-1", b"tongti-postings-2", 1))
    with pytest.raises(DamagedIndexError, match="another version"):
        load(path)
    _overwrite(path, b"%PDF-1.4" + bytes(100))
    with pytest.raises(DamagedIndexError, match="no index"):
        load(path)


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(Postings.build(rows(30, 4, 1)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_two_processes_at_once_write_one_whole_file(tmp_path):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        names = pool.map(_build_and_save, [tmp_path] * 4)
    assert len(set(names)) == 1
    assert [found.name for found in tmp_path.iterdir()] == [names[0]]
    assert load(tmp_path / names[0]).documents == 500


def _build_and_save(folder: Path) -> str:
    return save(Postings.build(rows(500, 30, 7)), folder).name


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def test_weights_on_the_grid_take_half_the_bytes_and_lose_none():
    assert Postings.build(rows(50, 9, 1)).row_weights.dtype == np.float32
    assert Postings.build(rows(50, 9, 1, grid=40)).row_weights.dtype == np.float64
