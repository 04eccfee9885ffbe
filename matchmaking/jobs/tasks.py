"""The one Celery task of the project. It carries an id; what is to be done stands in the job row."""

import logging

from celery import Task, current_app, shared_task
from celery.signals import worker_init, worker_process_init, worker_shutting_down
from django.db import InterfaceError, OperationalError, close_old_connections

from matchmaking.jobs import limits, orphans, runner, shutdown
from matchmaking.jobs.beat import Beat

logger = logging.getLogger(__name__)

worker_shutting_down.connect(shutdown.request, weak=False)
worker_init.connect(orphans.remember, weak=False)
worker_process_init.connect(orphans.end_with_worker, weak=False)
current_app.steps["consumer"].add(Beat)


@shared_task(bind=True, name="run_job", ignore_result=True)
def run_job(self: Task, job_id: int) -> None:
    """Run a job if it is still to be had. The message may come twice or late: it is a hint, never the truth."""
    close_old_connections()
    in_worker = not self.request.called_directly
    try:
        if in_worker:
            limits.arm()
        runner.run(job_id, worker=self.request.hostname or "" if in_worker else "")
    except (OperationalError, InterfaceError) as error:
        # The database is away. The row keeps the work: the dispatcher publishes it again.
        logger.warning("job %s: no database (%s)", job_id, str(error).strip().splitlines()[0])
    finally:
        limits.disarm()
        close_old_connections()
