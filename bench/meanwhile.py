"""What buyers notice while a merchant's 1,000,000 lines are imported: the p95 of product pages.

An open loop of requests, before the feed and during all of it. Server, database, feed and generator
share the machine.
"""

import subprocess
import sys
from pathlib import Path

from bench import catalogue
from bench.figures import AT_MOST, Figure, information, ratio
from bench.web import asks
from bench.web.load import Plan, at
from bench.web.measure import WARM_SECONDS, carry_out, closed, path
from bench.web.shop import Shops
from bench.web.sides import OURS, Side, running
from bench.world import World, opened

PRODUCTS, OFFERS = 10_000, 100_000
LINES = 1_000_000
PER_SECOND = 40
CONNECTIONS = 16
ROUND_SECONDS = 5.0
IDLE_ROUNDS = 4
CHILD = [sys.executable, "-m", "bench.child"]
ROOT = Path(__file__).parent.parent


async def measure(world: World) -> list[Figure]:
    """p95 of product pages during a first import of 1,000,000 lines / the same when idle."""
    url = await Shops(world).of(PRODUCTS, OFFERS)
    bodies = (await asks.bodies(url))["detail"]
    async with opened(url):
        feed = await catalogue.merchant(901)
    file = world.folder / "meanwhile.csv"
    catalogue.write(file, catalogue.lines(901, LINES, world.gtins))
    with running(OURS, url) as side:
        closed(side, bodies, WARM_SECONDS * 4, seed=0)
        idle = [took for turn in range(IDLE_ROUNDS) for took in _round(side, bodies, turn)]
        busy = _during([*CHILD, url, str(feed.id), str(file)], side, bodies)
    before, during = at(sorted(idle), 0.95), at(sorted(busy), 0.95)
    return [
        Figure("meanwhile_p95_ratio", ratio(during, before), AT_MOST, 3),
        information("meanwhile_idle_p95_ms", before * 1_000),
        information("meanwhile_busy_p95_ms", during * 1_000),
        information("meanwhile_requests", len(busy)),
    ]


def _during(command: list[str], side: Side, bodies: list[str]) -> list[float]:
    """How long each answer took while another process works. Raises: RunFailed if that fails."""
    busy: list[float] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as working:
        while working.poll() is None:
            busy += _round(side, bodies, len(busy))
    if working.returncode:
        raise catalogue.RunFailed(f"the import ended with {working.returncode}")
    return busy


def _round(side: Side, bodies: list[str], seed: int) -> list[float]:
    plan = Plan(
        side.port, path(side), bodies, CONNECTIONS, ROUND_SECONDS, PER_SECOND, seed, keep=True
    )
    return carry_out(plan).took
