"""Acts on many records: the queue's officer and the owners get one message each, with the number and the list."""

import pytest
from django.urls import reverse

from catalog import services as catalog
from experts.services import admit_experts
from matchmaking.intake.handing_on import handing_on_of
from matchmaking.notifications.models import Notification, OutboxMail
from needs.services import pass_needs
from needs.talent.services import pass_talent_posts
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.talent import make_post

pytestmark = pytest.mark.django_db


def chosen(*records):
    return {str(one.uuid): one.version for one in records}


def told(person):
    """What a person was told, and that a mail went with each."""
    notices = Notification.objects.filter(recipient=person).order_by("pk")
    assert OutboxMail.objects.filter(to=person.email).count() == len(notices)
    return [(one.kind, one.params, one.url) for one in notices]


def drafts(university, count):
    return [complete(AchievementFactory(body__owner=university)) for _n in range(count)]


def hand_in(officer, records):
    return catalog.submit_achievements(by=officer, chosen=chosen(*records), opinion="同意", secrecy_declared=True)


def test_many_achievements_handed_in(university, university_officer, regional_officer_edu):
    done, _left = hand_in(university_officer, [*drafts(university, 3), AchievementFactory(body__owner=university)])
    assert len(done) == 3
    queue = reverse("catalog:achievement_review")
    assert told(regional_officer_edu) == [("achievement_to_review_many", {"count": 3}, queue)]


def test_one_achievement_is_told_as_always(university, university_officer, regional_officer_edu):
    [record] = drafts(university, 1)
    hand_in(university_officer, [record])
    words = {"number": record.public_no, "title": record.title}
    assert told(regional_officer_edu) == [("achievement_to_review", words, record.get_absolute_url())]


def test_many_achievements_passed(university, university_officer, regional_officer_edu):
    records = [complete(AchievementFactory(state="submitted", body__owner=university)) for _n in range(2)]
    catalog.accept_achievements(by=regional_officer_edu, achievements=records)
    mine = reverse("catalog:achievement_mine")
    assert told(university_officer) == [("achievement_accepted_many", {"count": 2}, mine)]


@pytest.mark.parametrize(("kind", "make", "notice", "queue"), [
    ("need", make_need, "need_to_check_many", "needs:need_review"),
    ("talent_post", make_post, "talent_post_to_check_many", "talent:talent_post_review"),
])  # fmt: skip
def test_many_of_an_enterprise_handed_in(kind, make, notice, queue, enterprise, enterprise_lead, regional_officer_miit,
                                         park_admin):  # fmt: skip
    records = [make(enterprise, enterprise_lead, state="draft") for _n in range(2)]
    done, left = handing_on_of(kind).submit(by=enterprise_lead, chosen=chosen(*records), declared=True)
    assert (done, left) == (2, [])
    heard = told(park_admin) + told(regional_officer_miit)
    assert heard == [(notice, {"count": 2}, reverse(queue))]


def test_many_needs_passed_by_the_park_and_published(enterprise, enterprise_lead, park_admin, regional_officer_miit):
    records = [make_need(enterprise, enterprise_lead, state="checked") for _n in range(2)]
    pass_needs(by=regional_officer_miit, chosen=chosen(*records))
    assert told(enterprise_lead) == [("need_published_many", {"count": 2}, reverse("needs:need_mine"))]


def test_many_posts_published(enterprise, enterprise_lead, park_admin):
    records = [make_post(enterprise, enterprise_lead, state="submitted") for _n in range(2)]
    done, _left = pass_talent_posts(by=park_admin, chosen=chosen(*records))
    assert len(done) == 2
    assert told(enterprise_lead) == [("talent_post_published_many", {"count": 2}, reverse("talent:talent_post_mine"))]


def test_many_experts_admitted(university, university_officer, regional_officer_edu):
    records = [make_expert(university, university_officer, state="unit_agreed") for _n in range(2)]
    done, _left = admit_experts(by=regional_officer_edu, chosen=chosen(*records))
    assert len(done) == 2
    assert told(university_officer) == [("expert_admitted_many", {"count": 2}, reverse("experts:expert_mine"))]
