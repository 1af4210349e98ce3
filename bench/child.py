"""One run of a feed in a process of its own; prints its seconds and its peak memory."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from uuid import UUID

import structlog

from bench import catalogue
from boucle.orm import database
from models.offers.feeds import Feed


async def main(url: str, feed_id: UUID, path: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    async with database(url, 2):
        feed = await Feed.get(id=feed_id)
        start = time.perf_counter()
        await catalogue.run(feed, path)
        took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": took, "mb": round(peak / 1024, 1)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], UUID(sys.argv[2]), Path(sys.argv[3])))
