"""Look at the weights learned from grades, take others up, or go back to those of the engine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching.models import RankingModel
from matchmaking.matching.services import learning


class Command(BaseCommand):
    help = "List the weights learned from grades, use one of them, or rank by those of the engine (unsupervised)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "use", "unsupervised"])
        parser.add_argument("number", nargs="?", type=int, help="which to use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "list":
            self._list()
        elif options["what"] == "use":
            self._use(options["number"])
        elif learning.put_away(by=None):
            self.stdout.write("The next run ranks by the weights of the engine. Take others up with: ranking_model use")
        else:
            self.stdout.write("The weights of the engine were in use already.")

    def _list(self) -> None:
        for model in RankingModel.objects.order_by("-pk"):
            self.stdout.write(
                f"{model.pk:5} {model.state:9} {model.created_at:%Y-%m-%d %H:%M} engine {model.engine_version} "
                f"{model.verdict:7} {model.pairs} pairs of {model.needs} needs"
            )
            for one in model.outcomes:
                self.stdout.write(
                    f"      {one['kind']:11} held-out nDCG@10 {one['before']:.4f} -> {one['after']:.4f} "
                    f"({one['after'] - one['before']:+.4f} [{one['low']:+.4f}, {one['high']:+.4f}], "
                    f"by chance {one['chance']:.3f}, {one['needs']} needs)"
                )
        if not RankingModel.objects.exists():
            self.stdout.write("Nothing has been learned yet.")

    def _use(self, number: int | None) -> None:
        model = RankingModel.objects.filter(pk=number or 0).first()
        if model is None:
            raise CommandError("There are no such weights; see: ranking_model list")
        try:
            learning.take_up(by=None, model=model)
        except (learning.OfAnotherEngine, IllegalMove, StaleState) as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"The next run ranks by the weights {model.pk}.")
