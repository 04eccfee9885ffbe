"""Two people at the same moment: one decides, the other is told."""

import pytest

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import ReviewStep
from needs.talent import services
from needs.talent.models import TalentPost
from tests.factories.accounts import member
from tests.factories.talent import make_post
from tests.needs.test_races import ROUNDS, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


def test_two_checkers_decide_once(enterprise, enterprise_lead, park, park_admin):
    second = member(park, Role.PARK_ADMIN)
    for _round in range(ROUNDS):
        post = make_post(enterprise, enterprise_lead, state="submitted")
        loaded = [TalentPost.objects.select_related("region").get(pk=post.pk) for _person in range(2)]
        people = [User.objects.get(pk=park_admin.pk), User.objects.get(pk=second.pk)]

        outcomes = at_once(
            lambda loaded=loaded, people=people: services.publish_talent_post(by=people[0], post=loaded[0]),
            lambda loaded=loaded, people=people: services.reject_talent_post(
                by=people[1], post=loaded[1], reason="不行"
            ),
        )

        lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert [type(error) for error in lost] == [StaleState], outcomes
        assert ReviewStep.objects.about("talent_post", post.uuid).count() == 1


def test_the_last_place_is_filled_once(enterprise, enterprise_lead):
    for _round in range(ROUNDS):
        post = make_post(enterprise, enterprise_lead, headcount=1)
        loaded = [TalentPost.objects.get(pk=post.pk) for _person in range(2)]
        people = [User.objects.get(pk=enterprise_lead.pk) for _person in range(2)]

        outcomes = at_once(
            *(
                lambda record=record, person=person: services.fill_talent_post(
                    by=person, post=record, version=1, filled=1
                )
                for record, person in zip(loaded, people, strict=True)
            )
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StaleState", "TalentPost"], outcomes
