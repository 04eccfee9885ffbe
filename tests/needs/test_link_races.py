"""Links of needs that change at the same moment: none is lost, and nobody waits in a circle."""

import threading
import time
from contextlib import suppress
from itertools import pairwise

import pytest

from needs.duplicates import services
from needs.models import NeedPair, TechNeed
from tests.catalog.test_races import at_once
from tests.factories.needs import make_need
from tests.needs.test_duplicates import link, undo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


@pytest.fixture
def chain(enterprise, enterprise_lead, other_enterprise, other_enterprise_lead):
    """Four needs, and the pairs of neighbours among them."""
    owners = [(enterprise, enterprise_lead), (other_enterprise, other_enterprise_lead)] * 2
    needs = [make_need(*owner) for owner in owners]
    pairs = [NeedPair.objects.create(first=one, second=two, score=90) for one, two in pairwise(needs)]
    return needs, pairs


def heads():
    return dict(TechNeed.objects.values_list("pk", "same_as"))


def test_a_link_that_is_undone_meanwhile_takes_no_other_link_along(chain, secretary, monkeypatch):
    (first, second, third, _), (before, after, _) = chain
    link(after, secretary)
    inside, tell = threading.Event(), services._tell_both

    def slow(by, pair, what):
        if what == "linked":  # at the end of the first transaction
            inside.set()
            time.sleep(1)
        tell(by, pair, what)

    monkeypatch.setattr(services, "_tell_both", slow)

    def undone():
        assert inside.wait(10)
        return undo(after, secretary)

    results = at_once(lambda: link(before, secretary), undone)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert (heads()[second.pk], heads()[third.pk]) == (first.pk, None)


def test_two_links_of_one_chain(chain, secretary, monkeypatch):
    needs, (before, between, after) = chain
    link(between, secretary)
    meeting, regroup = threading.Barrier(2), services._regroup

    def together(key):
        with suppress(threading.BrokenBarrierError):  # the other one waits for the lock, as it should
            meeting.wait(2)
        regroup(key)

    monkeypatch.setattr(services, "_regroup", together)
    results = at_once(lambda: link(before, secretary), lambda: link(after, secretary))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert set(heads().values()) == {None, needs[0].pk}
