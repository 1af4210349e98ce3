"""The answers that one process keeps, and what it has heard about them."""

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from models.announce import EVERYTHING

ENTRY_BYTES = 700  # of Python's objects around an answer
LARGEST_SHARE = 8
HISTORY = 4_096


@dataclass(frozen=True, slots=True)
class Cached:
    """The bytes of an answer's `data`, and where they came from.

    Shapes: `hit` is `process`, `redis`, `joined` (another request's execution) or `miss`. `rest` is
    what the execution returned beside the body. Units: `made_at` and `expires` are of the monotonic
    clock; an answer that is not kept has expired when it is made.
    """

    body: bytes
    etag: str
    made_at: float
    expires: float
    hit: str
    rest: Any = None

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self.made_at


def etag_of(body: bytes) -> str:
    """A strong validator of these bytes. Source: RFC 9110, 8.8.3."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


@dataclass(frozen=True, slots=True)
class _Entry:
    cached: Cached
    tags: Set[str]
    size: int


@dataclass(slots=True)
class Answers:
    """Answers by key, the least used forgotten first, together at most `most_bytes`."""

    most_bytes: int
    size: int = 0
    _kept: OrderedDict[bytes, _Entry] = field(default_factory=OrderedDict)
    _by_tag: dict[str, set[bytes]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes) -> Cached | None:
        """The answer of a key; the caller looks at `expires`."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        self._kept.move_to_end(key)
        return entry.cached

    def put(self, key: bytes, cached: Cached, tags: Set[str]) -> None:
        """Keep an answer until one of its tags is dropped, or room is needed."""
        self.forget(key)
        size = ENTRY_BYTES + len(key) + len(cached.body) + sum(100 + len(tag) for tag in tags)
        if size > self.most_bytes // LARGEST_SHARE:
            return
        self._kept[key] = _Entry(cached, tags, size)
        self.size += size
        for tag in tags:
            self._by_tag.setdefault(tag, set()).add(key)
        while self.size > self.most_bytes:
            self.forget(next(iter(self._kept)))

    def forget(self, key: bytes) -> None:
        """Drop one answer, if it is there."""
        entry = self._kept.pop(key, None)
        if entry is None:
            return
        self.size -= entry.size
        for tag in entry.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]

    def drop(self, tag: str) -> int:
        """Drop every answer that depends on a tag; return how many."""
        if tag == EVERYTHING:
            return self.clear()
        keys = list(self._by_tag.get(tag, ()))
        for key in keys:
            self.forget(key)
        return len(keys)

    def clear(self) -> int:
        """Drop everything; return how many answers that were."""
        count = len(self._kept)
        self._kept.clear()
        self._by_tag.clear()
        self.size = 0
        return count


class History:
    """The last events, to tell whether one of them made an answer old while it was made."""

    def __init__(self) -> None:
        self.heard = 0
        self._floor = 0
        self._events: deque[tuple[int, str]] = deque()

    def note(self, stamp: int, topic: str) -> None:
        """An event of the bus."""
        self.heard = stamp
        self._events.append((stamp, topic))
        if len(self._events) > HISTORY:
            self._floor = self._events.popleft()[0]

    def pulse(self, stamp: int) -> None:
        """All events before this stamp have been heard."""
        self.heard = stamp

    def lost(self) -> None:
        """Events may be missed from now on: nothing is known of what began before."""
        self._floor = self.heard + 1
        self._events.clear()

    def touched(
        self, tags: Set[str], since: int, until: int | None = None, *, sure: bool = True
    ) -> bool:
        """Whether an event on these tags came after `since`, and not after `until`.

        Shapes: of no tags nothing is known, so any event counts; where events were missed or are
        forgotten it is so if the caller must be `sure`.
        """
        if sure and since < self._floor:
            return True
        for stamp, topic in reversed(self._events):
            if stamp <= since:
                return False
            if (until is None or stamp <= until) and (not tags or topic in tags):
                return True
        return False
