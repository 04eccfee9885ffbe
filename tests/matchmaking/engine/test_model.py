"""What a fit leaves, as bytes: a number for its form, and nothing read in another one."""

from __future__ import annotations

import json

import pytest

from matchmaking.engine.model import FORMAT, Model

from . import builders

MODEL = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS)


def test_bytes_of_another_form_are_refused():
    written = MODEL.to_bytes()
    assert written.startswith(f"tongti-model-{FORMAT}\n".encode())
    older = written.replace(f"tongti-model-{FORMAT}".encode(), f"tongti-model-{FORMAT - 1}".encode(), 1)
    with pytest.raises(ValueError, match="no model of this version"):
        Model.from_bytes(older)


@pytest.mark.parametrize("name", ["learned", "failure", "outside", "second", "sizes"])
def test_bytes_that_lack_something_are_refused(name):
    magic, header, rest = MODEL.to_bytes().split(b"\n", 2)
    known = json.loads(header)
    del known[name]
    with pytest.raises(ValueError, match=name):
        Model.from_bytes(b"\n".join((magic, json.dumps(known).encode(), rest)))


def test_a_new_part_of_the_form_needs_a_new_number():
    """Whoever adds to what is frozen raises FORMAT, and both lines here with it."""
    _magic, header, rest = MODEL.to_bytes().split(b"\n", 2)
    parts = [rest[at : at + 20].split(b"\n")[0] for at in _starts(json.loads(header)["sizes"])]
    assert FORMAT == 3
    assert sorted(json.loads(header)) == ["failure", "learned", "outside", "second", "sizes"]
    assert parts == [b"tongti-statistics-1", b"tongti-references-2", b"tongti-references-2"]


def _starts(sizes):
    statistics, encoder, offers, _experts, _calibrations = sizes
    assert not encoder
    return 0, statistics, statistics + offers
