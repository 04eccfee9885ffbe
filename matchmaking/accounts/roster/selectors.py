"""How many brokers an organisation has: figures for everybody, names for its own people."""

from django.db.models import Count

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.roster.enums import BrokerGrade
from matchmaking.accounts.roster.models import RosterEntry


def by_grade(organisation: Organisation) -> list[tuple[BrokerGrade, int]]:
    """(grade, people who work there now), the highest grade first; grades that nobody holds are left out."""
    working = RosterEntry.objects.filter(organisation=organisation).working()
    counted = dict(working.values_list("grade").annotate(n=Count("pk")).order_by())
    return [(grade, counted[grade]) for grade in reversed(BrokerGrade) if grade in counted]
