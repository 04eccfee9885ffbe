"""All complete drafts of an upload handed in by one job: declared once, told once, and stopped without a loss."""

import pytest
from django.urls import reverse

from matchmaking.intake.services import submitting
from matchmaking.intake.views import handing_on
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import request_cancel
from matchmaking.notifications.models import Notification
from needs.models import TechNeed
from needs.services import submit_need
from tests.factories.jobs import run_until_interrupted
from tests.needs.test_importing import row
from tests.rowkinds import Uploads

pytestmark = pytest.mark.django_db
ALL = {"all": "1", "declared": "on"}


@pytest.fixture
def batch(enterprise, enterprise_lead, park_admin, monkeypatch):
    monkeypatch.setattr(submitting, "A_PIECE", 2)
    monkeypatch.setattr(handing_on, "AT_ONCE", 2)
    uploads = Uploads("need", enterprise, enterprise_lead)
    return uploads.commit(uploads.send([*map(row, range(1, 6)), row(6, 预期目标=None)]))


@pytest.fixture
def page(batch):
    return reverse("imports:submit", args=[batch.uuid])


def states():
    return list(TechNeed.objects.order_by("pk").values_list("state", flat=True))


def told():
    return list(Notification.objects.filter(kind__startswith="need_to_check").values_list("kind", "params"))


def test_one_declaration_hands_in_all_that_are_complete(login, page, enterprise_lead):
    client = login(enterprise_lead)
    assert client.get(page).context["whole"] == 5
    assert client.post(page, {"all": "1"}).status_code == 422  # nothing is declared
    assert client.post(page, ALL).status_code == 302
    at_work = client.get(page)
    assert at_work.context["under_way"]
    assert b"hand-on-all" not in at_work.content
    client.post(page, ALL)  # pressed twice
    assert Job.objects.filter(kind=submitting.KIND).count() == 1
    run_due_jobs()
    assert states() == ["submitted"] * 5 + ["draft"]
    assert told() == [("need_to_check_many", {"count": 5})]
    job = Job.objects.get(kind=submitting.KIND)
    assert (job.done_units, job.total_units, job.result) == (5, 5, {"url": page, "done": 5, "left": 0})
    assert client.get(page).context["submitted"]["done"] == 5
    assert client.get(page, HTTP_HX_REQUEST="true")["HX-Refresh"] == "true"


def test_what_was_changed_or_handed_in_since_is_left_alone(batch, enterprise_lead):
    submitting.submit_all(by=enterprise_lead, batch=batch, said={"declared": True})
    edited, sent = TechNeed.objects.order_by("pk")[:2]
    edited.save()  # somebody works on it
    submit_need(by=enterprise_lead, need=sent)
    run_due_jobs()
    assert states() == ["draft", *["submitted"] * 4, "draft"]
    assert told() == [("need_to_check", {"need": sent.public_no}), ("need_to_check_many", {"count": 3})]


def test_a_stopped_job_tells_what_it_has_done(batch, enterprise_lead, monkeypatch):
    job = submitting.submit_all(by=enterprise_lead, batch=batch, said={"declared": True})
    assert run_until_interrupted(job, monkeypatch, chunk=2)  # two are handed in
    job.refresh_from_db()
    request_cancel(job=job, by=enterprise_lead)
    assert states().count("submitted") == 2
    assert told() == [("need_to_check_many", {"count": 2})]


def test_who_may_no_longer_import_hands_in_nothing(batch, enterprise_lead):
    submitting.submit_all(by=enterprise_lead, batch=batch, said={"declared": True})
    enterprise_lead.memberships.all().delete()
    run_due_jobs()
    assert set(states()) == {"draft"}
