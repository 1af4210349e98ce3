"""The long run of the proof: `make feeds-proof COUNT=10000 SEED=1`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.integrations.feeds.proof import missing, proved


def main() -> int:
    """0 when every file said the same in every way of reading, and every kind was met."""
    asked = argparse.ArgumentParser(prog="python -m tests.integrations.feeds", description=__doc__)
    asked.add_argument("--count", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = proved(given.seed, range(given.count), Path(folder))
    seconds = time.perf_counter() - began
    lines = [f"the careful way against the faster ones; seed {given.seed}; {seconds:.0f} s"]
    lines += [tally.table()]
    lines += [f"DIFFERENT: {failure}" for failure in tally.failures]
    lines += [f"never met: {kind}" for kind in missing(tally)]
    sys.stdout.write("\n".join(lines) + "\n")
    return bool(tally.failures or missing(tally))


if __name__ == "__main__":
    sys.exit(main())
