"""The supervisor: what dies is restarted, and when it dies itself nothing stays."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import psutil
import pytest

from matchmaking.devstack import process
from matchmaking.devstack import supervisor as module
from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.supervisor import Service, StopRequested, Supervisor
from tests.matchmaking.devstack.helpers import alive, family, until

# A process with a child of its own that does not care whether its parent lives, like the pool of a worker.
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).wait()"
WHOLE = """
    import signal, subprocess, sys
    from matchmaking.devstack import process
    from matchmaking.devstack.layout import Layout, held
    from matchmaking.devstack.postgres import Postgres
    from matchmaking.devstack.supervisor import Service, StopRequested, Supervisor
    from matchmaking.devstack.valkey import Valkey

    layout = Layout.at({data!r})
    layout.prepare()
    supervisor = Supervisor(layout)
    supervisor.listen()
    postgres, valkey = Postgres(layout), Valkey(layout)

    def program():
        env = dict(TONGTI_DATA=str(layout.data), TONGTI_CHILD="program")
        return process.spawn([sys.executable, "-c", "import time; time.sleep(60)"], env=env, log=layout.log / "p.log")

    with held(layout, "up"):
        process.end_leftovers(layout.data)
        supervisor.add(Service("valkey", valkey.start, 2))
        supervisor.add(Service("postgres", postgres.start, 1, signal.SIGINT))
        supervisor.wait(postgres.is_ready, "postgres", 20)
        supervisor.wait(valkey.is_ready, "valkey", 20)
        supervisor.add(Service("program", program, 3))
        supervisor.facts["ready"] = True
        try:
            for _ in supervisor.turns():
                pass
        except StopRequested:
            pass
        finally:
            supervisor.stop()
"""


def sleeper(layout, code="import time; time.sleep(60)"):
    def start():
        env = os.environ | {"TONGTI_DATA": str(layout.data), "TONGTI_CHILD": "sleeper"}
        return process.spawn([sys.executable, "-c", code], env=env, log=layout.log / "sleeper.log")

    return start


def nothing_left(children):
    return not alive(children)


def ready(layout):
    return (layout.recall("instance") or {}).get("ready")


def test_killed_supervisor_leaves_nothing_running_and_the_next_start_works(postgres, python):
    layout = postgres.layout
    for _ in range(2):
        first = python(WHOLE.format(data=str(layout.data)))
        assert until(lambda: ready(layout)), first.stdout.read()
        children = family(first.pid)
        assert len(children) > 5
        first.kill()
        first.wait()
        assert until(partial(nothing_left, children), 8), alive(children)
        layout.forget("instance")
    second = python(WHOLE.format(data=str(layout.data)))
    assert until(lambda: ready(layout))
    second.send_signal(signal.SIGTERM)
    assert second.wait(15) == 0
    assert not list(layout.run.glob("*.pid"))


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_child_of_a_killed_parent_dies_at_once(layout, python):
    parent = python(f"""
        import sys, time
        from pathlib import Path
        from matchmaking.devstack import process
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        child = process.spawn(sleep, env={{}}, log=Path({str(layout.log)!r}) / "x")
        print(child.pid, flush=True)
        time.sleep(60)
    """)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    assert until(lambda: not alive([child]), 3)


def test_leftovers_are_found_by_their_environment_and_a_shell_of_a_person_is_spared(layout):
    env = os.environ | {"TONGTI_DATA": str(layout.data)}
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    left = subprocess.Popen(sleep, env=env | {"TONGTI_CHILD": "w1"})
    typed = subprocess.Popen(sleep, env=env)
    other = subprocess.Popen(sleep, env=env | {"TONGTI_CHILD": "w1", "TONGTI_DATA": "/elsewhere"})
    assert until(lambda: process.find_children_of(layout.data) == [left.pid])
    assert process.end_leftovers(layout.data) == 1
    assert left.wait(3) == -signal.SIGTERM
    assert typed.poll() is None
    assert other.poll() is None
    for child in (typed, other):
        child.kill()
        child.wait()


def test_dead_service_comes_back_and_what_it_left_is_ended(layout):
    supervisor = Supervisor(layout)
    service = supervisor.add(Service("sleeper", sleeper(layout, PARENT), 1))
    assert until(lambda: family(service.child.pid))
    first, pool = service.pid, family(service.child.pid)
    os.kill(first, signal.SIGKILL)
    for _ in supervisor.turns(1.5):
        pass
    assert service.pid not in (None, first)
    assert service.restarts == 1
    assert not alive(pool)
    assert int((layout.run / "sleeper.pid").read_text()) == service.pid
    state = layout.recall("instance")["processes"]
    assert [(entry["name"], entry["pid"], entry["restarts"]) for entry in state] == [("sleeper", service.pid, 1)]
    supervisor.stop()
    assert not (layout.run / "sleeper.pid").exists()


def test_pauses_grow_while_a_service_keeps_failing(layout, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.1)
    supervisor = Supervisor(layout)
    service = supervisor.add(Service("sleeper", sleeper(layout, "raise SystemExit(3)"), 1))
    for _ in supervisor.turns(1.5):
        pass
    assert 2 <= service.restarts <= 4  # after 0.1, 0.2, 0.4 and 0.8 s; without growth there would be more than ten
    supervisor.stop()


def test_pause_never_exceeds_its_limit(layout):
    supervisor = Supervisor(layout)
    service = Service("x", sleeper(layout), 1, failures=40)
    supervisor._schedule(service)
    assert service.due - time.monotonic() <= module.LONGEST_PAUSE


def test_service_that_cannot_be_started_does_not_end_the_supervisor(layout):
    def refuse():
        raise DevstackError("no")

    supervisor = Supervisor(layout)
    service = supervisor.add(Service("broken", refuse, 1))
    supervisor.tick()
    assert service.pid is None
    assert service.failures == 1
    supervisor.stop()


def test_waiting_for_a_service_that_keeps_dying_shows_its_log(layout, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    supervisor = Supervisor(layout)
    supervisor.add(Service("sleeper", sleeper(layout, "raise SystemExit('the reason')"), 1))
    with pytest.raises(DevstackError, match="the reason"):
        supervisor.wait(lambda: False, "sleeper", 10)
    supervisor.stop()


def test_higher_tiers_stop_first(layout):
    ended = []
    supervisor = Supervisor(layout)
    for tier in (1, 2, 3):
        supervisor.add(Service(f"t{tier}", sleeper(layout), tier))
    children = {s.name: psutil.Process(s.pid) for s in supervisor.services}
    kill_group = process.kill_group

    def note(pgid):
        ended.append(next(name for name, p in children.items() if p.pid == pgid))
        kill_group(pgid)

    process.kill_group = note
    try:
        supervisor.stop()
    finally:
        process.kill_group = kill_group
    assert ended == ["t3", "t2", "t1"]
    assert not alive(list(children.values()))


def test_service_that_ignores_the_stop_signal_is_killed_after_its_patience(layout):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    supervisor = Supervisor(layout)
    service = supervisor.add(Service("sleeper", sleeper(layout, code), 1, patience=0.3))
    assert until(lambda: "on" in (layout.log / "sleeper.log").read_text())
    child = service.child
    supervisor.stop()
    assert child.returncode == -signal.SIGKILL


def test_request_to_stop_ends_the_turns(layout):
    supervisor = Supervisor(layout)
    supervisor.stop_signals = 1
    with pytest.raises(StopRequested):
        next(supervisor.turns())


def test_deaf_service_is_replaced(layout):
    supervisor = Supervisor(layout)
    service = supervisor.add(Service("w1", sleeper(layout), 1))
    first = service.pid
    supervisor.restart("w1")
    for _ in supervisor.turns(1.0):
        pass
    assert service.pid not in (None, first)
    supervisor.stop()
