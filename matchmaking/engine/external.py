"""Encoders from outside, plugged in by name; none of them is part of the installation.

    onnx:FOLDER     a folder with `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`, for onnxruntime
    st:FOLDER       a folder as sentence-transformers saves it
    package:NAME    an installed Python package that carries either kind of folder

A cross-encoder, which reads two texts at once, is named in the same way.

Nothing is ever fetched. Every text is encoded alone and on one thread, so that its vector is the same in any company;
several texts are encoded at the same time by several threads. The digest covers the files and the version of the
library, whose arithmetic may change with it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.coding import Codes, SentenceEncoder
from matchmaking.engine.encoder import unit
from matchmaking.engine.second import PairReader

Floats = NDArray[np.float64]
MOST_TOKENS = 512
_THREADS = min(4, os.cpu_count() or 1)
_MODELS = ("model.onnx", "onnx/model.onnx")
_SAVED = "modules.json"
_PROBE = "探针 probe 1"


class NotPlugged(ValueError):
    """The encoder that was asked for cannot be used; the text says why."""


def sentence_encoder(named: str) -> SentenceEncoder:
    """Open an encoder by its name and try it on a text. Raises NotPlugged."""
    kind, folder = _place(named)
    opened: SentenceEncoder = _tried(lambda: OnnxEncoder.open(folder) if kind == "onnx" else SavedEncoder.open(folder))
    first, again = (_tried(lambda: np.asarray(opened.vectors([_PROBE]))) for _ in range(2))
    if first.shape != (1, opened.dimensions) or not np.isfinite(first).all() or not first.any():
        raise NotPlugged(f"{named} gives no vector for a text")
    if first.tobytes() != again.tobytes():
        raise NotPlugged(f"{named} gives one text two vectors")
    return opened


def pair_reader(named: str) -> PairReader:
    """Open a cross-encoder by its name and try it on a pair. Raises NotPlugged."""
    kind, folder = _place(named)
    opened: PairReader = _tried(lambda: OnnxPairs.open(folder) if kind == "onnx" else SavedPairs.open(folder))
    first, again = (_tried(lambda: np.asarray(opened.readings([(_PROBE, _PROBE)]))) for _ in range(2))
    if first.shape != (1,) or not np.isfinite(first).all():
        raise NotPlugged(f"{named} gives no number for a pair of texts")
    if first.tobytes() != again.tobytes():
        raise NotPlugged(f"{named} gives one pair two numbers")
    return opened


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """A sentence encoder run by onnxruntime. `pooled`: a sentence is the mean of its tokens, or the first of them."""

    name: str
    digest: str
    dimensions: int
    session: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    pooled: str = "mean"

    @classmethod
    def open(cls, folder: Path) -> OnnxEncoder:
        """Read the model of a folder."""
        session, tokenizer, files = _onnx(folder)
        pooling = _json(folder / "1_Pooling" / "config.json")
        pooled = "first" if pooling.get("pooling_mode_cls_token") else "mean"
        digest = _digest(folder, [*files, folder / "1_Pooling" / "config.json"], "onnxruntime")
        wide = session.get_outputs()[0].shape[-1]
        opened = cls(folder.name, digest, 0, session, tokenizer, pooled)
        dimensions = wide if isinstance(wide, int) else len(opened._vector(_PROBE))
        return cls(folder.name, digest, dimensions, session, tokenizer, pooled)

    def vectors(self, texts: Sequence[str]) -> Codes:
        """The vectors of unit length of texts, (texts, dimensions)."""
        found = _side_by_side(self._vector, texts)
        return np.stack(found).astype(np.float32) if found else np.zeros((0, self.dimensions), dtype=np.float32)

    def _vector(self, text: str) -> Codes:
        told = _told(self.session, self.tokenizer.encode(text))
        found = np.asarray(self.session.run(None, told)[0], dtype=np.float32)
        if found.ndim == 3:  # one vector a token
            found = found[:, 0] if self.pooled == "first" else found.mean(axis=1)
        vector: Codes = unit(found)[0]
        return vector


@dataclass(frozen=True, slots=True)
class SavedEncoder:
    """A sentence encoder run by sentence-transformers."""

    name: str
    digest: str
    dimensions: int
    model: Any = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> SavedEncoder:
        """Read the model of a folder."""
        from sentence_transformers import SentenceTransformer  # optional, and torch comes with it

        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        dimensions = int(model.get_sentence_embedding_dimension())
        return cls(folder.name, _digest(folder, files, "sentence-transformers", "torch"), dimensions, model)

    def vectors(self, texts: Sequence[str]) -> Codes:
        """The vectors of unit length of texts, (texts, dimensions)."""
        found = self.model.encode(list(texts), batch_size=1, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32).reshape(len(texts), self.dimensions)


@dataclass(frozen=True, slots=True)
class OnnxPairs:
    """A cross-encoder run by onnxruntime: of two numbers for a pair (apart, together) the difference counts."""

    name: str
    digest: str
    session: Any = field(repr=False)
    tokenizer: Any = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> OnnxPairs:
        """Read the model of a folder."""
        session, tokenizer, files = _onnx(folder)
        return cls(folder.name, _digest(folder, files, "onnxruntime"), session, tokenizer)

    def readings(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """What it says of each pair, (pairs,)."""
        return np.asarray(_side_by_side(self._reading, pairs), dtype=np.float64)

    def _reading(self, pair: tuple[str, str]) -> float:
        found = np.asarray(self.session.run(None, _told(self.session, self.tokenizer.encode(*pair)))[0]).ravel()
        if len(found) > 2:
            raise NotPlugged(f"{self.name} gives {len(found)} numbers for a pair of texts")
        return float(found[-1] - found[0]) if len(found) == 2 else float(found[0])


@dataclass(frozen=True, slots=True)
class SavedPairs:
    """A cross-encoder run by sentence-transformers."""

    name: str
    digest: str
    model: Any = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> SavedPairs:
        """Read the model of a folder."""
        from sentence_transformers import CrossEncoder  # optional, and torch comes with it

        files = sorted(path for path in folder.rglob("*") if path.is_file())
        digest = _digest(folder, files, "sentence-transformers", "torch")
        return cls(folder.name, digest, CrossEncoder(str(folder), device="cpu", local_files_only=True))

    def readings(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """What it says of each pair, (pairs,)."""
        found = self.model.predict(list(pairs), batch_size=1, show_progress_bar=False)
        return np.asarray(found, dtype=np.float64).reshape(len(pairs))


@dataclass(frozen=True, slots=True)
class Remembering:
    """An encoder that keeps the vectors it has made in a file, for every process that reads the same texts. A file that
    cannot be read or written is a file that remembers nothing."""

    encoder: SentenceEncoder
    file: Path

    @property
    def name(self) -> str:
        """That of the encoder."""
        return self.encoder.name

    @property
    def digest(self) -> str:
        """That of the encoder."""
        return self.encoder.digest

    @property
    def dimensions(self) -> int:
        """Those of the encoder."""
        return self.encoder.dimensions

    def vectors(self, texts: Sequence[str]) -> Codes:
        """The vectors of texts, those that are not remembered from the encoder."""
        keys = [hashlib.blake2b(f"{self.digest}\0{text}".encode(), digest_size=16).digest() for text in texts]
        known = self._known(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = np.asarray(self.encoder.vectors(list(new.values())), dtype="<f4")
            fresh = dict(zip(new, made, strict=True))
            self._keep({key: vector.tobytes() for key, vector in fresh.items()})
            known |= fresh
        return np.asarray([known[key] for key in keys], dtype=np.float32).reshape(len(texts), self.dimensions)

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, Codes]:
        found: dict[bytes, Codes] = {}
        try:
            with closing(self._opened()) as opened:
                for key in dict.fromkeys(keys):
                    row = opened.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                    if row and len(row[0]) == 4 * self.dimensions:
                        found[key] = np.frombuffer(row[0], dtype="<f4")
        except (sqlite3.Error, OSError):
            return {}
        return found

    def _keep(self, made: Mapping[bytes, bytes]) -> None:
        with suppress(sqlite3.Error, OSError), closing(self._opened()) as opened, opened:
            opened.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", made.items())

    def _opened(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        opened = sqlite3.connect(self.file, timeout=30)
        opened.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        return opened


# --- Folders and files ------------------------------------------------------------------------------------------------


def _place(named: str) -> tuple[str, Path]:
    """The kind of a folder and the folder. Raises NotPlugged."""
    kind, _, place = named.partition(":")
    if not place or kind not in ("onnx", "st", "package"):
        raise NotPlugged(f"“{named}” is none of onnx:FOLDER, st:FOLDER, package:NAME")
    if kind == "package":
        return _packed(place)
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise NotPlugged(f"there is no folder {folder}")
    return kind, folder


def _packed(name: str) -> tuple[str, Path]:
    found = importlib.util.find_spec(name) if name.isidentifier() else None
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise NotPlugged(f"there is no package {name}")
    folders = sorted(
        (path.parent for kind in ("tokenizer.json", _SAVED) for path in Path(places[0]).rglob(kind)),
        key=lambda path: (len(path.parts), path),
    )
    for kind, signs in (("onnx", _MODELS), ("st", (_SAVED,))):
        for folder in folders:
            if any((folder / sign).is_file() for sign in signs):
                return kind, folder
    raise NotPlugged(f"the package {name} carries no model that can be read")


def _tried(work: Callable[[], Any]) -> Any:
    """What the work gives. A library that is not there, a broken file and a model of another kind are one refusal."""
    try:
        return work()
    except NotPlugged:
        raise
    except ImportError as error:
        raise NotPlugged(f"a library is missing: {error.name or error}") from error
    except Exception as error:  # what a foreign library raises for a broken file is its own business
        raise NotPlugged(f"{type(error).__name__}: {error}") from error


def _onnx(folder: Path) -> tuple[Any, Any, list[Path]]:
    """The session, the tokenizer and the files of a folder."""
    import onnxruntime  # optional
    from tokenizers import Tokenizer  # optional

    model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
    if model is None or not (folder / "tokenizer.json").is_file():
        raise NotPlugged(f"{folder} has no model.onnx with a tokenizer.json")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    stated = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    longest = stated if isinstance(stated, int) else MOST_TOKENS
    tokenizer.enable_truncation(max_length=min(longest, MOST_TOKENS))
    tokenizer.no_padding()
    files = [model, *model.parent.glob("*.onnx_data"), *model.parent.glob("*.onnx.data")]
    return session, tokenizer, [*files, folder / "tokenizer.json", folder / "sentence_bert_config.json"]


def _told(session: Any, encoded: Any) -> dict[str, NDArray[np.int64]]:
    """What a model wants to be told of a text, of what a tokenizer knows."""
    known = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
    return {wanted.name: np.asarray([known[wanted.name]], dtype=np.int64) for wanted in session.get_inputs()}


def _side_by_side(work: Callable[[Any], Any], told: Sequence[Any]) -> list[Any]:
    """The work done for each by itself, several at the same time, in their order."""
    if len(told) < 2 * _THREADS:
        return [work(one) for one in told]
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(work, told))


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _digest(folder: Path, files: Sequence[Path], *libraries: str) -> str:
    found = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as data:
                while part := data.read(1 << 20):
                    found.update(part)
    for library in libraries:
        found.update(f"\0{library} {version(library)}".encode())
    return found.hexdigest()
