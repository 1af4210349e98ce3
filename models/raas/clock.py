"""What time does to lots: silence agrees, questions end, statements stand, paid lots close.

Each step takes part in the current transaction, does up to `AT_ONCE`, and may run any number of
times: what it did is not due any more.
Source: docs/fleets.md, "Silence".
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from domain.raas.disputing import DecidedBy
from models.base import as_system
from models.raas import certifying, counting, disposing, disputes, handover, settling
from models.raas.disputes import Verdict

AT_ONCE = 50
_UNANSWERED = "The merchant did not answer in time."


async def end_silence(now: datetime) -> int:
    """Disputes that a merchant left unanswered are decided for the organisation."""
    async with as_system() as raw:
        due = await disputes.due(raw, now, AT_ONCE)
        for dispute_id, lot_id in due:
            lot = await handover.held(raw, lot_id)
            found = await disputes.read(dispute_id)
            if lot is not None and found is not None:
                verdict = Verdict(True, DecidedBy.RULE, _UNANSWERED)
                await disputes.decide(raw, lot, found, verdict, now)
                await disposing.finish(raw, lot_id)
    return len(due)


async def let_counts_stand(now: datetime) -> int:
    """Counts whose time is over stand, where nothing of them is disputed. How many did."""
    done = 0
    async with as_system() as raw:
        for lot_id in await counting.due(raw, now, AT_ONCE):
            done += await counting.reconcile(raw, lot_id, now)
            await disposing.finish(raw, lot_id)
    return done


async def make_statements(now: datetime) -> int:
    """Statements that a merchant did not make within a day of the last device."""
    done = 0
    async with as_system() as raw:
        for lot_id in await settling.due(raw, "processed", now, AT_ONCE):
            lot = await handover.held(raw, lot_id)
            if lot is not None:
                terms = await handover.terms(lot.country, now.date())
                done += await settling.issue(raw, lot, now, terms)
    return done


async def let_statements_stand(now: datetime) -> int:
    """Statements that may not be disputed any more stand; how many."""
    done = 0
    async with as_system() as raw:
        for lot_id in await settling.due(raw, "to_finish", now, AT_ONCE):
            done += await settling.finish(raw, lot_id, now)
    return done


async def close_paid(now: datetime) -> int:
    """Lots whose money is paid end; how many."""
    done = 0
    async with as_system() as raw:
        for lot_id in await settling.due(raw, "to_close", AT_ONCE):
            done += await settling.close(raw, lot_id)
    return done


async def certify_devices(now: datetime) -> int:
    """Certificates of the erasure of devices that left processed lots; how many."""
    async with as_system() as raw:
        return await certifying.certify_devices(raw, now, AT_ONCE)


async def certify(now: datetime) -> int:
    """Certificates of lots that are settled and have none; how many."""
    done = 0
    async with as_system() as raw:
        for row in await raw.fetch(certifying.SQL["due"], AT_ONCE):
            made = await certifying.issue(raw, row["id"], now)
            if made is not None:
                await raw.execute(settling.SQL["certified"], row["id"], made)
                done += 1
    return done


STEPS: tuple[tuple[str, Callable[[datetime], Awaitable[int]]], ...] = (
    ("unanswered", end_silence),
    ("counts", let_counts_stand),
    ("statements", make_statements),
    ("erasures", certify_devices),
    ("certificates", certify),
    ("final", let_statements_stand),
    ("closed", close_paid),
)
