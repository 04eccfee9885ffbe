"""The page of a run: what it offers while it works and when it has ended."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from matchmaking.activity.services import record
from matchmaking.jobs.models import Job
from matchmaking.matching.enums import RunScope
from matchmaking.matching.forms import RunForm
from matchmaking.matching.models import AssignmentPlan, MatchRun
from matchmaking.matching.views.workbooks import workbook

pytestmark = pytest.mark.django_db


def link(name, run):
    return f'href="{reverse(f"matching:{name}", args=[run.uuid])}"'


def test_a_run_offers_its_lists_when_there_are_some(secretary, login):
    run = MatchRun.objects.create(scope=RunScope.ALL)
    client = login(secretary)
    page = client.get(run.get_absolute_url()).content.decode()
    assert link("fairness", run) not in page
    assert f"{timezone.localtime(run.created_at):%Y-%m-%d %H:%M} 的批量匹配" in page.split("</title>")[0]
    AssignmentPlan.objects.create(run=run, limits={}, figures={})
    assert link("fairness", run) in client.get(run.get_absolute_url()).content.decode()


def test_what_a_run_found_comes_without_loading_the_page_again(secretary, login):
    run = MatchRun.objects.create(scope=RunScope.ALL)
    page = login(secretary).get(run.get_absolute_url()).content.decode()
    block = page.split('id="run"')[1].split(">")[0]
    assert 'hx-trigger="job-done from:body"' in block
    assert 'hx-select="#run"' in block
    assert 'hx-select-oob="#run-actions"' in block
    assert 'hx-disinherit="*"' in block  # else what the progress inside asks for would be chosen from, and be empty
    assert page.count('id="run-actions"') == 1


def test_a_run_tells_what_happened_to_it(secretary, login):
    run = MatchRun.objects.create(scope=RunScope.ALL)
    record(by=secretary, verb="run.started", about=run, kind="run", detail={"scope": RunScope.ALL})
    [line] = login(secretary).get(run.get_absolute_url()).context["history"]
    assert (line["verb"], line["by"]) == ("run.started", secretary.full_name)


def test_a_run_asks_to_choose_a_programme_or_a_region(secretary):
    form = RunForm(user=secretary)
    assert [form.fields[name].empty_label for name in ("programme", "region")] == ["请选择", "请选择"]


def test_a_finished_run_needs_no_progress_and_names_who_started_it(secretary, login):
    job = Job.objects.create(kind="match_run", state="done", done_units=3, total_units=3)
    run = MatchRun.objects.create(scope=RunScope.ALL, finished_at=timezone.now(), job=job)
    client = login(secretary)
    page = client.get(run.get_absolute_url()).content.decode()
    assert 'id="job-progress"' not in page
    assert str(secretary) not in page.split("<main")[1]
    Job.objects.filter(pk=job.pk).update(state="dead", finished_at=timezone.now())
    MatchRun.objects.filter(pk=run.pk).update(requested_by=secretary)
    page = client.get(run.get_absolute_url()).content.decode()
    assert 'id="job-progress"' in page
    assert str(secretary) in page.split("<main")[1]


def test_a_list_is_a_workbook_only_for_who_may_export(rf, stranger):
    request = rf.get("/", {"as": "xlsx"})
    request.user = stranger
    with pytest.raises(PermissionDenied):
        workbook(request, "清单", [("列", 10)], [["行"]])
