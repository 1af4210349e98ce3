"""What a merchant has of duties: facts, a decision with its appeal, reports of it; as rows."""

from datetime import date, timedelta
from uuid import UUID

from models.base import execute
from models.merchants import Merchant
from tests.factories import NOW, some_id
from tests.orders import insert


async def rows(owner: Merchant, offer_id: UUID | None = None) -> UUID:
    """One row of each; the decision."""
    of = {"merchant_id": owner.id}
    await insert("trader_fact", **of, field="NAME", value=owner.name, state="GIVEN", given_at=NOW)
    due = NOW + timedelta(days=30)
    await insert("trader_deadline", **of, asked_at=NOW, due_at=due, version=1)
    report = await insert(
        "period_report", id=some_id(), kind="MARGIN", scope=owner.slug, period="2026-01", **of,
        starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 31), state="READY", lines=1, held=0,
        totals={}, asked={}, faults=[], requested_by=some_id(), requested_at=NOW, ready_at=NOW,
    )  # fmt: skip
    await insert("period_report_line", **of, report_id=report, n=1, facts={}, faults=[])
    await reductions(owner, 1)
    return await decision(owner, offer_id)


async def decision(owner: Merchant, offer_id: UUID | None = None) -> UUID:
    """A decision that was told to the merchant and that it appealed."""
    of = {"merchant_id": owner.id}
    made: UUID = await insert(
        "decision", id=some_id(), **of, type="WARNING", state="IN_FORCE", statement=STATEMENT,
        offers=[], markets=["FR"], issued_by=some_id(), effective_at=NOW, delivered_at=NOW,
        in_force_at=NOW, appeal_until=NOW + timedelta(days=180), version=1, created_at=NOW,
    )  # fmt: skip
    await insert("decision_appeal", decision_id=made, **of, state="FILED", text="No.",
                 filed_at=NOW, answer_by=NOW + timedelta(days=20))  # fmt: skip
    place = {"offer_id": offer_id or some_id(), "market": "FR"}
    await insert("offer_removal", **place, decision_id=made, **of)
    return made


async def reductions(owner: Merchant, count: int) -> None:
    """So many reductions of the merchant that were announced and are over."""
    await execute(
        "INSERT INTO price_reduction (offer_id, market, merchant_id, price_minor, prior_minor, "
        "percent, currency, window_from, starts_at, rule_id, verified, ended_at, ended_because) "
        "SELECT $1, 'FR', $1, 90, 100, 10, 'EUR', now() - interval '31 days', "
        "now() - interval '1 day', 'r', true, now(), 'TAKEN_BACK' FROM generate_series(1, $2)",
        owner.id,
        count,
    )


async def many(owner: Merchant, count: int) -> None:
    """So many reductions, decisions and reports, one of these with as many lines."""
    await reductions(owner, count)
    for _ in range(count):
        await decision(owner)
    await rows(owner)
    await execute(
        "INSERT INTO period_report (kind, scope, period, merchant_id, starts_on, ends_on, state, "
        "requested_by, requested_at, ready_at) SELECT kind, scope, period, merchant_id, starts_on, "
        "ends_on, state, requested_by, requested_at, ready_at FROM period_report, "
        "generate_series(1, $1)",
        count,
    )
    await execute(
        "INSERT INTO period_report_line (report_id, n, merchant_id, facts) SELECT report_id, "
        "n + s, merchant_id, facts FROM period_report_line, generate_series(1, $1) s",
        count,
    )


STATEMENT = {
    "decision": None, "objects": [{"type": "Merchant", "id": "m"}], "territory": ["FR"],
    "duration": {"indefinite": True}, "facts": "f", "triggeredBy": "NOTICE",
    "automatedDetection": False, "automatedDecision": False, "ground": "TERMS", "groundRef": "1",
    "explanation": "e", "redress": {"internalComplaint": "appealDecision", "outOfCourtBody": "o",
    "court": "c"}, "rule": {"id": "r", "version": "1"}, "measured": [], "evidence": ["e"],
    "howToRemedy": "h", "language": "en", "noticeExemption": None,
}  # fmt: skip
