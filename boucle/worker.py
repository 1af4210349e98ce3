"""Worker process: `dramatiq boucle.worker:boot`."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO
from redis.asyncio import Redis
from yarl import URL

from boucle.certificates import install_certificates
from boucle.collecting import settle
from boucle.executor import executor
from boucle.house import post_of, vault_of
from boucle.labels import label_desk
from boucle.law import install_rules
from boucle.orm import database
from boucle.payments import tills
from boucle.payouts import bank_of
from boucle.settings import Settings
from boucle.telemetry import set_up_logs
from integrations.http import outbound, place
from integrations.webhooks import sending
from workers.runtime import Runtime, RuntimeMiddleware

ACTOR_MODULES = (
    "workers.accounts",
    "workers.offers",
    "workers.offers.catalogue",
    "workers.offers.sandbox",
    "workers.orders.purchases",
    "workers.ranking",
    "workers.quality",
    "workers.orders.payments",
    "workers.orders.deadlines",
    "workers.orders.withdrawals",
    "workers.raas.lots",
    "workers.raas.clock",
    "workers.partners.webhooks",
    "workers.partners.bulk",
    "workers.units",
    "workers.shipments",
    "workers.shipments.labels",
    "workers.aftersales",
    "workers.raas",
    "workers.trade_in.orders",
    "workers.raas.fleets",
    "workers.trade_in.measuring",
)

HEARTBEAT_TIMEOUT_MS = 10_000
MAINTENANCE_CHANCE = 1_000_000  # in a million: at every fetch
ASKS_A_PROVIDER_SECONDS = 20.0
SHUTDOWN_TIMEOUT_MS = 25_000  # below the 30 s that orchestrators give


def boot() -> None:
    """Set the broker, then import the actors, which register on it as they are imported."""
    settings = Settings.load()
    set_up_logs(settings.log_level)
    start(settings, lambda: runtime_of(settings), ACTOR_MODULES)
    settle()


def start(
    settings: Settings,
    open_runtime: Callable[[], AbstractAsyncContextManager[Runtime]],
    actor_modules: Iterable[str],
) -> dramatiq.Broker:
    """Make this process a worker of the actors in `actor_modules`."""
    broker = broker_of(str(settings.redis_url))
    broker.add_middleware(AsyncIO())
    broker.add_middleware(RuntimeMiddleware(open_runtime))
    dramatiq.set_broker(broker)
    for module in actor_modules:
        import_module(module)
    return broker


def broker_of(redis_url: str) -> RedisBroker:
    """The queue: a worker is dead after 10 s of silence, and looked for at every fetch."""
    return RedisBroker(
        url=with_timeouts(redis_url),
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
    )


def with_timeouts(redis_url: str) -> str:
    """The URL with time limits in it: beside a URL the broker ignores them."""
    joint = "&" if "?" in redis_url else "?"
    return f"{redis_url}{joint}socket_timeout=5&socket_connect_timeout=2"


def arguments(processes: int = 1, threads: int = 8, queues: Iterable[str] = ()) -> list[str]:
    """What follows `python -m dramatiq` to run workers; of every queue if none is named."""
    named = [str(queue) for queue in queues]
    return [
        "boucle.worker:boot",
        "--processes",
        str(processes),
        "--threads",
        str(threads),
        "--worker-shutdown-timeout",
        str(SHUTDOWN_TIMEOUT_MS),
        "--skip-logging",
        *(["--queues", *named] if named else []),
    ]


@asynccontextmanager
async def runtime_of(settings: Settings) -> AsyncGenerator[Runtime]:
    """Open what actors may use; close it in the opposite order."""
    install_rules(settings)
    install_certificates(settings)
    redis = Redis.from_url(with_timeouts(str(settings.redis_url)))
    values: dict[str, str | int | bool | None] = {
        "home": str(settings.home),
        "public_url": settings.public_url,
        "sandbox_port": settings.sandbox_port,
        "carriers_port": settings.carriers_port,
        "carrier_speed": settings.carrier_speed,
        "rules_strict": settings.rules_strict,
        "bulk_pace": settings.bulk_pace,
    }
    try:
        async with (
            database(str(settings.database_url)),
            outbound(allowed=settings.feed_allowed_hosts) as http,
            sending(allowed=settings.webhook_allowed_hosts) as webhooks,
            outbound(allowed=settings.carrier_allowed_hosts) as carriers,
            executor(settings) as documents,
            tills(settings, ASKS_A_PROVIDER_SECONDS) as money,
            outbound(allowed=[_own_door(settings)]) as own_door,
            label_desk(settings) as desk,
        ):
            post, vault = post_of(settings), vault_of(settings)
            yield Runtime(
                http,
                redis,
                values,
                post=post,
                vault=vault,
                webhooks=webhooks,
                carriers=carriers,
                run_document=documents.run,
                tills=money,
                own_door=own_door,
                labels=desk,
                payouts=bank_of(settings),
            )
    finally:
        await redis.aclose()


def _own_door(settings: Settings) -> str:
    api = URL(settings.public_url)
    return place(api.host or "", api.port)
