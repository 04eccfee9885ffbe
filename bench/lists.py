"""Queries and seconds of every list at 10, 1,000 and 100,000 rows, beside an empty page of the same frame.

    python bench/lists.py [--achievements 100000 --needs 20000 --experts 2000 --times 7]

A page is asked for through the whole stack (middleware, view, template) in this process. Seconds are the median;
the ratio is to an empty page in the frame of the house, asked for in turn with it by the same person. Also says which
index the searches use. The tables are vacuumed after filling, as autovacuum does within a minute; until then the search
index keeps the new rows in a list that every search reads, and the planner avoids it.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from filling import ABSENT, RARE, Filler
from platform_ import instance, report

WAITING = 3  # the first record of each pool that waits for its officer
COMMON = "检测"
EMPTY = "/empty/"
MOST_QUERIES = 12
SLOW = 20


@dataclass
class Page:
    """One page as one person asks for it, and what was measured."""

    name: str
    who: str
    url: str
    queries: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    ratio: float = 0.0
    note: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--achievements", type=int, default=100_000)
    parser.add_argument("--needs", type=int, default=20_000)
    parser.add_argument("--experts", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--show-queries", metavar="NAME", help="print the queries of the pages whose name holds this")
    chosen = parser.parse_args()
    with instance():
        add_empty_page()
        run(chosen)


def add_empty_page() -> None:
    """A page of the house that says nothing: frame, navigation, menus. What a list costs more is the list's."""
    from django.conf import settings
    from django.http import HttpResponse
    from django.template import engines
    from django.urls import path

    from matchmaking import urls

    template = engines["django"].from_string('{% extends "layout/base.html" %}')
    routes = ModuleType("urls_with_empty_page")
    routes.urlpatterns = [
        path("empty/", lambda request: HttpResponse(template.render({}, request))),
        *urls.urlpatterns,
    ]
    sys.modules[routes.__name__] = routes
    settings.ROOT_URLCONF = routes.__name__


def run(chosen: argparse.Namespace) -> None:
    filler = Filler()
    pages: list[Page] = []
    sizes = (10, 1_000, chosen.achievements)
    candidates: list[tuple[int, Any]] = []
    for size in sizes:
        started = time.perf_counter()
        filler.achievements(size)
        filler.needs(min(size, chosen.needs))
        filler.experts(min(size, chosen.experts))
        candidates = candidates or true_candidates()
        filler.matches(2 * min(size, chosen.needs), candidates)
        execute("VACUUM ANALYZE")
        seconds = round(time.perf_counter() - started, 1)
        print(f"filled to {size:,} in {seconds} s", flush=True)
        people = clients()
        asked = {(page.name, page.who): page for page in pages}
        for page in every_page(people):
            known = asked.get((page.name, page.who))
            if known:
                known.url = page.url
            else:
                pages.append(page)
        for page in pages:
            page.queries[size] = count_queries(people[page.who], page, show=chosen.show_queries)
    gc.collect()
    gc.freeze()  # what the filling left in memory is no part of a request
    for page in pages:
        measure(people[page.who], page, chosen.times)
    show(pages, sizes)
    indexes = {name: index_of(people["visitor"], url) for name, url in searches().items()}
    report("lists", achievements=chosen.achievements, needs=chosen.needs, experts=chosen.experts, indexes=indexes,
           pages=[vars(page) for page in pages])  # fmt: skip


def execute(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def true_candidates() -> list[tuple[int, Any]]:
    """Candidates as the engine finds them for the first rows; the matches it has proposed are taken away again."""
    from matchmaking.matching.models import Candidate, Match
    from matchmaking.sampledata import stories

    stories.run_engine()
    Match.objects.all().delete()
    return list(Candidate.objects.order_by("pk").values_list("pk", "reasons")[:40])


def clients() -> dict[str, Any]:
    """Browsers, signed in: a visitor, a regional officer of each track, the secretariat, an enterprise, a unit."""
    from django.test import Client

    from catalog.models import Achievement, AchievementBody
    from matchmaking.accounts.enums import OrganisationKind, Role
    from matchmaking.accounts.models import Membership
    from needs.models import NeedBody, TechNeed

    need, achievement = TechNeed.objects.get(pk=WAITING), Achievement.objects.get(pk=WAITING)
    wanted = {
        "officer (need)": {"organisation__kind": OrganisationKind.DEPT_MIIT, "organisation__region": need.region},
        "officer (achievement)": {
            "organisation__kind": OrganisationKind.DEPT_EDU,
            "organisation__region": achievement.region,
        },
        "secretariat": {"role": Role.SECRETARY},
        "enterprise": {"role": Role.ENTERPRISE_OWNER, "organisation": NeedBody.objects.get(pk=1).owner},
        "unit officer": {
            "role": Role.UNIVERSITY_OFFICER,
            "organisation": AchievementBody.objects.get(pk=1).owner,
        },
    }
    found: dict[str, Any] = {"visitor": Client(HTTP_HOST="localhost")}
    for name, facts in wanted.items():
        membership = Membership.objects.filter(**facts).order_by("pk")[0]
        found[name] = Client(HTTP_HOST="localhost")
        found[name].force_login(membership.user)
    return found


def searches() -> dict[str, str]:
    return {
        f"{pool}, {name}": f"/{pool}/?q={word}"
        for pool in ("achievements", "needs", "experts")
        for name, word in (("common word", COMMON), ("rare word", RARE), ("no hit", ABSENT))
    }


def every_page(people: dict[str, Any]) -> Iterator[Page]:
    from catalog.models import Achievement
    from experts.models import Expert
    from needs.models import TechNeed

    records = {
        "achievements": Achievement.objects.get(pk=1),
        "needs": TechNeed.objects.get(pk=1),
        "experts": Expert.objects.get(pk=1),
    }
    first = records["achievements"]
    mixed = {
        "achievements": f"tech_field={first.tech_field[:2]}&region={first.region_id}&trl_min={first.trl}&sort=newest",
        "needs": f"tech_field={records['needs'].tech_field[:2]}&region={records['needs'].region_id}&sort=closing",
        "experts": f"field={records['experts'].fields[0]}",
    }
    words = {"achievements": first.title[:2], "needs": records["needs"].title[:2], "experts": records["experts"].name}
    for who in ("visitor", "secretariat"):
        for pool in ("achievements", "needs", "experts"):
            yield Page(f"{pool}, page 1", who, f"/{pool}/")
            yield Page(f"{pool}, page 50", who, f"/{pool}/?page=50")
            yield Page(f"{pool}, filters", who, f"/{pool}/?{mixed[pool]}")
            yield Page(f"{pool}, filters and word", who, f"/{pool}/?{mixed[pool]}&q={words[pool]}")
            for name, url in searches().items():
                if name.startswith(pool):
                    yield Page(name, who, url)
            yield Page(f"{pool}, common word, page 50", who, f"/{pool}/?q={COMMON}&page=50")
            yield Page(f"{pool}, detail", who, records[pool].get_absolute_url())
        yield Page("API achievements", who, "/api/achievements/")
        yield Page("API achievements, common word", who, f"/api/achievements/?q={COMMON}")
        yield Page("API needs", who, "/api/needs/")
        yield Page("home", who, "/")
    for who in ("officer (need)", "officer (achievement)", "enterprise", "unit officer"):
        yield Page("home", who, "/")
    yield Page("achievements to review", "officer (achievement)", "/achievements/review/")
    yield Page("needs to review", "officer (need)", "/needs/review/")
    for who in ("officer (need)", "secretariat"):
        yield Page("matches to review", who, "/matches/review/")
        yield Page("board", who, "/board/")
        yield Page("board, rows", who, "/board/rows/?state=proposed")
    yield Page("matches of a need", "secretariat", f"/needs/{records['needs'].uuid}/matches/")
    yield Page("progress of a need", "secretariat", f"/needs/{records['needs'].uuid}/progress/")
    yield Page("own needs", "enterprise", "/needs/mine/")
    yield Page("own matches", "enterprise", "/matches/")
    yield Page("own achievements", "unit officer", "/achievements/mine/")
    yield Page("own matches", "unit officer", "/matches/")
    yield Page("achievements, export", "secretariat", f"/achievements/export/?{mixed['achievements']}")
    yield Page("needs, export", "secretariat", f"/needs/export/?{mixed['needs']}")


def count_queries(client: Any, page: Page, *, show: str | None) -> int:
    """Queries of the second call; the first may warm caches of vocabularies."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page.note = fetch(client, page.url)
    with CaptureQueriesContext(connection) as caught:
        fetch(client, page.url)
    if show and show in page.name:
        print(f"--- {page.name} ({page.who}) {page.url}")
        for query in caught.captured_queries:
            print(f"{query['time']:>8} {query['sql'][:1500]}")
    return len(caught)


def fetch(client: Any, url: str) -> str:
    """Ask for a page and read all of it; returns what is to be said about an unusual answer."""
    response = client.get(url)
    if response.streaming:
        for _part in response.streaming_content:
            pass
    response.close()
    return "" if response.status_code == 200 else f"status {response.status_code}"


def measure(client: Any, page: Page, times: int) -> None:
    own, empty = [], []
    for _ in range(times):
        for url, found in ((EMPTY, empty), (page.url, own)):
            started = time.perf_counter()
            fetch(client, url)
            found.append(time.perf_counter() - started)
    page.seconds = round(statistics.median(own), 4)
    page.ratio = round(page.seconds / statistics.median(empty), 1)


def index_of(client: Any, url: str) -> dict[str, Any]:
    """The indexes in the plan of the slowest SELECT of a page that reads a search vector."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        fetch(client, url)
    searching = [query for query in caught.captured_queries if "@@" in query["sql"]]
    if not searching:
        return {}
    slowest = max(searching, key=lambda query: float(query["time"]))
    (plan,) = execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {slowest['sql']}")[0][0]
    return {"indexes": sorted(set(_index_names(plan["Plan"]))), "ms": round(plan["Execution Time"], 1)}


def _index_names(node: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for below in node.get("Plans", ()):
        yield from _index_names(below)


def show(pages: list[Page], sizes: tuple[int, ...]) -> None:
    """The table of docs/benchmarks.md. A star marks too many or a changing number of queries, or a slow page."""
    print("| page | who | " + " | ".join(f"queries at {size:,}" for size in sizes) + " | ms | ratio | |")
    print("|---|---|" + "---:|" * (len(sizes) + 2) + "---|")
    for page in pages:
        counts = [page.queries.get(size, 0) for size in sizes]
        marks = [
            "queries" * (max(counts) > MOST_QUERIES),
            "changes" * (len(set(counts)) > 1),
            "slow" * (page.ratio > SLOW),
            page.note,
        ]
        cells = [page.name, page.who, *map(str, counts), f"{page.seconds * 1000:.0f}", f"{page.ratio:.0f}",
                 ", ".join(filter(None, marks))]  # fmt: skip
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
