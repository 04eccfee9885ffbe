"""Pages of jobs: your own progress, and the operators' list."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.htmx import is_fragment, page_or_fragment, stop_polling
from matchmaking.common.pagination import paginate
from matchmaking.jobs import registry, rules
from matchmaking.jobs.filters import JobFilter
from matchmaking.jobs.models import Job, JobState, WorkerBeat
from matchmaking.jobs.schedule import demanded_kinds
from matchmaking.jobs.selectors import progress_of
from matchmaking.jobs.services import JobNotDead, JobNotOpen, request_cancel, retry_dead

DONE_EVENT = "job-done"  # fired in the page when the work has ended, however it ended


@require_safe
@access(rules.OPERATE)
def job_list(request: HttpRequest) -> HttpResponse:
    """All jobs, newest first, with the dead letters and their reasons; routine of every few seconds when asked for."""
    jobs = Job.objects.visible_to(request.user).order_by("-id")
    if not request.GET.get("kind"):
        jobs = jobs.exclude(kind__in=demanded_kinds(), state=JobState.DONE)
    found = JobFilter(request.GET, queryset=jobs)
    page = paginate(request, found.qs.select_related("requested_by"))
    rows = [{"job": job, "label": registry.label_of(job.kind), "reason": _headline(job)} for job in page.object_list]
    context = {"filter": found, "page": page, "rows": rows, "beats": WorkerBeat.objects.order_by("name")}
    return page_or_fragment(
        request, "matchmaking/jobs/job_list.html", "matchmaking/jobs/_job_table.html", context | {"request": request}
    )


@require_safe
@access(SIGNED_IN)
def job_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The progress of one job; an operator also sees attempts and the error."""
    job = get_object_or_404(Job.objects.visible_to(request.user).select_related("requested_by"), uuid=uuid)
    context = {
        "progress": progress_of(job, request.user),
        "operates": rules.operates(request.user),
        "can_retry": rules.can_retry(request.user, job),
    }
    return render(request, "matchmaking/jobs/job_detail.html", context)


@require_safe
@access(SIGNED_IN)
def job_progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The inside of the progress block; the last answer stops the polling and fires the event."""
    job = get_object_or_404(Job.objects.visible_to(request.user), uuid=uuid)
    if not is_fragment(request):
        return redirect(job)
    response = render(request, "matchmaking/jobs/_progress_body.html", {"progress": progress_of(job, request.user)})
    if not job.is_open:
        response["HX-Trigger"] = DONE_EVENT
        stop_polling(response)
    return response


@require_POST
@access(SIGNED_IN)
def job_cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask a job to stop. One that ended in the meantime is shown as it ended."""
    job = get_object_or_404(Job.objects.visible_to(request.user), uuid=uuid)
    if job.is_open and not job.cancel_requested and not rules.can_cancel(request.user, job):
        raise PermissionDenied
    try:
        job = request_cancel(job=job, by=request.user)
    except JobNotOpen:
        job.refresh_from_db()
    if is_fragment(request):
        return render(request, "matchmaking/jobs/_progress_body.html", {"progress": progress_of(job, request.user)})
    return redirect(job)


@require_POST
@access(rules.OPERATE)
def job_retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put a dead letter back into the queue."""
    job = get_object_or_404(Job.objects.visible_to(request.user), uuid=uuid)
    try:
        retry_dead(job=job, by=request.user)
    except JobNotDead:
        messages.warning(request, _("Somebody else has already put this job back into the queue."))
    else:
        messages.success(request, _("The job is in the queue again."))
    return redirect(job)


def _headline(job: Job) -> str:
    """The first line of the last error."""
    return job.last_error.partition("\n")[0][:200]
