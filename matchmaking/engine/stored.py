"""A built index as files that every worker of a run maps into memory: nothing is weighed or trained twice.

    path = save(index, folder)        # <digest>.index, beside it <digest>.model
    index = load(path)                # ranks with the same bits as the index that was saved

Both kinds of target under one model share the file of the model. Names are digests of the content, files appear in one
step and are never changed, so any number of processes may save and load at once. Texts and codes of the targets stand
as JSON, weights as arrays; what follows from the targets in a moment is made anew. Of a large index no target is read
before it is asked for, see `lazy`.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.calibration import Calibration
from matchmaking.engine.choosing import Chooser, parts_of
from matchmaking.engine.coding import SentenceEncoder
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.kernel.coarse import Coarse
from matchmaking.engine.kernel.container import Arrays, Container, DamagedIndexError
from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.lazy import Lines, Records, constraints_arrays, constraints_of
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.second import PairReader
from matchmaking.engine.structure import StructureIndex
from matchmaking.engine.terms import TermIndex
from matchmaking.engine.types import ExpertProfile, Indicator, OfferProfile, Target
from matchmaking.engine.weighing import Weigher

__all__ = ["DamagedIndexError", "load", "save"]
_INDEX = Container("tongti-index-", 1, ".index")
_MODEL = Container("tongti-mapped-model-", 1, ".model")
# What a model is made of that a copy of it shares, and the models that were mapped last, with their files.
_FROZEN = ("statistics", "encoder", "references", "calibrations", "outside", "second")
_MAPPED: deque[tuple[Path, Model]] = deque(maxlen=2)
# The rows of the postings are those of the words.
_POSTINGS = ("ranks", "units", "frequent", "starts", "offsets", "codes")
_COARSE = ("packed", "steps")
_MATRICES = ("words", "cosine", "by_words", "by_cosine")


def save(index: Index, folder: Path) -> Path:
    """Write an index and its model into a folder and return the path of the index. Raises OSError."""
    terms = index.terms
    arrays: dict[str, NDArray[Any]] = {"codes": terms.codes, "starts": terms.starts, "hubs": index.hubs}
    for name in _MATRICES:
        matrix = getattr(terms, name)
        # The cosine of a large index has the terms of its words, to the byte.
        parts = ("data",) if index.chooser and name == "cosine" else ("indptr", "indices", "data")
        arrays |= {f"{name}.{part}": getattr(matrix, part) for part in parts}
    if index.chooser:
        arrays |= {f"postings.{name}": getattr(index.chooser.postings, name) for name in _POSTINGS}
        for number, coarse in enumerate(index.chooser.codes):
            arrays |= {f"coarse{number}.{name}": getattr(coarse, name) for name in _COARSE}
    arrays["vocabulary"] = lines_array(terms.vocabulary)
    if index.chooser:
        arrays |= _lazy_arrays(index)
    else:
        arrays["targets"] = json_array([_plain(target) for target in index.targets])
    arrays["about"] = json_array({
        "model": _save_model(index.weigher.model, folder).name,
        "policy": index.policy.as_dict(),
        "calibration": index.calibration.to_json() if index.calibration else None,
        "best": terms.best,
        "experts": terms.experts,
        "own": terms.own,
        "shapes": {name: getattr(terms, name).shape for name in _MATRICES},
    })  # fmt: skip
    return _INDEX.save(arrays, folder)


def load(
    path: Path, *, verify: bool = True, sentences: SentenceEncoder | None = None, reader: PairReader | None = None
) -> Index:
    """Map an index. `verify` compares its content and that of its model with their names, once a process for a model.
    `sentences` and `reader` are the encoders from outside with which the index was built, if it was with any.

    Raises DamagedIndexError, and FileNotFoundError when one of the files is not there.
    """
    arrays = _INDEX.load(path, verify=verify)
    try:
        about = json.loads(bytes(arrays["about"]))
        terms = _terms(arrays, about)
        kind = ExpertProfile if about["experts"] else OfferProfile
        lazily = "targets" not in arrays
        targets = _records(arrays) if lazily else [_profile(kind, one) for one in json.loads(bytes(arrays["targets"]))]
        policy, calibration = Policy.from_dict(about["policy"]), about["calibration"]
        hubs, model = arrays["hubs"], path.parent / about["model"]
        chooser = _chooser(arrays, terms)
        known = _known(arrays, targets, policy) if lazily else {}
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedIndexError(f"{path.name} is damaged: {error}") from error
    plugged: tuple[Any, Any] = sentences, reader
    weigher = _weigher(model, policy, plugged, verify=verify)
    index = Index.of(targets, weigher, terms, hubs, chooser, **known)
    return index.calibrated(Calibration.from_json(calibration) if calibration else None)


def _terms(arrays: Arrays, about: Mapping[str, Any]) -> TermIndex:
    vocabulary = {token: number for number, token in enumerate(read_lines(arrays["vocabulary"]))}
    matrices = {name: _matrix(arrays, name, about["shapes"][name]) for name in _MATRICES}
    codes, starts, best, experts = arrays["codes"], arrays["starts"], about["best"], about["experts"]
    return TermIndex(vocabulary, **matrices, codes=codes, starts=starts, best=best, experts=experts, own=about["own"])


def _chooser(arrays: Arrays, terms: TermIndex) -> Chooser | None:
    if "postings.codes" not in arrays:
        return None
    words = terms.words
    rows = {"row_starts": words.indptr.astype(np.int64), "row_terms": words.indices, "row_weights": words.data}
    codes = (Coarse(*(arrays[f"coarse{number}.{name}"] for name in _COARSE)) for number in range(len(parts_of(terms))))
    return Chooser(Postings(**{name: arrays[f"postings.{name}"] for name in _POSTINGS}, **rows), tuple(codes))


def _matrix(arrays: Arrays, name: str, shape: Sequence[int]) -> sparse.csr_array:
    of = name if f"{name}.indices" in arrays else "words"
    data, indices, indptr = arrays[f"{name}.data"], arrays[f"{of}.indices"], arrays[f"{of}.indptr"]
    return sparse.csr_array((data, indices, indptr), shape=tuple(shape), copy=False)


# --- The achievements of a large index -------------------------------------------------------------------------


def _lazy_arrays(index: Index) -> Arrays:
    lines = Lines.of(_line(_plain(target)) for target in index.targets)
    found = index.structure.arrays() | constraints_arrays(index.constraints)
    arrays: Arrays = {"records": lines.written, "record_ends": lines.ends}
    return arrays | {f"known.{name}": one for name, one in found.items()}


def _records(arrays: Arrays) -> Records:
    lines = Lines(arrays["records"], arrays["record_ends"])
    return Records(lines, lambda line: _profile(OfferProfile, json.loads(line)))


def _known(arrays: Arrays, targets: Sequence[Target], policy: Policy) -> dict[str, Any]:
    found = {name.removeprefix("known."): one for name, one in arrays.items() if name.startswith("known.")}
    return {"structure": StructureIndex.mapped(targets, policy, found), "constraints": constraints_of(found)}


# --- The model -------------------------------------------------------------------------------------------------


def _save_model(model: Model, folder: Path) -> Path:
    """The vectors of the encoder as they are, everything else in its canonical form. A model that was mapped from that
    folder stands there; it is as new as one that is written now."""
    for path, mapped in _MAPPED:
        if path.parent == folder and _is_same(mapped, model):
            with suppress(OSError):  # it is gone, or of somebody else
                os.utime(path)
                return path
    arrays: dict[str, NDArray[Any]] = {"rest": np.frombuffer(replace(model, encoder=None).to_bytes(), dtype=np.uint8)}
    about: dict[str, Any] = {"digest": model.digest, "seeds": None}
    if model.encoder:
        about["seeds"] = model.encoder.seeds
        arrays |= {"table": model.encoder.table, "tokens": lines_array(model.encoder.tokens)}
    return _MODEL.save(arrays | {"about": json_array(about)}, folder)


def _is_same(one: Model, other: Model) -> bool:
    """Whether a model is one that was mapped, an encoder from outside plugged in or not."""
    parts = ((getattr(one, name), getattr(other, name)) for name in _FROZEN)
    return one.digest == other.digest and all(mine is theirs for mine, theirs in parts)


@lru_cache(maxsize=2)
def _weigher(path: Path, policy: Policy, plugged: tuple[Any, Any], *, verify: bool) -> Weigher:
    """One for both kinds of target: what it remembers of a need serves both."""
    model, (sentences, reader) = _load_model(path, verify=verify), plugged
    return Weigher(replace(model, sentences=sentences, reader=reader) if sentences is not None else model, policy)


def _load_model(path: Path, *, verify: bool) -> Model:
    arrays = _MODEL.load(path, verify=verify)
    try:
        about = json.loads(bytes(arrays["about"]))
        model = replace(Model.from_bytes(bytes(arrays["rest"])), digest=about["digest"])
        if about["seeds"] is not None:
            tokens = {token: row for row, token in enumerate(read_lines(arrays["tokens"]))}
            model = replace(model, encoder=Encoder(tokens, arrays["table"], about["seeds"]))
        _MAPPED.append((path, model))
        return model
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedIndexError(f"{path.name} is damaged: {error}") from error


# --- Values as bytes -------------------------------------------------------------------------------------------


def json_array(value: object) -> NDArray[np.uint8]:
    return np.frombuffer(_line(value).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lines_array(tokens: Iterable[str]) -> NDArray[np.uint8]:
    """Tokens hold no line ends; each is ended by one, so that none at all is not the empty token."""
    return np.frombuffer("".join(f"{token}\n" for token in tokens).encode(), dtype=np.uint8)


def read_lines(written: NDArray[Any]) -> list[str]:
    return bytes(written).decode().split("\n")[:-1]


def _plain(record: Target | Indicator) -> list[object]:
    """The values of a record in the order of its fields."""
    return [_plain_value(getattr(record, field.name)) for field in fields(record)]


def _plain_value(value: Any) -> object:
    if isinstance(value, tuple):
        return [_plain(one) if isinstance(one, Indicator) else one for one in value]
    return str(value) if isinstance(value, Decimal) else value


def _profile(kind: type[OfferProfile] | type[ExpertProfile], values: Sequence[Any]) -> Target:
    """The reverse of `_plain`."""
    named: dict[str, Any] = {
        field.name: tuple(value) if isinstance(value, list) else value
        for field, value in zip(fields(kind), values, strict=True)
    }
    if named.get("indicators"):
        named["indicators"] = tuple(_indicator(line) for line in named["indicators"])
    return kind(**named)


def _indicator(line: Sequence[Any]) -> Indicator:
    named = {field.name: value for field, value in zip(fields(Indicator), line, strict=True)}
    for name in ("value", "value_high"):
        named[name] = None if named[name] is None else Decimal(named[name])
    return Indicator(**named)
