"""The engine is loaded beside the requests, once a process."""

import subprocess
import sys
from threading import Event
from time import sleep

import pytest
from django.urls import reverse

from matchmaking.engine.kernel import warm as warm_module
from matchmaking.matching import beside, indexes, warming, whatif
from matchmaking.matching.models import StatisticsVersion
from tests.factories.needs import make_need
from tests.matchmaking.matching.test_runs import low_floor, pool, run_all  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


class AtOnce:
    """A thread that runs in the place where it is started, on the connection of the test."""

    def __init__(self, target, **_how):
        self.start = target


@pytest.fixture(autouse=True)
def beside_nobody(settings, monkeypatch):
    settings.MATCH_WARM = True
    monkeypatch.setattr(warming, "Thread", AtOnce)
    monkeypatch.setattr(warming.connection, "close", lambda: None)
    monkeypatch.setattr(warming, "_begun", warming.Lock())


def test_pages_from_which_the_engine_is_asked_load_it_once(monkeypatch, login, secretary, need):
    loaded = []
    monkeypatch.setattr(whatif, "warm", lambda: loaded.append(1) or True)
    client = login(secretary)
    client.get("/")
    assert loaded == []
    for _twice in range(2):
        client.get(reverse("matching:review_queue"))
        client.get(reverse("matching:why_not", args=[need.uuid]))
    assert loaded == [1]


def test_where_it_is_switched_off_nothing_is_loaded_beside_a_page(monkeypatch, settings):
    settings.MATCH_WARM = False
    monkeypatch.setattr(warming, "load", lambda: pytest.fail("loaded"))
    warming.begin()


@pytest.mark.parametrize("outcome", [False, RuntimeError])
def test_what_could_not_be_loaded_is_tried_again(monkeypatch, outcome):
    tried = []

    def warm():
        tried.append(1)
        if outcome:
            raise outcome

    monkeypatch.setattr(whatif, "warm", warm)
    warming.begin()
    warming.begin()
    assert tried == [1, 1]


def test_it_reads_the_newest_fit(pool, enterprise, enterprise_lead, django_assert_max_num_queries):  # noqa: F811
    assert whatif.warm() is False
    make_need(enterprise, enterprise_lead)
    run_all()
    beside._model_at_once.cache_clear()
    assert whatif.warm() is True
    digest = StatisticsVersion.objects.latest("pk").digest
    with django_assert_max_num_queries(0):
        beside.model_at_once(digest)


def test_a_worker_has_the_libraries_before_it_divides_and_no_other_process_at_its_start():
    """A process that follows one that ended is forked, and takes no time out of its first job."""
    script = (
        "import django, sys; django.setup(); from celery.signals import worker_init;"
        "there = lambda: {'numba', 'scipy.sparse', 'matchmaking.engine.kept'} & set(sys.modules);"
        "print(len(there())); worker_init.send(None); print(len(there()))"
    )
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "3"]


class TestCompilingBeforeATransaction:
    @pytest.fixture(autouse=True)
    def anew(self, monkeypatch):
        monkeypatch.setattr(indexes, "_COMPILED", Event())

    def test_once_a_process_with_signs_of_life(self, monkeypatch):
        calls, lives = [], []
        monkeypatch.setattr(indexes, "SIGN", 0.01)
        monkeypatch.setattr(warm_module, "warm", lambda: (calls.append(1), sleep(0.1)))
        for _time in range(2):
            indexes.compile_first(lambda: lives.append(1))
        assert len(calls) == 1
        assert len(lives) > 2

    def test_what_fails_is_said_and_tried_again(self, monkeypatch):
        def failing():
            raise OSError("no room")

        monkeypatch.setattr(warm_module, "warm", failing)
        for _time in range(2):
            with pytest.raises(OSError, match="no room"):
                indexes.compile_first(lambda: None)
