"""Running the jobs that a test's changes asked for, in the test's own transaction."""

import workers.accounts
import workers.offers
import workers.offers.catalogue
import workers.offers.sandbox
import workers.orders.payments
import workers.orders.purchases
import workers.quality
import workers.raas.fleets
import workers.shipments.labels
import workers.trade_in.measuring
import workers.trade_in.orders
import workers.units  # noqa: F401 - the actors register when they are imported
from models import outbox
from models.jobs import Job
from models.outbox import JobState
from workers.lease import run_job


async def work(*wanted: Job) -> list[str]:
    """Run what is due of these jobs, and what they ask for in turn; return their names in order."""
    done: list[str] = []
    while True:
        due = [sent for sent in await outbox.take_due() if Job(sent.job) in wanted]
        if not due:
            return done
        for sent in due:
            assert await run_job(sent.id) is JobState.DONE, sent.job
            done.append(sent.job)
