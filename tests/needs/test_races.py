"""Two people at the same moment: one decides, the other is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import ReviewStep
from matchmaking.jobs.models import Job
from needs import services
from needs.models import TechNeed
from tests.factories.needs import make_need

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]
ROUNDS = 5


def at_once(*acts):
    """Run the acts at the same moment, each on its own connection; return what each gave or raised."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=10)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_officers_decide_once(enterprise, enterprise_lead, regional_officer_miit, secretary):
    for _round in range(ROUNDS):
        need = make_need(enterprise, enterprise_lead, state="checked")
        loaded = [TechNeed.objects.select_related("region").get(pk=need.pk) for _person in range(2)]
        officers = [User.objects.get(pk=regional_officer_miit.pk), User.objects.get(pk=secretary.pk)]

        outcomes = at_once(
            lambda loaded=loaded, officers=officers: services.publish_need(by=officers[0], need=loaded[0]),
            lambda loaded=loaded, officers=officers: services.reject_need(
                by=officers[1], need=loaded[1], reason="不行"
            ),
        )

        lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert [type(error) for error in lost] == [StaleState], outcomes
        assert ReviewStep.objects.about("need", need.uuid).count() == 1
        need.refresh_from_db()
        published = need.state == "published"
        assert Job.objects.filter(kind="match_record", args__id=need.pk).exists() is published


def test_two_editors_save_once(enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft")
    editors = [User.objects.get(pk=enterprise_lead.pk) for _person in range(2)]

    def save(editor, goal):
        draft = TechNeed.objects.get(pk=need.pk)
        return services.update_need(by=editor, need=draft, version=1, data={"goal": goal})

    outcomes = at_once(lambda: save(editors[0], "甲的目标"), lambda: save(editors[1], "乙的目标"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StaleState", "TechNeed"]
    assert TechNeed.objects.get(pk=need.pk).version == 2
