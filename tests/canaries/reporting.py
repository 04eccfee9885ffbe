"""Says what a crawl found, in as few lines as tell it."""

import json
from collections import defaultdict

from tests.canaries.crawling import Walk


def told(walk: Walk) -> str:
    """Leaks by what they stand in: who got them, how often, and where first."""
    found = defaultdict(list)
    for leak in walk.leaks:
        found[leak.what].append(leak)
    lines = []
    for what, leaks in sorted(found.items()):
        people = ", ".join(sorted({leak.who for leak in leaks}))
        lines.append(f"{what}: {people} ({len(leaks)}), first at {leaks[0].where}")
    return "\n".join(lines)


def figures(walk: Walk, **more: object) -> str:
    """One line of JSON: what was planted, asked, read and found."""
    plants = walk.world.garden.plants
    return json.dumps({
        "canaries": len(plants), "seen_by_somebody": len(walk.seen), "requests": walk.asked, "pages_read": walk.read,
        "files_read_back": walk.files, "leaks": len({(leak.who, leak.token) for leak in walk.leaks}), **more,
    }, ensure_ascii=False)  # fmt: skip
