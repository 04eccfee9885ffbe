"""The progress page and the operators' list."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.jobs import kernel
from matchmaking.jobs.models import Job, JobState, WorkerBeat
from matchmaking.jobs.selectors import progress_of
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.jobs import JobFactory, handling

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def owner():
    return UserFactory()


@pytest.fixture
def operator(db):
    office = OrganisationFactory(name="测试运营方", kind=OrganisationKind.OPERATOR, region=None)
    return member(office, Role.SYSTEM_ADMIN)


@pytest.fixture
def job(owner):
    return JobFactory(requested_by=owner, total_units=200, done_units=50)


def url(name, job):
    return reverse(f"jobs:{name}", args=[job.uuid])


class TestProgress:
    def test_the_page_polls_while_the_job_is_open(self, login, owner, job):
        page = login(owner).get(url("detail", job)).content.decode()
        assert f'hx-get="{url("progress", job)}"' in page
        assert "every 1s" in page
        assert "50 / 200" in page
        assert 'value="25"' in page

    def test_the_fragment_goes_on_while_it_is_open(self, login, owner, job):
        response = login(owner).get(url("progress", job), **HTMX)
        assert response.status_code == 200
        assert "HX-Trigger" not in response
        assert "<html" not in response.content.decode()

    @pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.DEAD])
    def test_the_last_fragment_stops_and_tells_the_page(self, login, owner, job, state):
        Job.objects.update(state=state)
        response = login(owner).get(url("progress", job), **HTMX)
        assert (response.status_code, response["HX-Trigger"]) == (286, "job-done")

    def test_a_closed_job_does_not_poll(self, login, owner, job):
        Job.objects.update(state=JobState.DONE)
        assert "every 1s" not in login(owner).get(url("detail", job)).content.decode()

    def test_without_javascript_the_fragment_leads_to_the_page(self, login, owner, job):
        assert login(owner).get(url("progress", job))["Location"] == url("detail", job)

    @pytest.mark.parametrize("name", ["detail", "progress"])
    def test_somebody_elses_job_does_not_exist(self, login, job, name):
        assert login(UserFactory()).get(url(name, job), **HTMX).status_code == 404

    def test_a_kind_may_be_open_to_a_capability(self, login, secretary, stranger, job):
        with handling("test", lambda job: None, seen_by="match.run"):
            assert login(secretary).get(url("progress", job), **HTMX).status_code == 200
            assert progress_of(job, secretary).polls
            assert login(stranger).get(url("progress", job), **HTMX).status_code == 404
        assert login(secretary).get(url("progress", job), **HTMX).status_code == 404

    def test_who_sees_only_the_record_gets_a_picture_that_does_not_move(self, stranger, job):
        progress = progress_of(job, stranger)
        page = render_to_string("matchmaking/jobs/_progress.html", {"progress": progress, "csrf_token": "x"})
        assert "50 / 200" in page
        assert "hx-get" not in page
        assert "<form" not in page

    def test_a_visitor_signs_in_first(self, login, job):
        assert login().get(url("detail", job)).status_code == 302

    def test_the_owner_reads_a_sentence_and_no_traceback(self, login, owner, job):
        Job.objects.update(state=JobState.DEAD, last_error="ValueError: secret\nTraceback …")
        page = login(owner).get(url("detail", job)).content.decode()
        assert "alert" in page
        assert "secret" not in page

    def test_the_sentence_of_a_refusal_is_shown(self, owner, job):
        Job.objects.update(state=JobState.DEAD, result={"refusal": "The file is empty."})
        job.refresh_from_db()
        assert progress_of(job, owner).error == "The file is empty."

    def test_the_remaining_time_is_told_once_it_can_be_judged(self, owner, job):
        def remaining(done):
            Job.objects.update(
                state=JobState.RUNNING,
                lease_token=job.uuid,
                lease_until=timezone.now(),
                started_at=timezone.now() - timedelta(minutes=1),
                done_units=done,
            )
            job.refresh_from_db()
            with override("en"):
                return progress_of(job, owner).remaining

        assert remaining(2) == ""
        assert remaining(20) == "about 9 minutes left"
        assert remaining(199) == "less than a minute left"

    def test_the_result_has_a_button(self, login, owner, job):
        Job.objects.update(state=JobState.DONE, result={"url": "/needs/"})
        assert 'href="/needs/"' in login(owner).get(url("detail", job)).content.decode()

    def test_the_kind_is_called_by_its_name(self, login, owner, job):
        with handling("test", lambda job: None, label="Check of an upload", unit="rows"):
            page = login(owner).get(url("detail", job)).content.decode()
        assert "Check of an upload" in page
        assert "200 rows" in page


class TestCancelling:
    def test_the_owner_stops_a_waiting_job(self, login, owner, job):
        assert login(owner).post(url("cancel", job)).status_code == 302
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED

    def test_a_running_job_is_asked(self, login, owner, job):
        kernel.claim(job.pk)
        response = login(owner).post(url("cancel", job), **HTMX)
        assert response.status_code == 200
        job.refresh_from_db()
        assert job.cancel_requested
        assert "<form" not in response.content.decode()  # the button is gone

    def test_too_late_is_no_error(self, login, owner, job):
        Job.objects.update(state=JobState.DONE)
        assert login(owner).post(url("cancel", job)).status_code == 302

    def test_nobody_else_stops_it(self, login, job):
        assert login(UserFactory()).post(url("cancel", job)).status_code == 404
        job.refresh_from_db()
        assert job.state == JobState.QUEUED

    def test_an_operator_may(self, login, operator, job):
        login(operator).post(url("cancel", job))
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED

    def test_not_by_get(self, login, owner, job):
        assert login(owner).get(url("cancel", job)).status_code == 405


class TestOperators:
    def test_only_operators_see_the_list(self, login, owner):
        assert login(owner).get(reverse("jobs:list")).status_code == 403
        assert login().get(reverse("jobs:list")).status_code == 302

    def test_dead_letters_with_their_reason(self, login, operator, job):
        JobFactory(state=JobState.DEAD, last_error="ValueError: the reason\nTraceback …", attempts=5)
        WorkerBeat.objects.create(name="w1@test", pid=1)
        page = login(operator).get(reverse("jobs:list"), {"state": "dead"}).content.decode()
        assert "ValueError: the reason" in page
        assert "w1@test" in page
        assert url("detail", job) not in page

    def test_the_whole_error_on_its_page(self, login, operator):
        dead = JobFactory(state=JobState.DEAD, last_error="ValueError: x\nTraceback <b>", attempts=5)
        page = login(operator).get(url("detail", dead)).content.decode()
        assert "Traceback &lt;b&gt;" in page

    def test_trying_again(self, login, operator):
        dead = JobFactory(state=JobState.DEAD, attempts=5)
        client = login(operator)
        assert client.post(url("retry", dead)).status_code == 302
        dead.refresh_from_db()
        assert (dead.state, dead.attempts) == (JobState.QUEUED, 0)
        assert client.post(url("retry", dead), follow=True).status_code == 200  # somebody was faster

    def test_the_owner_cannot(self, login, owner, job):
        Job.objects.update(state=JobState.DEAD)
        assert login(owner).post(url("retry", job)).status_code == 403

    @pytest.mark.parametrize("query", ["state=nonsense", "kind=nonsense", "page=99999999999", "page=x", "state="])
    def test_odd_questions_get_a_page(self, login, operator, job, query):
        assert login(operator).get(reverse("jobs:list") + "?" + query).status_code == 200

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_costs_the_same_for_one_and_three(self, login, operator, count, django_assert_max_num_queries):
        for _number in range(count):
            JobFactory(requested_by=UserFactory())
        client = login(operator)
        with django_assert_max_num_queries(10):
            client.get(reverse("jobs:list"))
