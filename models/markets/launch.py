"""What a market has beside its row: pauses, the share that may buy, who agreed to its opening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.markets import MarketStage, PauseScope
from domain.markets.opening import OpeningState
from domain.markets.pauses import Pause, Standing
from models.base import fetch, fetchrow, fetchval
from models.kept import Kept
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


async def _read() -> Mapping[str, Standing]:
    rows = await fetch(SQL["standings"])
    return {row["market"]: _standing(row) for row in rows}


HALF_A_SECOND = 0.5  # a pause is in force within a second where no announcement is heard
_STANDINGS = Kept(_read, most=HALF_A_SECOND)


def _standing(row: asyncpg.Record) -> Standing:
    pauses = zip(row["scopes"], row["categories"], row["since"], strict=True)
    return Standing(
        percent=row["percent"],
        pauses=tuple(Pause(PauseScope(s), c or None, at) for s, c, at in pauses),
        stopped=frozenset(row["stopped"]),
    )


async def standing(market: str) -> Standing:
    """How a market stands, at most half a second ago where this process serves.

    An announcement of the market is heard before that: docs/decisions/0066.
    """
    return (await _STANDINGS.get()).get(market, Standing())


async def standing_now(market: str) -> Standing:
    """How a market stands in the current transaction; one statement, nothing kept."""
    row = await fetchrow(SQL["standing"], market)
    return _standing(row) if row else Standing()


async def is_category(code: str) -> bool:
    """Whether the catalogue has such a category."""
    return bool(await fetchval("SELECT EXISTS (SELECT FROM category WHERE code = $1)", code))


async def pause(
    raw: asyncpg.Connection,
    market: str,
    scope: PauseScope,
    category: str | None,
    reason: str,
    by: UUID,
) -> bool:
    """Stop something, with a job's rights; False where it was stopped already."""
    made = await raw.fetchval(SQL["pause"], market, scope.value, category or "", reason, by)
    return bool(made)


async def resume(
    raw: asyncpg.Connection, market: str, scope: PauseScope, category: str | None
) -> bool:
    """Let it go on, with a job's rights; False where nothing was stopped."""
    return bool(await raw.fetchval(SQL["resume"], market, scope.value, category or ""))


async def move(raw: asyncpg.Connection, market: str, to: MarketStage, percent: int) -> None:
    """Set how far a market is open, with a job's rights."""
    await raw.execute(SQL["move"], market, to.value, percent)


async def hold(raw: asyncpg.Connection, market: str) -> MarketStage | None:
    """The stage of a market, which nobody else changes until the transaction ends."""
    found = await raw.fetchval("SELECT stage FROM market WHERE code = $1 FOR UPDATE", market)
    return MarketStage(found) if found else None


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody of staff asked for, and what became of it."""

    id: UUID
    market: str
    stage: MarketStage
    percent: int
    state: OpeningState
    requested_by: UUID
    requested_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Opening":
        """The row as read."""
        found = {name: row[name] for name in cls.__slots__}
        return cls(
            **found | {"stage": MarketStage(row["stage"]), "state": OpeningState(row["state"])}
        )

    def state_at(self, now: datetime) -> OpeningState:
        """Where it stands: one that nobody decided or used in time has expired."""
        waits = self.state in {OpeningState.OPEN, OpeningState.APPROVED}
        return OpeningState.EXPIRED if waits and self.expires_at <= now else self.state


async def waiting(raw: asyncpg.Connection, market: str) -> Opening | None:
    """The request for a market that is asked or agreed to, locked."""
    row = await raw.fetchrow(SQL["waiting"], market)
    return Opening.of(row) if row else None


async def ask(
    raw: asyncpg.Connection,
    market: str,
    stage: MarketStage,
    percent: int,
    by: UUID,
    until: datetime,
) -> UUID:
    """Write a request; its id."""
    made: UUID = await raw.fetchval(SQL["ask"], market, stage.value, percent, by, until)
    return made


async def decide(
    raw: asyncpg.Connection,
    opening_id: UUID,
    to: OpeningState,
    at: datetime,
    *,
    by: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Note what became of a request."""
    await raw.execute(SQL["decide"], opening_id, to.value, at, by, reason)


async def opening(raw: asyncpg.Connection, opening_id: UUID) -> Opening | None:
    """A request, locked."""
    row = await raw.fetchrow(SQL["opening"], opening_id)
    return Opening.of(row) if row else None


async def openings(raw: asyncpg.Connection, market: str, limit: int) -> Sequence[Opening]:
    """The last requests for a market, newest first."""
    return [Opening.of(row) for row in await raw.fetch(SQL["openings"], market, limit)]
