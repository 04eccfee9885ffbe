"""`manage.py dispatch`: publishes due jobs until it is asked to stop."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from matchmaking.jobs.dispatcher import BrokerDown, Dispatcher


class Command(BaseCommand):
    help = "Publishes the ids of due jobs to the workers; any number of dispatchers may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="publish what is due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        dispatcher = Dispatcher()
        if once:
            try:
                published = dispatcher.turn()
            except BrokerDown as error:
                raise CommandError(f"the broker does not answer: {error}") from error
            self.stdout.write(f"{published} published")
            return

        def stop(signum: int, frame: FrameType | None) -> None:
            dispatcher.stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        dispatcher.run()
