"""What one member asks and another decides, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from domain.accounts.organisations import Amount, ApprovalState, Because
from models.base import execute, fetch, fetchrow, fetchval

_COLUMNS = (
    "id, action, object_type, object_id, amount_minor, currency, because, state, requested_by, "
    "requested_key, expires_at, decided_by, decided_at, reason, version, created_at"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to do: the mutation, its object, and what it is worth."""

    action: str
    object_type: str
    object_id: UUID
    amount: Amount | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A request that somebody else must agree to."""

    id: UUID
    wanted: Wanted
    because: Because
    state: ApprovalState
    requested_by: UUID | None
    requested_key: str | None
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None
    version: int
    created_at: datetime

    def state_at(self, now: datetime) -> ApprovalState:
        """Where it stands: one that nobody decided or used in time has expired."""
        waits = self.state in {ApprovalState.OPEN, ApprovalState.APPROVED}
        return ApprovalState.EXPIRED if waits and self.expires_at <= now else self.state


async def under_way(organisation_id: UUID, wanted: Wanted) -> Approval | None:
    """The approval that is asked or given for this action on this object, locked."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM approval "  # noqa: S608  # names of ours
        "WHERE organisation_id = $1 AND action = $2 AND object_type = $3 AND object_id = $4 "
        "AND state IN ('OPEN', 'APPROVED') FOR UPDATE",
        organisation_id,
        wanted.action,
        wanted.object_type,
        wanted.object_id,
    )
    return None if row is None else _approval(row)


async def ask(
    organisation_id: UUID,
    wanted: Wanted,
    because: Because,
    by: tuple[UUID | None, str | None],
    until: datetime,
) -> UUID:
    """Write a request of a person or a key; return its id."""
    made: UUID = await fetchval(
        "INSERT INTO approval (organisation_id, action, object_type, object_id, amount_minor, "
        "currency, because, requested_by, requested_key, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        organisation_id,
        wanted.action,
        wanted.object_type,
        wanted.object_id,
        wanted.amount and wanted.amount.minor,
        wanted.amount and wanted.amount.currency,
        because.value,
        *by,
        until,
    )
    return made


async def move(
    approval_id: UUID,
    to: ApprovalState,
    at: datetime,
    *,
    by: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Note what became of a request, and who decided it."""
    await execute(
        "UPDATE approval SET state = $2, decided_by = coalesce($3, decided_by), "
        "decided_at = CASE WHEN $2 IN ('APPROVED', 'REJECTED') THEN $4 ELSE decided_at END, "
        "used_at = CASE WHEN $2 = 'USED' THEN $4 END, reason = coalesce($5, reason), "
        "version = version + 1, updated_at = $4 WHERE id = $1",
        approval_id,
        to.value,
        by,
        at,
        reason,
    )


async def one(organisation_id: UUID, approval_id: UUID, *, lock: bool = False) -> Approval | None:
    """An approval of an organisation; None for any other."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM approval "  # noqa: S608  # names of ours
        f"WHERE organisation_id = $1 AND id = $2{' FOR UPDATE' * lock}",
        organisation_id,
        approval_id,
    )
    return None if row is None else _approval(row)


async def listed(
    organisation_id: UUID,
    state: ApprovalState | None,
    now: datetime,
    before: UUID | None,
    limit: int,
) -> Sequence[Approval]:
    """The approvals of an organisation, newest first, in one state or in all."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM (SELECT *, CASE WHEN state IN ('OPEN', 'APPROVED') "  # noqa: S608
        "AND expires_at <= $3 THEN 'EXPIRED' ELSE state END AS present FROM approval "
        "WHERE organisation_id = $1) a WHERE ($2::text IS NULL OR present = $2) "
        "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        organisation_id,
        None if state is None else state.value,
        now,
        before,
        limit,
    )
    return [_approval(row) for row in rows]


def _approval(row: asyncpg.Record) -> Approval:
    minor = row["amount_minor"]
    wanted = Wanted(
        row["action"],
        row["object_type"],
        row["object_id"],
        None if minor is None else Amount(minor, row["currency"]),
    )
    return Approval(
        row["id"],
        wanted,
        Because(row["because"]),
        ApprovalState(row["state"]),
        row["requested_by"],
        row["requested_key"],
        row["expires_at"],
        row["decided_by"],
        row["decided_at"],
        row["reason"],
        row["version"],
        row["created_at"],
    )
