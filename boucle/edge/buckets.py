"""Buckets of points: in Valkey for all processes, in memory for one.

A bucket is full at first, is emptied by what is taken, and fills again at a steady rate.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.asyncio import Redis

from boucle.edge.shared import Shared, run_script

KEPT_CALLERS = 10_000
PREFIX = "boucle:points:"

# Each key has four arguments: limit, rate a second, points, and 1 where they are given back. The
# clock is the server's, so processes need not agree on the time. A bucket that would be full
# again is forgotten. Answers: for each key 1 or 0, and what is left as text.
SCRIPT = """
local now = redis.call('TIME')
local seconds = tonumber(now[1]) + tonumber(now[2]) / 1e6
local answer = {}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 4
  local limit, rate = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local points, back = tonumber(ARGV[at + 3]), ARGV[at + 4] == '1'
  local level, known = limit, redis.call('GET', key)
  if known then
    local left, since = string.match(known, '(%S+) (%S+)')
    level = math.min(limit, tonumber(left) + math.max(0, seconds - tonumber(since)) * rate)
  end
  local allowed = back or points <= level
  if allowed then
    if back then level = math.min(limit, level + points) else level = level - points end
    if known or not back then
      local life = math.max(1, math.ceil((limit - level) / rate * 1000))
      redis.call('SET', key, string.format('%.4f %.6f', level, seconds), 'PX', life)
    end
  end
  answer[2 * i - 1] = allowed and 1 or 0
  answer[2 * i] = string.format('%.4f', level)
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket's size in points, and the points that come back each second."""

    limit: float
    per_second: float

    @property
    def window_seconds(self) -> int:
        """How long an empty bucket takes to be full."""
        return math.ceil(self.limit / self.per_second)


@dataclass(frozen=True, slots=True)
class Draw:
    """Points that a caller takes from its bucket, or gives back."""

    who: str
    rate: Rate
    points: float
    back: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """Whether the points were there, and what is left."""

    allowed: bool
    level: float


class SharedBuckets:
    """Buckets in Valkey: any number of draws in one call."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def draw(self, draws: list[Draw]) -> list[Drawn]:
        """Make these draws in turn, as one step. Raises: Away."""
        keys = [PREFIX + each.who for each in draws]
        arguments: list[str] = []
        for each in draws:
            arguments += (
                repr(float(each.rate.limit)),
                repr(float(each.rate.per_second)),
                repr(float(each.points)),
                "1" if each.back else "0",
            )

        async def ask(client: Redis) -> list[bytes | int]:
            found: list[bytes | int] = await run_script(client, SCRIPT, keys, arguments)
            return found

        flat = await self._shared.call(ask)
        return [
            Drawn(bool(allowed), float(level))
            for allowed, level in zip(flat[::2], flat[1::2], strict=True)
        ]


@dataclass(slots=True)
class LocalBuckets:
    """Buckets of one process, for while Valkey is away; those used last are kept."""

    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def draw(self, each: Draw) -> Drawn:
        """Make one draw."""
        now, limit = self.clock(), each.rate.limit
        known = self._levels.get(each.who)
        if known is None and each.back:
            return Drawn(True, limit)
        left, since = known or (limit, now)
        level = min(limit, left + (now - since) * each.rate.per_second)
        allowed = each.back or each.points <= level
        if allowed:
            level = min(limit, level + each.points) if each.back else level - each.points
        self._levels[each.who] = (level, now)
        self._levels.move_to_end(each.who)
        if len(self._levels) > KEPT_CALLERS:
            self._levels.popitem(last=False)
        return Drawn(allowed, level)
