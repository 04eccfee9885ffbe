"""Two people send their decisions at the same moment, each over a connection of his own."""

import threading
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from matchmaking.activity.models import Entry
from tests.deciding.desks import Office, Race


def signed_in(office: Office) -> dict[str, Client]:
    clients = {}
    for name, person in office.people.items():
        clients[name] = Client()
        clients[name].force_login(person)
    return clients


def run(race: Race, clients: dict[str, Client], *, swapped: bool = False) -> list[Any]:
    """Both answers, in the order of the acts."""
    start, answers = threading.Barrier(2), [None, None]

    def send(number: int) -> None:
        act = race.acts[number]
        try:
            start.wait(timeout=20)
            answers[number] = clients[act.who].post(act.url, act.sends)
        except Exception as error:  # shown by the comparison of the answers
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in ((1, 0) if swapped else (0, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def faults(race: Race, answers: list[Any], office: Office, entries_before: int) -> list[str]:
    """What is wrong with the outcome; nothing when exactly one won and the other was told who and when."""
    said = [getattr(one, "status_code", one) for one in answers]
    if sorted(map(str, said)) != ["302", "409"]:
        return [f"answers {said} {[_errors(one) for one in answers]}"]
    won, lost = (0, 1) if said[0] == 302 else (1, 0)
    winner = office.people[race.acts[won].who]
    found = []
    page = answers[lost].content.decode()
    if winner.full_name not in page and winner.memberships.get().organisation.name not in page:
        found.append(f"{race.acts[lost].who} is not told that it was {race.acts[won].who}")
    if f"{timezone.localdate():%Y-%m-%d}" not in page:
        found.append(f"{race.acts[lost].who} is not told when")
    if about := getattr(race.record, "match", None):
        history, state = Entry.objects.about("match", about.uuid), None
    else:
        history = Entry.objects.about(race.kind, race.record.uuid)
        race.record.refresh_from_db(fields=["state"])
        state = race.record.state
    new = list(history.order_by("id")[entries_before:])
    actors = {entry.actor_id for entry in new if entry.actor_id}
    if actors != {winner.pk}:
        found.append(f"history names {actors}, the winner is {winner.pk}")
    moved = [entry.to_state for entry in new if entry.to_state]
    if state is not None and moved and moved[-1] != state:
        found.append(f"history says {moved[-1]}, the record {state}")
    return found


def _errors(answer: Any) -> Any:
    """Why a form came back, for the report."""
    context = getattr(answer, "context", None) or {}
    return [str(context[name].errors) for name in ("form", "drop_form", "answer_form") if name in context]


def entries(race: Race) -> int:
    about = getattr(race.record, "match", None)
    record, kind = (about, "match") if about else (race.record, race.kind)
    return Entry.objects.about(kind, record.uuid).count()
