"""Shoppers process: the demo's invented customers buy and sell, its merchants ship and inspect.

They come through the doors of everybody: the GraphQL API by HTTP, with a mailed code or a key. A
restart goes on with what is there, for the merchants work off their queues. It runs only where
payments and carriers are played and mails stay on the machine; in production never.
"""

import asyncio
import heapq
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from yarl import URL

from boucle.demo_carriers import account_id, simulator
from boucle.demo_catalogue import rows
from boucle.relay import stopping
from boucle.settings import BadSetting, Settings
from boucle.shoppers.buying import Buying
from boucle.shoppers.client import Api, Control, NotNow
from boucle.shoppers.people import Doors, Shopper, shoppers
from boucle.shoppers.selling import Selling
from boucle.shoppers.trading import Trading
from integrations.http import outbound, place
from integrations.sandbox.carriers.accounts import accounts
from integrations.sandbox.chance import draws

log = structlog.get_logger()

SESSIONS: Final = "demo-shoppers.json"
"""What the customers keep in the home: their sessions."""
MOST_WAITING: Final = 200
"""With so many orders that no merchant has shipped, nobody buys."""
AFTER_PURCHASE: Final = (5.0, 18.0, 40.0)
"""Seconds after a purchase at which its merchant looks into the queue."""
AT_FIRST: Final = 5
MINUTES_PER_PERSON: Final = 3
"""How many people sign in soon, and how often another one does."""
ROUND_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 5.0
_MOST_PAUSE_SECONDS: Final = 60.0


async def run(settings: Settings) -> None:
    """Buy and sell until SIGTERM or SIGINT.

    Raises: BadSetting where anything could be real: production, mails that leave, payments or
    carriers that nobody plays.
    """
    if not settings.shoppers_live:
        raise BadSetting("BOUCLE_ENV", "invented people only buy where everything is played")
    url = f"http://{own_host(settings.host)}:{settings.port}"
    hosts = [URL(url), URL(simulator(settings))]
    with stopping() as stop:
        async with outbound([place(each.host or "", each.port) for each in hosts]) as out:
            api, control = Api(out, url), Control(out, simulator(settings))
            await _until(stop, _Life(settings, api, control).live(stop))


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Work until told to stop, and then at once: what was cut off is asked for again later."""
    working, told = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not working.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return
    await working


def own_host(host: str) -> str:
    """Where the API answers on this machine."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # names every address; a URL needs one
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@dataclass(slots=True)
class Queue:
    """When each merchant looks into its queue next, the soonest first."""

    visits: list[tuple[float, str]] = field(default_factory=list)

    def add(self, at: float, slug: str) -> None:
        """Plan a visit; one that is planned for about that time will do."""
        if all(who != slug or abs(then - at) > 2 for then, who in self.visits):
            heapq.heappush(self.visits, (at, slug))

    def due(self, now: float) -> str | None:
        """The merchant whose time has come; None where nobody's has."""
        if self.visits and self.visits[0][0] <= now:
            return heapq.heappop(self.visits)[1]
        return None


class _Life:
    """The two sides of the demo's market, in one process."""

    def __init__(self, settings: Settings, api: Api, control: Control) -> None:
        self._settings, self._api, self._control = settings, api, control
        self._run = secrets.token_hex(8)
        mails = settings.mail_folder or settings.home
        self._doors = Doors(api, mails, settings.home / SESSIONS)
        self._buying = Buying(api, self._doors, self._run)
        self._trading = Trading(api, self._doors, self._run)
        self._began = time.monotonic()
        self._people = shoppers()
        self._slugs = {row["legal_name"]: row["slug"] for row in rows("demo_merchants.csv")}
        self._selling = Selling(api, control, _keys(settings, list(self._slugs.values())))
        self._queue = Queue()
        self._waiting: dict[str, int] = {}

    async def live(self, stop: asyncio.Event) -> None:
        """Buy and sell until told to stop, once the simulator pushes to us."""
        await _insist(self._push_to_us, stop)
        now = time.monotonic()
        for number, slug in enumerate(self._selling.keys):
            self._queue.add(now + number, slug)
        async with asyncio.TaskGroup() as sides:
            sides.create_task(self.buy(stop))
            sides.create_task(self.sell(stop))

    async def buy(self, stop: asyncio.Event) -> None:
        """Let one customer after the other buy, at the pace of the settings."""
        hourly, number, failed = self._settings.demo_orders_per_hour, 0, 0
        while hourly and not stop.is_set():
            number += 1
            drawn = draws("pace", self._run, number)
            if sum(self._waiting.values()) < MOST_WAITING:
                among = self._who_may_come()
                who = among[drawn.below(0, len(among))]
                failed = 0 if await self._visited(who, number) else failed + 1
            seconds = 3600 / hourly * drawn.between(1, 60, 140) / 100
            await _sleep(stop, max(seconds, _pause(failed) if failed else 0.0))

    def _who_may_come(self) -> list[Shopper]:
        """Those who signed in before, and few others: codes are mailed to a place in measure."""
        minutes = (time.monotonic() - self._began) / 60
        new = AT_FIRST + int(minutes / MINUTES_PER_PERSON)
        return [w for n, w in enumerate(self._people) if n < new or self._doors.knows(w)]

    async def _visited(self, who: Shopper, number: int) -> bool:
        try:
            names = await self._buying.visit(who, number)
            await self._trading.visit(who, number)
        except NotNow as error:
            log.info("shoppers.not_now", who=who.market, error=str(error)[:200])
            return False
        now = time.monotonic()
        for slug in {self._slugs[name] for name in names if name in self._slugs}:
            for after in AFTER_PURCHASE:
                self._queue.add(now + after, slug)
        return True

    async def sell(self, stop: asyncio.Event) -> None:
        """Let the merchants look into their queues, each in its turn."""
        failed = 0
        while not stop.is_set():
            slug = self._queue.due(time.monotonic())
            if slug is None:
                await _sleep(stop, 0.5)
                continue
            if slug not in self._selling.keys:
                continue
            try:
                self._waiting[slug] = await self._selling.work(slug)
                await self._trading.work(self._selling.keys[slug])
                failed = 0
            except NotNow as error:
                failed += 1
                log.info("shoppers.not_now", who=slug, error=str(error)[:200])
                await _sleep(stop, _pause(failed))
            self._queue.add(time.monotonic() + ROUND_SECONDS, slug)

    async def _push_to_us(self) -> None:
        """Have every carrier that pushes do so, to the demo's account with it."""
        for played in accounts(simulator(self._settings)):
            if played.push_secret is not None:
                path = f"webhooks/carriers/{played.api.lower()}/{account_id(played.api)}"
                asked = {
                    "api": played.api,
                    "url": f"{self._api.url}/{path}",
                    "secret": played.push_secret,
                    "only": True,
                }
                await self._control.post("callbacks", asked)


def _keys(settings: Settings, slugs: Sequence[str]) -> dict[str, str]:
    """The keys of the demo's merchants, those that there are."""
    found = {slug: settings.demo_merchant_keys / f"{slug}.txt" for slug in slugs}
    return {
        slug: path.read_text(encoding="utf-8").strip()
        for slug, path in found.items()
        if path.exists()
    }


async def _insist(work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Do something until it succeeds, or we are to stop."""
    failed = 0
    while not stop.is_set():
        try:
            await work()
        except NotNow as error:
            failed += 1
            log.info("shoppers.not_now", error=str(error)[:200])
            await _sleep(stop, _pause(failed))
        else:
            return


def _pause(failed: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(_PAUSE_SECONDS * failed, _MOST_PAUSE_SECONDS)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
