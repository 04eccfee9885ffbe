"""Everything that is frozen between two fits: statistics, encoder, references, calibration. One value, one digest.

A pair gets its score from its own two records, a model and a policy alone. What is missing in a model is simply not
read: without an encoder the words decide alone, without a calibration no probability is stated.
"""

from __future__ import annotations

import hashlib
import json
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine import paraphrases
from matchmaking.engine.calibration import Calibration
from matchmaking.engine.coding import Coder, Named, SentenceEncoder
from matchmaking.engine.encoder import Encoder, Spanned, Training, sampled, train
from matchmaking.engine.fields import need_texts, offer_texts
from matchmaking.engine.policy import Policy
from matchmaking.engine.references import Mix, References
from matchmaking.engine.second import PairReader, Second
from matchmaking.engine.statistics import Kind, Statistics
from matchmaking.engine.statistics import fit as fit_statistics
from matchmaking.engine.text import spanned, tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile, Target
from matchmaking.engine.vectors import Tokeniser, Vectoriser

# With fewer texts nothing is learned that the words do not say; from so many on the encoder has its full share.
LEAST_TEXTS = 500
FULL_TEXTS = 1_000
# Of the bytes of a model and of all that stands in them. Raise it with every change of form, so that nobody reads what
# an older engine has left: it is fitted anew.
FORMAT = 3
_MAGIC = f"tongti-model-{FORMAT}\n".encode()
_HEADER = {"learned", "failure", "outside", "second", "sizes"}


@dataclass(frozen=True, slots=True)
class Model:
    """What a fit leaves. `references` and `calibrations` are by kind of target, `learned` is the number of texts that
    the encoder was trained on, `failure` why its training gave none, `digest` the SHA-256 of `to_bytes()`.

    Of an encoder from `outside` only the name and the digest are frozen; `sentences` is the encoder itself, and has to
    be plugged in again, see `plugged`.
    """

    statistics: Statistics
    encoder: Encoder | None = None
    references: Mapping[Kind, References] = field(default_factory=dict)
    calibrations: Mapping[Kind, Calibration] = field(default_factory=dict)
    learned: int = 0
    failure: str = ""
    outside: Named | None = None
    second: Second | None = None
    digest: str = ""
    sentences: SentenceEncoder | None = field(default=None, compare=False, repr=False)
    reader: PairReader | None = field(default=None, compare=False, repr=False)

    @property
    def coder(self) -> Coder:
        """What turns texts into codes. Raises ValueError when the encoder from outside is not plugged in."""
        if self.outside is not None and (self.sentences is None or Named.of(self.sentences) != self.outside):
            raise ValueError(f"the encoder {self.outside.name} of this model is not plugged in")
        return Coder(self.encoder, self.sentences if self.outside else None)

    def plugged(self, sentences: SentenceEncoder | None, policy: Policy, reader: PairReader | None = None) -> Model:
        """The model with its encoders from outside at hand; without a reading whose encoder is another or missing."""
        if self.second is not None and not self.second.is_of(reader):
            return _sealed(replace(self, second=None)).plugged(sentences, policy)
        if self.second is not None and self.reader is None:
            return replace(self, reader=reader).plugged(sentences, policy, reader)
        if self.outside is None:
            return self
        if sentences is not None and Named.of(sentences) == self.outside:
            return replace(self, sentences=sentences)
        bare = replace(self, outside=None, sentences=None)
        vectoriser, mix = Vectoriser(self.statistics, policy), bare.mix(policy)
        references = {kind: found.without_outside(vectoriser, mix) for kind, found in self.references.items()}
        return _sealed(replace(bare, references=references))

    def mix(self, policy: Policy) -> Mix:
        """The shares of the readings. Few texts teach an encoder little, so its share grows with their number."""
        related = policy.fusion.related * min(1.0, self.learned / FULL_TEXTS) if self.encoder else 0.0
        outside = policy.fusion.outside if self.outside else 0.0
        total = policy.fusion.words + policy.fusion.cosine + related + outside
        return policy.fusion.words / total, policy.fusion.cosine / total, related / total, outside / total

    def to_bytes(self) -> bytes:
        """A canonical form: the sizes of the parts as a line of JSON, then the parts."""
        calibrations = {kind.name: found.to_json() for kind, found in sorted(self.calibrations.items())}
        parts = [
            self.statistics.to_bytes(),
            self.encoder.to_bytes() if self.encoder else b"",
            *(self.references[kind].to_bytes() if kind in self.references else b"" for kind in _KINDS),
            json.dumps(calibrations, sort_keys=True).encode(),
        ]
        outside = asdict(self.outside) if self.outside else None
        told = {"learned": self.learned, "failure": self.failure, "outside": outside,
                "second": asdict(self.second) if self.second else None}  # fmt: skip
        header = told | {"sizes": [len(part) for part in parts]}
        return b"".join((_MAGIC, json.dumps(header, sort_keys=True).encode(), b"\n", *parts))

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The reverse of `to_bytes`. Raises ValueError when the bytes are something else or cut short."""
        end = data.find(b"\n", len(_MAGIC))
        if not data.startswith(_MAGIC) or end < 0:
            raise ValueError("these bytes are no model of this version")
        header = json.loads(data[len(_MAGIC) : end])
        if missing := _HEADER - header.keys():
            raise ValueError(f"the model lacks {', '.join(sorted(missing))}")
        if len(data) != end + 1 + sum(header["sizes"]):
            raise ValueError("the model is cut short")
        parts = []
        at = end + 1
        for size in header["sizes"]:
            parts.append(data[at : at + size])
            at += size
        statistics, encoder, *references, calibrations = parts
        return cls(
            Statistics.from_bytes(statistics),
            Encoder.from_bytes(encoder) if encoder else None,
            {kind: References.from_bytes(part) for kind, part in zip(_KINDS, references, strict=True) if part},
            {Kind[name]: Calibration.from_json(text) for name, text in json.loads(calibrations).items()},
            header["learned"],
            header["failure"],
            Named(**header["outside"]) if header["outside"] else None,
            Second(**header["second"]) if header["second"] else None,
            hashlib.sha256(data).hexdigest(),
        )


_KINDS = (Kind.OFFER, Kind.DOCUMENT)


def fit(
    offers: Sequence[OfferProfile] = (),
    experts: Sequence[ExpertProfile] = (),
    needs: Sequence[NeedProfile] = (),
    *,
    policy: Policy | None = None,
    training: Training | None = None,
    tokens: Callable[[str], list[str]] = tokenise,
    alive: Callable[[], None] = lambda: None,
    sentences: SentenceEncoder | None = None,
    beside: Sequence[str] = (),
    learning: bool = True,
    reader: PairReader | None = None,
) -> Model:
    """Fit everything on the texts of all records. Their order does not matter.

    `sentences` is an encoder from outside, `reader` a cross-encoder. Texts `beside` the records are read like documents
    of experts and stand for no target. A training that fails, or is left out (not `learning`), leaves a model in which
    the words decide; what failed stands in `failure`.

    `training` None leaves the encoder out when there are too few texts, and takes the usual one otherwise; `alive` is
    called about once a second of work. `tokens` may be a cached `tokenise`.
    """
    policy, alive = policy or Policy(), _seldom(alive)
    read = [*experts, ExpertProfile("", tuple(beside))]
    statistics = fit_statistics(offers, read, needs, tokens=_signing(tokens, alive))
    texts = _texts(offers, read, needs)
    encoder, learned, failure = None, 0, ""
    if learning and len(texts) >= LEAST_TEXTS:
        training = training or Training()
        chosen = [texts[at] for at in sampled(texts, training.most_texts)]
        pairs = partial(_pairs, chosen, experts, statistics, policy, tokens)
        encoder, failure = _learned(chosen, statistics, pairs, training, alive)
        learned = len(chosen) if encoder else 0
    outside = Named.of(sentences) if sentences else None
    model = Model(statistics, encoder, learned=learned, failure=failure, outside=outside, sentences=sentences)
    model = replace(model, second=Second.of(reader, texts) if reader else None, reader=reader)
    vectoriser = Vectoriser(statistics, policy, tokens)
    kinds: list[tuple[Kind, Sequence[Target]]] = [(Kind.OFFER, offers), (Kind.DOCUMENT, experts)]
    references = {}
    for kind, targets in kinds:
        alive()
        if targets:
            references[kind] = References.of(targets, vectoriser, model.coder, model.mix(policy))
    return _sealed(replace(model, references=references))


def _seldom(alive: Callable[[], None]) -> Callable[[], None]:
    """For calling as often as one likes: passed on once a second."""
    last = time.monotonic()

    def called() -> None:
        nonlocal last
        if time.monotonic() - last >= 1.0:
            alive()
            last = time.monotonic()

    return called


def _signing(tokens: Tokeniser, alive: Callable[[], None]) -> Tokeniser:
    """`tokens` with a sign of life at every text."""

    def cut(text: str) -> list[str]:
        alive()
        return tokens(text)

    return cut


class _Stopped(Exception):
    """What `alive` has raised: that is no failure of the training."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _learned(
    texts: Sequence[str],
    statistics: Statistics,
    pairs: Callable[..., NDArray[np.int64]],
    training: Training,
    alive: Callable[[], None],
) -> tuple[Encoder | None, str]:
    """The encoder, or why there is none."""

    def heard() -> None:
        try:
            alive()
        except Exception as error:
            raise _Stopped(error) from error

    try:
        found = pairs(alive=heard)
        encoder = train(_spans(texts, heard), statistics.idf, found, training, alive=heard)
    except _Stopped as stopped:
        raise stopped.error from None
    except Exception as error:  # whatever it is, a run by the words is better than none
        return None, f"{type(error).__name__}: {error}"
    if not np.isfinite(encoder.table).all():
        return None, "the vectors are no numbers"
    return encoder, ""


def _spans(texts: Sequence[str], alive: Callable[[], None]) -> list[Spanned]:
    """The texts as the training reads them. A token is held once however often it occurs: there are millions."""
    held: dict[str, str] = {}
    spans: list[Spanned] = []
    for text in texts:
        alive()
        tokens, first, last = spanned(text)
        spans.append(([held.setdefault(token, token) for token in tokens], array("i", first), array("i", last)))
    return spans


def _pairs(
    texts: Sequence[str],
    experts: Sequence[ExpertProfile],
    statistics: Statistics,
    policy: Policy,
    tokens: Tokeniser,
    *,
    alive: Callable[[], None],
) -> NDArray[np.int64]:
    mutual = paraphrases.mutual(texts, statistics, policy, _signing(tokens, alive), alive=alive)
    return np.vstack([mutual, paraphrases.related(texts, experts)])


def _sealed(model: Model) -> Model:
    return replace(Model.from_bytes(model.to_bytes()), sentences=model.sentences, reader=model.reader)


def _texts(offers: Sequence[OfferProfile], experts: Sequence[ExpertProfile], needs: Sequence[NeedProfile]) -> list[str]:
    """Every record and every document of an expert as one text, each different one once, in one order."""
    found = {"\n".join(text for _, text in offer_texts(offer)) for offer in offers}
    found |= {"\n".join(text for _, text in need_texts(need)) for need in needs}
    found |= {document for expert in experts for document in expert.documents}
    return sorted(text for text in found if text)
