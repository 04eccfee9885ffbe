"""The steps with a pair of entries, each on the pair as it stands now."""

from experts.duplicates import services
from experts.models import ExpertPair
from matchmaking.intake.duplicates.kinds import Decision
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue


def search():
    enqueue(kind="find_same_experts", args={})
    run_due_jobs()
    return ExpertPair.objects.order_by("pk")


def fresh(pair):
    return ExpertPair.objects.get(pk=pair.pk)


def ask(pair, by):
    found = fresh(pair)
    return services.ask_units(by=by, pair=found, version=found.version, reason="同名同方向")


def answer(pair, by, said="same"):
    found = fresh(pair)
    return services.answer(by=by, pair=found, version=found.version, said=said, note="")


def merge(pair, by, **changed):
    found = fresh(pair)
    seen = (found.first.version, found.second.version)
    values = {"version": found.version, "seen": seen, "reason": "同一人", "keep_first_one": True} | changed
    return services.merge(by=by, pair=found, **values)


def undo(pair, by):
    found = fresh(pair)
    return services.undo(by=by, pair=found, version=found.version, reason="看错了")


def tell_apart(pair, by):
    found = fresh(pair)
    services.decide(by, found, Decision("apart", found.version, (1, 1), "不同"))
