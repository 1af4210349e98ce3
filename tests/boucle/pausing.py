"""A process that serves: it tells when a market stops for it, and when it goes on.

`python -m tests.boucle.pausing DATABASE_URL REDIS_URL`
"""

import asyncio
import sys
import time

from boucle.edge.services import _Forgetting
from boucle.orm import database
from domain.markets import PauseScope
from integrations.bus import RedisBus
from models.kept import SERVING_SECONDS, keep_for
from resolvers.context import BadInput, Context
from resolvers.markets.selling import sold_in


async def _stopped() -> bool:
    try:
        await sold_in(Context(), "FR", PauseScope.CHECKOUT)
    except BadInput as refused:
        return refused.reason == "MARKET_PAUSED"
    return False


async def main(database_url: str, redis_url: str) -> None:
    """Ask every few milliseconds, as requests do, until the input ends."""
    async with database(database_url), RedisBus(redis_url) as bus:
        keep_for(SERVING_SECONDS)
        bus.watch(_Forgetting())
        known = await _stopped()
        print("up", flush=True)  # noqa: T201 - the test reads it
        while True:
            now = await _stopped()
            if now is not known:
                known = now
                print("stopped" if now else "going", time.time(), flush=True)  # noqa: T201
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
