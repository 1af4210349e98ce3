"""Valid documents that clients sent with their hash, to be named by it afterwards.

They are kept in the process and in Valkey, which the processes share and which outlives them. Each
holds 10,000, the last used; the process no more than 16 MiB of text.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from redis.asyncio import Redis

from boucle.edge.shared import Away, Shared, run_script

KEPT = 10_000
KEPT_CHARACTERS = 16 * 1024 * 1024
NEW_IN_AN_HOUR = 200
HOUR = 3_600
PREFIX = "boucle:documents:"
_TOLD_SECONDS = 60.0

# Keys: the document, the index by last use, the caller's count. Arguments: hash, text, most
# documents, most new ones of a caller, seconds of its count, the documents' prefix. Answers 1 if
# the document is there now.
KEEP = """
local now = redis.call('TIME')
local used = now[1] .. string.format('%06d', now[2])
if redis.call('EXISTS', KEYS[1]) == 0 then
  local count = redis.call('INCR', KEYS[3])
  if count == 1 then redis.call('EXPIRE', KEYS[3], ARGV[5]) end
  if count > tonumber(ARGV[4]) then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
end
redis.call('ZADD', KEYS[2], used, ARGV[1])
local many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if many > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], many)
  for i = 1, #gone, 2 do redis.call('DEL', ARGV[6] .. gone[i]) end
end
return 1
"""

# Keys: the document, the index. Argument: hash. Answers the text; it counts as used now.
FIND = """
local text = redis.call('GET', KEYS[1])
if text then
  local now = redis.call('TIME')
  local used = now[1] .. string.format('%06d', now[2])
  redis.call('ZADD', KEYS[2], used, ARGV[1])
end
return text
"""


class KeptDocuments:
    """Documents by their hash. Without Valkey the process's own are all there is."""

    def __init__(
        self,
        shared: Shared,
        *,
        most: int = KEPT,
        most_new: int = NEW_IN_AN_HOUR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared, self._most, self._most_new, self._clock = shared, most, most_new, clock
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._told: dict[str, float] = {}
        self._new: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._characters = 0

    async def text(self, name: str) -> str | None:
        """The document of a hash. A use is told to Valkey once a minute."""
        if (known := self._texts.get(name)) is not None:
            self._texts.move_to_end(name)
            if self._clock() - self._told[name] < _TOLD_SECONDS:
                return known
            self._told[name] = self._clock()
        found = await self._found(name)
        if known is None and found is not None:
            self._remember(name, found)
        return known or found

    async def keep(self, name: str, text: str, who: str) -> bool:
        """Keep a valid document; False for one too many of this caller's new ones."""

        async def ask(client: Redis) -> bool:
            keys = [PREFIX + name, PREFIX + "used", f"{PREFIX}new:{who}"]
            arguments: list[str | int] = [name, text, self._most, self._most_new, HOUR, PREFIX]
            return bool(await run_script(client, KEEP, keys, arguments))

        try:
            kept = await self._shared.call(ask)
        except Away:
            kept = name in self._texts or self._counted(who)
        if kept:
            self._remember(name, text)
        return kept

    async def _found(self, name: str) -> str | None:
        """What Valkey has, if it is what the hash says."""

        async def ask(client: Redis) -> bytes | None:
            found: bytes | None = await run_script(
                client, FIND, [PREFIX + name, PREFIX + "used"], [name]
            )
            return found

        try:
            raw = await self._shared.call(ask)
        except Away:
            return None
        if raw is None or hashlib.sha256(raw).hexdigest() != name:
            return None
        return raw.decode()

    def _remember(self, name: str, text: str) -> None:
        self._characters += len(text) - len(self._texts.pop(name, ""))
        self._texts[name], self._told[name] = text, self._clock()
        while len(self._texts) > self._most or self._characters > KEPT_CHARACTERS:
            gone, old = self._texts.popitem(last=False)
            del self._told[gone]
            self._characters -= len(old)

    def _counted(self, who: str) -> bool:
        """One more new document of a caller, counted here while Valkey is away."""
        now = self._clock()
        since, count = self._new.pop(who, (now, 0))
        if now - since >= HOUR:
            since, count = now, 0
        self._new[who] = (since, count + 1)
        if len(self._new) > self._most:
            self._new.popitem(last=False)
        return count < self._most_new
