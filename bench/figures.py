"""What a measurement says: a value, and the bar it is held against, if any."""

import operator
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

AT_LEAST = ">="
AT_MOST = "<="
EXACTLY = "=="
_HOLDS = {AT_LEAST: operator.ge, AT_MOST: operator.le, EXACTLY: operator.eq}

Timed = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. Without a `bar` it is information."""

    name: str
    value: float
    sign: str = ""
    bar: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value keeps its bar; information always does."""
        return self.bar is None or bool(_HOLDS[self.sign](self.value, self.bar))

    def __str__(self) -> str:
        bar = "-" if self.bar is None else f"{self.sign}{self.bar:g}"
        verdict = "-" if self.bar is None else "PASS" if self.holds else "FAIL"
        return f"{self.name} {self.value:g} {bar} {verdict}"


def information(name: str, value: float) -> Figure:
    """A figure that no bar judges, to four digits."""
    return Figure(name, float(f"{value:.4g}"))


async def seconds(work: Timed) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def side_by_side(times: int, *works: Sequence[Timed]) -> list[float]:
    """The median seconds of each kind of work, one run of each in turn, `times` turns.

    Shapes: a kind of work is a sequence of runs, taken in a ring: turn n makes run n.
    """
    took: list[list[float]] = [[] for _ in works]
    for turn in range(times):
        for runs, kept in zip(works, took, strict=True):
            kept.append(await seconds(runs[turn % len(runs)]))
    return [statistics.median(kept) for kept in took]


def ratio(larger: float, smaller: float) -> float:
    """How many times the one is in the other, to two decimals."""
    return round(larger / smaller, 2)
