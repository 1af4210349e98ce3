"""A generator of load: a process of its own that sends prepared requests over kept connections.

    python -m bench.web.load <plan.json

In a closed loop each connection sends its next request when it has the answer of the last one:
that measures throughput. In an open loop the moments of the requests are drawn beforehand
(a Poisson process of the given rate); a request that finds no free connection waits, and its
latency counts from the moment at which it was due. So no delay of the server is left out.
Source: G. Tene, "How NOT to Measure Latency" (coordinated omission).
"""

import asyncio
import json
import random
import sys
import time
from array import array
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count

import uvloop

GRACE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send and how. `rate`: requests a second of an open loop; 0 for a closed one.

    `keep` tells how long each answer took.
    """

    port: int
    path: str
    bodies: list[str]
    connections: int
    seconds: float
    rate: float = 0.0
    seed: int = 1
    keep: bool = False


@dataclass(slots=True)
class Told:
    """What came of it. Units: seconds; `busy` is the part of the time this process computed."""

    answers: int
    failures: int
    seconds: float
    busy: float
    p50: float
    p99: float
    first_failure: str = ""
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


@dataclass(slots=True)
class Run:
    """The state of a run: what is due, and how long each answer took."""

    requests: list[bytes]
    ends: float
    took: "array[float]" = field(default_factory=lambda: array("d"))
    numbers: "count[int]" = field(default_factory=count)
    due: deque[float] = field(default_factory=deque)
    idle: list["Client"] = field(default_factory=list)
    open_loop: bool = False
    expected: int = 0
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    first_failure: str = ""

    def next_request(self) -> bytes:
        """The prepared requests, one after the other."""
        return self.requests[next(self.numbers) % len(self.requests)]


class Client(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.free()

    def free(self) -> None:
        """Send what is due; in an open loop with nothing due, wait for it."""
        run = self._run
        if not run.open_loop:
            self.send(time.perf_counter())
        elif run.due:
            self.send(run.due.popleft())
        else:
            run.idle.append(self)

    def send(self, began: float) -> None:
        """Send the next request; `began` is when it was due."""
        self._began = began
        if self._transport is not None:
            self._transport.write(self._run.next_request())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.index(b"content-length:") + 15
        line_end = head.find(b"\r\n", at)
        length = int(head[at : line_end if line_end > 0 else len(head)])
        if len(self._buffer) < end + 4 + length:
            return
        self._answered(head, end + 4)

    def _answered(self, head: bytes, body_at: int) -> None:
        run, now = self._run, time.perf_counter()
        if b" 200 " not in head[:16] or self._buffer.find(b'"errors":', body_at) >= 0:
            run.failures += 1
            run.first_failure = run.first_failure or self._buffer[:600].decode("utf-8", "replace")
        run.took.append(now - self._began)
        if len(run.took) == run.expected:
            run.complete.set()
        self._buffer.clear()
        if now < run.ends or run.due:
            self.free()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < self._run.ends:
            self._run.failures += 1
            self._run.first_failure = self._run.first_failure or f"connection lost: {exc}"


def _request(plan: Plan, body: str) -> bytes:
    content = body.encode()
    head = (
        f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def generate(plan: Plan) -> Told:
    """Carry out a plan."""
    requests = [_request(plan, body) for body in plan.bodies]
    random.Random(plan.seed).shuffle(requests)
    loop = asyncio.get_running_loop()
    began, used = time.perf_counter(), time.process_time()
    run = Run(requests, began + plan.seconds, open_loop=plan.rate > 0)
    for _ in range(plan.connections):
        await loop.create_connection(lambda: Client(run), "127.0.0.1", plan.port)
    if plan.rate:
        await _release(run, plan)
    else:
        await asyncio.sleep(run.ends - time.perf_counter())
    seconds = time.perf_counter() - began
    ordered = sorted(run.took)
    return Told(
        answers=len(ordered),
        failures=run.failures,
        seconds=seconds,
        busy=(time.process_time() - used) / seconds,
        p50=at(ordered, 0.5),
        p99=at(ordered, 0.99),
        first_failure=run.first_failure,
        took=ordered if plan.keep else [],
    )


async def _release(run: Run, plan: Plan) -> None:
    """Let requests become due at their moments, then wait for the last answers."""
    chance = random.Random(plan.seed)
    moment, sent = time.perf_counter(), 0
    while True:
        moment += chance.expovariate(plan.rate)
        if moment >= run.ends:
            break
        if (pause := moment - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        sent += 1
        if run.idle:
            run.idle.pop().send(moment)
        else:
            run.due.append(moment)
    run.expected = sent
    if len(run.took) < sent:
        with suppress(TimeoutError):
            await asyncio.wait_for(run.complete.wait(), GRACE_SECONDS)
    run.failures += sent - len(run.took)


def at(ordered: list[float], share: float) -> float:
    """The value below which this share of the others lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def main() -> None:
    """Read a plan from the standard input, write what came of it to the standard output."""
    told = uvloop.run(generate(Plan(**json.load(sys.stdin))))
    print(json.dumps(asdict(told)))


if __name__ == "__main__":
    main()
