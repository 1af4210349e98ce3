"""What an impact figure costs: 1,000 listings that differ, a report of 1,000 lines, a fleet.

Held against the same draws written as plain loops over floats, one listing at a time.
"""

import math
import random
import time
from decimal import Decimal
from statistics import NormalDist

from bench.figures import AT_LEAST, AT_MOST, EXACTLY, Figure, information
from bench.world import World
from domain.impact import InputFault, Inputs
from domain.impact.draws import DRAWS, SEED, drawn, summed, vectors
from domain.impact.engine import assess
from domain.impact.fleets import FleetOutcome, FleetUnit, fleet_statement
from domain.impact.register import postings, value
from models.impact import factor_set

LISTINGS, FLEET, PLAIN = 1_000, 50_000, 5
CATEGORIES = ("smartphone", "tablet", "laptop", "desktop")


def listings() -> list[Inputs]:
    """Devices of which no two are alike."""
    return [
        Inputs(CATEGORIES[n % 4], first_life=Decimal(n // 4 + 1) / 100) for n in range(LISTINGS)
    ]


def plain(inputs: Inputs) -> float:
    """The median of net of a phone or computer, as one would write it down."""
    lines = random.Random(SEED)
    life, normal = float(inputs.first_life or 3), NormalDist()
    found = []
    for _ in range(DRAWS):
        u = [max(lines.random(), 2.0**-53) for _ in range(8)]
        new = 79.516 * math.exp(normal.inv_cdf(u[0]) * math.log(1.3) / 1.645)
        spent = 7.09 * math.exp(normal.inv_cdf(u[1]) * math.log(2) / 1.645)
        first = _tri(u[2], 2, 3, 4)
        second = _tri(u[3], 1, 2, 3)
        gross = second * new / first - spent - max(0.0, 1 - life / 3) * new
        found.append(gross - _tri(u[4], 0.27, 0.29, 0.46) * max(0.0, gross))
    found.sort()
    return found[math.ceil(0.5 * DRAWS) - 1]


def _tri(u: float, low: float, mode: float, high: float) -> float:
    cut = (mode - low) / (high - low)
    if u < cut:
        return low + math.sqrt((high - low) * (mode - low) * u)
    return high - math.sqrt((high - low) * (high - mode) * (1 - u))


def report(of: list[Inputs]) -> tuple[float, Decimal]:
    """Seconds of a purchase report: every line as it is stored, the sum, its range and status.

    Also by how much the sum differs from that of its lines.
    """
    factors = factor_set("be-v2")
    drawn.cache_clear()
    vectors.cache_clear()
    start = time.perf_counter()
    values = [value(inputs, factors) for inputs in of]
    lines = postings(each.net for each in values if each.net is not None)
    units = [FleetUnit(FleetOutcome.RESOLD, inputs) for inputs in of]
    found = fleet_statement(units, factors, summed)
    took = time.perf_counter() - start
    if isinstance(found, InputFault) or len(lines) != len(of):
        raise RuntimeError(f"the report has {len(lines)} lines")
    return took, found.net - sum(lines, Decimal(0))


async def measure(world: World) -> list[Figure]:
    """Seconds of 1,000 listings, how often the plain way fits into one of ours, then sums."""
    del world
    factors = factor_set("be-v2")
    assess(Inputs("smartphone"), factors, drawn)  # the uniforms are drawn once in a process
    drawn.cache_clear()
    vectors.cache_clear()
    of = listings()
    start = time.perf_counter()
    for inputs in of:
        assess(inputs, factors, drawn)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    for inputs in of[:PLAIN]:
        plain(inputs)
    loops = (time.perf_counter() - start) / PLAIN
    units = [FleetUnit(FleetOutcome.RESOLD, of[n % LISTINGS]) for n in range(FLEET)]
    start = time.perf_counter()
    fleet_statement(units, factors, summed)
    fleet = time.perf_counter() - start
    took, whole = report(of)
    start = time.perf_counter()
    for inputs in of[:PLAIN]:
        plain(inputs)
    by_hand = (time.perf_counter() - start) / PLAIN * len(of)
    return [
        Figure("impact_1000_seconds", round(ours, 3), AT_MOST, 1.0),
        Figure("impact_ratio", round(loops / (ours / LISTINGS), 1), AT_LEAST, 20),
        Figure("impact_report_ratio", round(by_hand / took, 1), AT_LEAST, 20),
        information("impact_report_1000_seconds", took),
        Figure("impact_report_difference", float(whole), EXACTLY, 0),
        information("impact_fleet_50000_seconds", fleet),
    ]
