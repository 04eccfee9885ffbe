"""One look of the dispatcher, with a broker that answers, one that holds things, and one that is away."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from matchmaking.jobs import dispatcher as module
from matchmaking.jobs import kernel, schedule
from matchmaking.jobs.dispatcher import BrokerDown, Dispatcher, Publisher
from matchmaking.jobs.models import Job, JobState
from tests.factories.jobs import JobFactory

pytestmark = pytest.mark.django_db


class Broker:
    """Takes ids until it is away; `lost` forgets what it was given."""

    def __init__(self):
        self.published, self.messages, self.away = [], 0, False

    def publish(self, job_id):
        if self.away:
            raise BrokerDown("away")
        self.published.append(job_id)
        self.messages += 1

    def queued(self):
        if self.away:
            raise BrokerDown("away")
        return self.messages

    def close(self):
        pass


@pytest.fixture(autouse=True)
def no_periods(monkeypatch):
    monkeypatch.setattr(schedule, "_periods", {})


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def dispatcher(broker):
    return Dispatcher(publisher=broker)


def long_ago(settings):
    return timezone.now() - timedelta(seconds=settings.JOB_REPUBLISH_SECONDS + 1)


def test_due_jobs_are_published_once(dispatcher, broker):
    jobs = JobFactory.create_batch(3)
    assert dispatcher.turn() == 3
    assert dispatcher.turn() == 0
    assert broker.published == [job.pk for job in jobs]


def test_the_broker_holds_few_so_that_the_urgent_pass(dispatcher, broker, monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 2)
    JobFactory.create_batch(5, priority=10)
    dispatcher.turn()
    urgent = JobFactory(priority=-10)
    assert len(broker.published) == 2
    done = Job.objects.filter(pk=broker.published[0])
    done.update(state=JobState.DONE)
    broker.messages -= 1
    dispatcher.turn()
    assert broker.published[2:] == [urgent.pk]


def test_what_waits_in_a_long_queue_gets_no_second_copy(dispatcher, broker, settings):
    JobFactory.create_batch(2, published_at=long_ago(settings))
    broker.messages = 2
    assert dispatcher.turn() == 0


def test_what_the_broker_lost_is_published_again(dispatcher, broker, settings):
    JobFactory.create_batch(2, published_at=long_ago(settings))
    broker.messages = 0  # FLUSHALL
    assert dispatcher.turn() == 2


def test_a_broker_that_is_away_loses_nothing(dispatcher, broker):
    JobFactory.create_batch(2)
    broker.away = True
    with pytest.raises(BrokerDown):
        dispatcher.turn()
    assert Job.objects.filter(published_at=None).count() == 2
    broker.away = False
    assert dispatcher.turn() == 2


def test_a_broker_that_goes_away_in_between_keeps_what_it_has(dispatcher, broker, monkeypatch):
    first, second = JobFactory.create_batch(2)
    take = broker.publish

    def once(job_id):
        take(job_id)
        broker.away = True

    monkeypatch.setattr(broker, "publish", lambda job_id: take(job_id) if broker.away else once(job_id))
    with pytest.raises(BrokerDown):
        dispatcher.turn()
    assert list(Job.objects.filter(published_at=None)) == [second]
    assert broker.published == [first.pk]


class Pauses:
    """Counts the pauses of the loop and ends it after some; time does not pass."""

    def __init__(self, dispatcher, count, each=lambda number: None):
        self.dispatcher, self.count, self.each, self.taken = dispatcher, count, each, []

    def sleep(self, seconds):
        self.taken.append(seconds)
        self.each(len(self.taken))
        self.dispatcher.stopping = len(self.taken) >= self.count

    @staticmethod
    def monotonic():
        return 1e9


def test_the_loop_outlives_the_broker_and_says_so_once(dispatcher, broker, monkeypatch, caplog):
    JobFactory()
    broker.away = True
    pauses = Pauses(dispatcher, 7, lambda number: setattr(broker, "away", number < 4))
    monkeypatch.setattr(module, "time", pauses)
    dispatcher.run()
    assert pauses.taken[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses.taken[4] == module.TURN
    assert caplog.text.count("the broker is away") == 1
    assert caplog.text.count("the broker is back") == 1
    assert broker.published


def test_the_loop_outlives_the_database(dispatcher, broker, monkeypatch, caplog):
    JobFactory()
    whole, calls = kernel.count_waiting, []

    def broken(most):
        calls.append(most)
        if len(calls) == 1:
            raise OperationalError("terminated")
        return whole(most)

    monkeypatch.setattr(kernel, "count_waiting", broken)
    monkeypatch.setattr(module.connection, "close", lambda: None)  # this test's transaction lives on it
    monkeypatch.setattr(module, "time", Pauses(dispatcher, 2))
    dispatcher.run()
    assert "the database does not answer" in caplog.text
    assert broker.published


def test_the_exhausted_are_given_up(dispatcher, settings):
    job = JobFactory(attempts=settings.JOB_MAX_ATTEMPTS)
    dispatcher.turn()
    job.refresh_from_db()
    assert job.state == JobState.DEAD


class TestWithoutAnyBroker:
    """The real publisher against a socket that does not exist."""

    @pytest.fixture(autouse=True)
    def nowhere(self, settings):
        from matchmaking.celery_app import app

        before = app.conf.broker_url
        app.conf.broker_url = app.conf.broker_write_url = "redis+socket:///nonexistent/broker.sock"
        yield
        app.conf.broker_url = app.conf.broker_write_url = before

    def test_it_says_so_at_once(self):
        publisher = Publisher()
        with pytest.raises(BrokerDown):
            publisher.publish(1)
        with pytest.raises(BrokerDown):
            publisher.queued()

    def test_the_jobs_stay(self):
        JobFactory.create_batch(2)
        with pytest.raises(CommandError, match="broker does not answer"):
            call_command("dispatch", once=True)
        assert Job.objects.filter(published_at=None).count() == 2


def test_the_command_publishes_once(monkeypatch, broker):
    JobFactory()
    monkeypatch.setattr("matchmaking.jobs.management.commands.dispatch.Dispatcher", lambda: Dispatcher(broker))
    out = StringIO()
    call_command("dispatch", once=True, stdout=out)
    assert out.getvalue() == "1 published\n"
