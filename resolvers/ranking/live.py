"""What becomes of a merchant's offers, followed live."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.topics import Topic as EventTopic
from models.offers import news
from models.offers.news import Change
from resolvers.context import Context
from resolvers.markets import open_market
from resolvers.offers.following import LOOK_AGAIN, State, Topic, follow, told_last
from resolvers.ranking.standing import READ

MOST: Final = 100
SETTLED: Final = timedelta(minutes=2)
"""After this no transaction is open any more that wrote an event."""
SOON: Final = timedelta(milliseconds=10)
_COUNTED: Final = 16**4


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes that were not told before, the oldest first; `more` follow at once."""

    changes: list[Change]
    more: bool
    as_of: datetime


@dataclass(slots=True)
class _Told:
    """What one follower was told: everything up to `floor`, and `beyond` it these."""

    floor: int
    times: int
    beyond: dict[int, datetime] = field(default_factory=dict)
    more: bool = False

    @classmethod
    def of_mark(cls, mark: str) -> "_Told":
        return cls(int(mark, 16) // _COUNTED, int(mark, 16) % _COUNTED)

    @property
    def mark(self) -> str:
        """Another text for each telling; who comes back with it is told all after `floor`."""
        return f"{self.floor * _COUNTED + self.times:016x}"

    def take(self, rows: list[Change], now: datetime) -> list[Change]:
        """Those of these rows that are new. A late transaction may have a smaller number."""
        new = [row for row in rows if row.n not in self.beyond]
        self.more, new = len(new) > MOST, new[:MOST]
        self.beyond |= {row.n: row.at for row in new}
        if not self.more:
            settled = [n for n, at in self.beyond.items() if at < now - SETTLED]
            self.floor = max(settled, default=self.floor)
            self.beyond = {n: at for n, at in self.beyond.items() if n > self.floor}
        self.times = (self.times + bool(new)) % _COUNTED
        return new


async def competition_changes(ctx: Context, market: str | None) -> AsyncGenerator[Changes]:
    """Nothing at first, then what became of the caller's offers, in one market or in all.

    Who comes back is told what it missed; what was told in the last two minutes may come again.
    Raises: SignInFirst, Forbidden; BadInput for a market that is not open; Unavailable.
    """
    code = None if market is None else (await open_market(market)).code
    merchant_id = ctx.merchant_id(READ, code)
    known = told_last(ctx.after)
    told = None if known is None else _Told.of_mark(known)

    async def read(now: Context) -> State[Changes]:
        nonlocal told
        now.merchant_id(READ, code)
        async with now.private():
            await news.listen(merchant_id, [EventTopic.OFFER_COMPETITION_CHANGED])
            if told is None:
                told = _Told(await news.newest(merchant_id), 0)
            most = MOST + 1 + len(told.beyond)
            rows = await news.changes(merchant_id, code, told.floor, most)
        new = told.take(rows, now.now)
        return State(Changes(new, told.more, now.now), told.mark)

    def next_look(now: datetime) -> datetime:
        return now + (SOON if told is not None and told.more else LOOK_AGAIN)

    return await follow(ctx, [Topic(news.topic_of(merchant_id))], read, next_look)
