"""The long run of the proof: `make proof COUNT=20000 SEED=1`."""

import argparse
import asyncio
import sys
import time
import warnings

from tests.graphql.engines import compiled
from tests.graphql.proof import CONFIGURED, HANDLED, NASTY, Tally, proved


def main() -> int:
    """0 when every answer was equal and every feature was met."""
    asked = argparse.ArgumentParser(prog="python -m tests.graphql", description=__doc__)
    asked.add_argument("--count", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    sys.unraisablehook = lambda _raised: None
    warnings.filterwarnings("ignore", message="coroutine .* was never awaited")
    began = time.perf_counter()
    tally = asyncio.run(_run(given.seed, given.count))
    seconds = time.perf_counter() - began
    lines = [
        f"graphql-core against compiled plans; seed {given.seed}; {seconds:.0f} s",
        tally.table(),
    ]
    lines += [f"\nDIFFERENT: {failure}" for failure in tally.failures]
    lines += [f"never met: {missing}" for missing in tally.missing()]
    sys.stdout.write("\n".join(lines) + "\n")
    return bool(tally.failures or tally.missing())


async def _run(seed: int, count: int) -> Tally:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    engine, tally = compiled, Tally()
    few = count // 10
    for about, number in ((HANDLED, few), (CONFIGURED, few), (NASTY, count - 2 * few)):
        tally.add(await proved(about, engine, seed, number))
    return tally


if __name__ == "__main__":
    sys.exit(main())
