"""One crawl from planting to the last log line, for the short and the full form."""

import random
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.views import defaults

from tests.canaries.around import messages, plant_around
from tests.canaries.crawling import Walk, crawl, listening
from tests.canaries.planting import World, plant

WHOLE = 20  # pages of a refusal that are read in full, of each kind; they are the same page at every further address


@contextmanager
def short_refusals(monkeypatch: Any) -> Any:
    """The page of a 403 or 404 is made in full `WHOLE` times, then only its status is said; a crawl meets thousands."""
    made = {403: 0, 404: 0}

    def instead(status: int, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def refuse(request: Any, exception: Any = None) -> HttpResponse:
            made[status] += 1
            return page(request, exception) if made[status] <= WHOLE else HttpResponse(status=status)

        return refuse

    with monkeypatch.context() as patch:
        for status, page in ((403, defaults.permission_denied), (404, defaults.page_not_found)):
            patch.setattr(f"django.conf.urls.handler{status}", instead(status, page))
        yield lambda: made.update({403: 0, 404: 0})


STANDING = ("draft", "nominated", "submitted", "unit_agreed", "rejected", "published", "matching", "accepted",
            "in_pool",
            "withdrawn_early")  # fmt: skip


def few(chance: random.Random) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """States for a small world: those without which nothing stands in a pool or before it, and one more by chance."""

    def take(states: tuple[str, ...]) -> tuple[str, ...]:
        kept = [state for state in states if state in STANDING]
        return tuple(dict.fromkeys([*kept, chance.choice(states)]))

    return take


def session(
    login: Any, monkeypatch: Any, names: Iterable[str], *, seed: int, take: Any = None, most: int = 0,
    after: Callable[[Walk, str], None] = lambda _walk, _name: None,
) -> Walk:  # fmt: skip
    """Plant, crawl as each of `names`, and look at messages, mails and logs."""
    world: World = plant(seed=seed, take=take or (lambda states: states))
    plant_around(world)
    walk = Walk(world)
    with short_refusals(monkeypatch) as again, contextmanager(listening)() as heard:
        for name in names:
            again()
            chance = random.Random(f"{seed} {name}") if most else None
            client = login(world.cast.people[name])
            client.raise_request_exception = False  # the page of an error is read like every other
            crawl(walk, name, client, chance=chance, most=most)
            after(walk, name)
        for line in heard():
            walk.look("a reader of the log", "log", line)
    for who, text in messages(world):
        walk.look(who, "message or mail", text)
    return walk
