"""Measure a run that `rank` has written against judgements."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Measure a run against judgements: nDCG@10, MRR, recall, calibration error, false-strong rate."
    requires_system_checks: list[str] = []  # nothing of the portal is used

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", type=Path, required=True, help="a run that `rank` has written")
        parser.add_argument("--qrels", type=Path, required=True, help="need, tab, offer, tab, grade; or {q, d, rel}")

    def handle(self, *args: Any, **options: Any) -> None:
        from matchmaking.engine import exchange  # the engine stays out of every other command
        from matchmaking.engine.checks import InputError  # see above
        from matchmaking.engine.trial import measure  # see above

        try:
            run = exchange.read_run(options["run"])
            found = measure(run, exchange.read_grades(options["qrels"]))
        except InputError as error:
            raise CommandError(str(error)) from error
        if not found.needs:
            raise CommandError("None of the judged needs is in the run.")
        rows = [
            ("needs judged", f"{found.needs}"),
            ("nDCG@10", f"{found.ndcg:.4f}"),
            ("MRR", f"{found.mrr:.4f}"),
            ("recall@10", f"{found.recall_10:.4f}"),
            ("recall@100", f"{found.recall_100:.4f}"),
            ("ECE", _share(found.calibration_error, f"{found.pairs_calibrated} pairs with a probability")),
            ("false-strong rate", _share(found.false_strong, f"{found.needs_without_answer} needs without an answer")),
        ]
        for name, value in rows:
            self.stdout.write(f"{name:18} {value}")


def _share(value: float | None, of: str) -> str:
    return f"{value:.4f} ({of})" if value is not None else f"not to be had ({of})"
