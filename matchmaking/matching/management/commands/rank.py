"""Rank the needs of a file against the achievements or experts of another, without the platform."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from matchmaking.engine.trial import Trial


class Command(BaseCommand):
    help = "Rank the needs of a file against the achievements or experts of another (JSON lines), without a database."
    requires_system_checks: list[str] = []  # nothing of the portal is used

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--needs", type=Path, required=True, help="needs, one JSON object a line")
        parser.add_argument("--offers", type=Path, required=True, help="achievements or experts, one a line")
        parser.add_argument("--kind", choices=["achievement", "expert"], default="achievement")
        parser.add_argument("--fit-texts", type=Path, help="further texts to fit on, graded needs among them")
        parser.add_argument("--grades", type=Path, help="need, tab, offer, tab, grade 1 to 4: learn from these needs")
        parser.add_argument("--pairs", type=Path, help="score just these pairs: need, tab, offer")
        parser.add_argument("--top", type=int, default=20, help="candidates a need (default 20)")
        parser.add_argument("--out", type=Path, help="where to write the run (default: standard output)")
        parser.add_argument(
            "--encoder", default="", help="read texts by this too: onnx:FOLDER, st:FOLDER or package:NAME"
        )
        parser.add_argument("--cross-encoder", default="", help="read the best pairs again by this, named likewise")
        parser.add_argument("--no-reasons", action="store_true", help="leave the reasons out")

    def handle(self, *args: Any, **options: Any) -> None:
        from matchmaking.engine import exchange  # numerical libraries stay out of every other command
        from matchmaking.engine.checks import InputError  # see above

        if options["top"] < 1:
            raise CommandError("--top must be at least 1")
        try:
            trial = replace(
                _trial(options),
                sentences=self._opened("sentence_encoder", options["encoder"]),
                reader=self._opened("pair_reader", options["cross_encoder"]),
            )
            reasons = not options["no_reasons"]
            if options["pairs"]:
                rankings = trial.score(exchange.read_pairs(options["pairs"]), reasons=reasons)
            else:
                rankings = trial.rank(top=options["top"], reasons=reasons)
            with writing(options["out"]) as out:
                for ranking in rankings:
                    out.write(exchange.run_line(ranking, reasons=reasons) + "\n")
        except InputError as error:
            raise CommandError(str(error)) from error

    def _opened(self, kind: str, named: str) -> Any:
        """The encoder from outside; ranking goes on without one that cannot be opened."""
        if not named:
            return None
        from matchmaking.engine import external  # see above

        try:
            return getattr(external, kind)(named)
        except external.NotPlugged as refused:
            self.stderr.write(f"The encoder is not used, the rest ranks alone: {refused}")
            return None


def _trial(options: dict[str, Any]) -> Trial:
    from matchmaking.engine import exchange  # see above
    from matchmaking.engine.trial import Trial  # see above

    needs = exchange.read_needs(options["needs"])
    targets = exchange.targets_of(options["offers"], options["kind"])
    texts = exchange.read_texts(options["fit_texts"]) if options["fit_texts"] else []
    if not options["grades"]:
        return Trial(needs, targets, texts)
    grades = exchange.read_grades(options["grades"])
    graded = exchange.graded_needs(options["fit_texts"], grades, ranked={need.key for need in needs})
    known = {need.key for need in graded}
    return Trial(needs, targets, [text for text in texts if text.key not in known], graded, grades)


@contextmanager
def writing(path: Path | None) -> Iterator[TextIO]:
    """A file that is there whole or not at all; standard output without a path."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
