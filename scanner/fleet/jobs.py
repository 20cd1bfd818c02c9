"""What the centre does by itself: opens rounds that fall due, frees the jobs of dead sensors, takes finished rounds in.

Tasks of Procrastinate in the queue "centre". Any number of `serve-jobs` may run: a lock a site makes ingestion one at a
time, and everything may be done twice without being there twice.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from scanner.fleet.centre import HEARTBEAT_S, INGEST, QUEUE, Centre
from scanner.fleet.database import dsn, quiet

if TYPE_CHECKING:
    import procrastinate

TICK = "tick"
KEPT = timedelta(days=90)
"""How long the book of closed rounds is kept; the runs themselves are the store's."""

Ingest = Callable[[UUID], str]
"""Takes a round into the store; returns a sentence."""
Say = Callable[[str], None]


def application(centre: Centre, ingest: Ingest, say: Say) -> "procrastinate.App":
    """Return the centre's application: tasks, their retries, and the minute's tick."""
    import procrastinate

    quiet()
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=dsn(centre.url), min_size=1, max_size=4)
    )
    patient = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4)

    @app.task(name=INGEST, queue=QUEUE, retry=patient)
    def take_in(round: str) -> None:  # noqa: A002 - the name of the job's argument
        say(ingest(UUID(round)))

    @app.periodic(cron="* * * * *")
    @app.task(name=TICK, queue=QUEUE, queueing_lock=TICK)
    async def tick(timestamp: int) -> None:
        await free_jobs_of_the_dead(app, say)
        now = max(datetime.now(UTC), datetime.fromtimestamp(timestamp, UTC))
        for round_name in centre.ask_due(now):
            say(f"asked for: {_told(centre, round_name)}")
        for round_name in centre.overdue():
            say(f"waited long enough for: {_told(centre, round_name)}")
        centre.forget(KEPT)

    return app


def _told(centre: Centre, round_name: UUID) -> str:
    site, due, _, _ = centre.round(round_name)
    return f"{site}, round of {due:%Y-%m-%d %H:%M} UTC"


async def free_jobs_of_the_dead(app: "procrastinate.App", say: Say, after_s: float = HEARTBEAT_S) -> int:
    """Give back the jobs of workers that were not heard for a while; returns how many."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=after_s))
    for job in stalled:
        await app.job_manager.retry_job(job)
        say(f"job {job.id} of {job.queue} was left by its worker and is free again")
    return len(stalled)


async def serve(app: "procrastinate.App", *, wait: bool = True) -> None:
    """Work until interrupted; without `wait` until nothing is left to do."""
    async with app.open_async():
        await app.run_worker_async(queues=[QUEUE], name="centre", wait=wait, install_signal_handlers=wait)
