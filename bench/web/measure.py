"""Rounds of load against servers side by side, and whether they answer alike."""

import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.web.load import Plan, Told
from bench.web.sides import ROOT, Side

CONNECTIONS, CROWD = 16, 64
ROUNDS = 3
SECONDS = 2.0
WARM_SECONDS = 0.7
OPEN_SECONDS = 5.0
USE = 0.7
COMPARED = 60
BUSIEST = 0.8
FRESH_WITHIN_SECONDS = 20.0
HIT = re.compile(r'boucle_cache_answers_total\{hit="process"\} [1-9].*')


class Differs(Exception):
    """Two servers do not answer alike, or one of them fails: nothing is measured."""


def carry_out(plan: Plan) -> Told:
    """Run a plan in a generator process. Raises: Differs for an answer that is a failure."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.web.load"], input=json.dumps(asdict(plan)).encode(),
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    told = Told(**json.loads(done.stdout))
    if told.failures:
        raise Differs(f"{told.failures} of {told.answers} failed: {told.first_failure}")
    return told


def closed(side: Side, bodies: list[str], seconds: float, seed: int) -> Told:
    """A closed loop of 16 connections."""
    return carry_out(Plan(side.port, path(side), bodies, CONNECTIONS, seconds, seed=seed))


def path(side: Side) -> str:
    """Where a server answers."""
    return "/graphql/" if side.name.startswith("naive") else "/graphql"


def throughput(
    sides: Sequence[Side], bodies: list[str], *others: list[str], seconds: float = SECONDS
) -> list[float]:
    """The median answers a second of each side, in interleaved rounds.

    Shapes: `bodies` go to the first side and, but for those with `others` of their own, to all.
    """
    asked = [bodies, *others, *[bodies] * (len(sides) - 1 - len(others))]
    for side, own in zip(sides, asked, strict=True):
        closed(side, own, WARM_SECONDS, seed=0)
    found: list[list[float]] = [[] for _ in sides]
    for turn in range(1, ROUNDS + 1):
        for side, own, rates in zip(sides, asked, found, strict=True):
            told = closed(side, own, seconds, seed=turn)
            if told.busy > BUSIEST:
                raise Differs(f"The generator is the bottleneck: busy {told.busy:.0%}.")
            rates.append(told.rate)
    return [statistics.median(rates) for rates in found]


def latency(sides: Sequence[Side], bodies: list[str], rates: Sequence[float]) -> list[float]:
    """The median p99 of each side in seconds: 64 connections, an open loop of 70 % of `rates`."""
    found: list[list[float]] = [[] for _ in sides]
    for turn in range(1, ROUNDS + 1):
        for side, rate, p99s in zip(sides, rates, found, strict=True):
            plan = Plan(side.port, path(side), bodies, CROWD, OPEN_SECONDS, rate * USE, turn)
            p99s.append(carry_out(plan).p99)
    return [statistics.median(p99s) for p99s in found]


def compare(sides: Sequence[Side], bodies: dict[str, list[str]]) -> int:
    """Ask every side the same; return how many answers were equal. Raises: Differs."""
    equal = 0
    for name, asked in bodies.items():
        for body in asked[:COMPARED]:
            first, *others = [ask(side, body) for side in sides]
            for side, other in zip(sides[1:], others, strict=True):
                if other != first:
                    where = difference(first, other)
                    raise Differs(f"{name} of {sides[0].name} and {side.name}: {where}\n{body}")
                equal += 1
    return equal


def ask(side: Side, body: str) -> Any:
    """`data` of an answer. Raises: Differs for one with errors."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{side.port}{path(side)}", body.encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if answer.get("errors") or answer.get("data") is None:
        raise Differs(f"{side.name}: {answer}\n{body}")
    return answer["data"]


def await_fresh(side: Side, body: str) -> None:
    """Wait until a server keeps answers: it must have heard a relay first. Raises: Differs."""
    until = time.monotonic() + FRESH_WITHIN_SECONDS
    while time.monotonic() < until:
        ask(side, body)
        with urllib.request.urlopen(f"http://127.0.0.1:{side.port}/metrics", timeout=30) as told:
            lines = told.read().decode().splitlines()
        if any(HIT.fullmatch(line) for line in lines):
            return
        time.sleep(0.1)
    raise Differs("The server keeps no answers.")


def difference(left: Any, right: Any, at: str = "data") -> str:
    """The first place where two answers differ."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        pairs = [(left[key], right[key], f"{at}.{key}") for key in left]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = [(a, b, f"{at}[{n}]") for n, (a, b) in enumerate(zip(left, right, strict=True))]
    else:
        return f"{at}: {json.dumps(left)[:300]} and {json.dumps(right)[:300]}"
    return next(difference(a, b, place) for a, b, place in pairs if a != b)
