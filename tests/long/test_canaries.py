"""At least 500 canaries in confidential and personal fields, and a crawl of everything as each of 32 principals."""

import collections

import pytest

from tests.canaries.cast import EVERYBODY
from tests.canaries.crawling import Walk, crawl
from tests.canaries.planting import plant

pytestmark = pytest.mark.django_db


def test_first(login, record_property):
    import time
    t=time.time()
    world = plant(take=lambda s: s)
    print("planted", len(world.garden.plants), time.time()-t, {k:len(v) for k,v in world.uuids.items()})
    walk = Walk(world)
    import os
    names = os.environ.get("WHO","").split(",") if os.environ.get("WHO") else sorted(EVERYBODY)
    for who in names:
        crawl(walk, who, login(world.cast.people[who]))
        print(who, walk.asked, walk.read, len(walk.leaks), time.time()-t, flush=True)
    groups = collections.defaultdict(list)
    import re
    for leak in walk.leaks:
        w = re.sub(r"(need|post|achievement|expert|team) (\w+) (\w+) ", r"\1 \2 \3 | ", leak.what)
        groups[(leak.who, w)].append(leak.where)
    for (who, what), where in sorted(groups.items()):
        print("LEAK", who, "|", what, "|", len(where), where[:2])
    print("unseen", len(set(world.garden.plants)-walk.seen))
    assert not walk.leaks
