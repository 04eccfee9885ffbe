"""Records of every kind that wait for a decision."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.enums import AchievementState
from experts.enums import ExpertState
from matchmaking.intake import reviewed
from matchmaking.intake.models import ReviewTask
from matchmaking.intake.services import tasks
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.factories.teams import make_team


@pytest.fixture
def wait(db, university, university_officer, enterprise, enterprise_lead):
    """`wait(kind, days, …)`: one record of the kind at the desk of the region for each number of days left."""
    enterprise.park = None  # whose posts and needs the region decides on
    enterprise.save()

    def filed(kind):
        if kind == "achievement":
            state = AchievementState.SUBMITTED
            return complete(AchievementFactory(state=state, body__owner=university))
        if kind == "need":
            return make_need(enterprise, enterprise_lead, state="checked")
        if kind == "expert":
            return make_expert(university, university_officer, state=ExpertState.UNIT_AGREED)
        if kind == "team":
            lead = make_expert(university, university_officer, state=ExpertState.IN_POOL)
            return make_team(lead, university_officer, state="submitted")
        return make_post(enterprise, enterprise_lead, state="submitted")

    def build(kind, *days):
        made = []
        for left in days:
            record = filed(kind)
            how = reviewed.find(kind)
            tasks.follow(record=record, kind=kind, step=how.step_of(record), owner=how.owner_of(record))
            due = timezone.localdate() + timedelta(days=left)
            ReviewTask.objects.filter(object_id=record.uuid).update(due_on=due, escalates_on=due + timedelta(days=1))
            made.append(record)
        return made

    return build
