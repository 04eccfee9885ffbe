"""What the views of decisions share."""

from django.http import HttpRequest, HttpResponse

from catalog import rules
from catalog.models import Achievement
from matchmaking.activity.selectors import history
from matchmaking.common import deciding


def conflict(request: HttpRequest, achievement: Achievement) -> HttpResponse:
    """409: somebody else was faster. Who and when stands in the history, for those who may read it."""
    lines = []
    if rules.can_see_protected(request.user, achievement):
        lines = history(achievement, kind="achievement", show_people=True, limit=5)
    return deciding.conflict(request, back_url=achievement.get_absolute_url(), steps=lines)
