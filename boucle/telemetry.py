"""What the process tells about itself: structured logs, and metrics for `/metrics`.

Logs are events: a dotted fact and keys, as JSON, or in colour for a person at a terminal. Of the
jobs, metrics tell what the outbox says, so one API process speaks for every worker.
"""

import asyncio
import logging
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import asyncpg
import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from tortoise.exceptions import BaseORMException

from models import outbox
from models.base import new_id
from models.shipments.health import counts as tracking_counts

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
READ_WITHIN_SECONDS = 2.0
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUIET_LOGGERS = ("asyncio", "aiohttp", "dramatiq", "tortoise", "uvicorn")

REGISTRY = CollectorRegistry()
HTTP_REQUESTS = Counter(
    "boucle_http_requests", "Answered requests.", ("method", "route", "status"), registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "boucle_http_seconds", "Time to answer.", ("route",), buckets=SECONDS, registry=REGISTRY
)
GRAPHQL_OPERATIONS = Counter(
    "boucle_graphql_operations",
    "Operations by kind and by outcome: ok, or the first error's code.",
    ("kind", "outcome"),
    registry=REGISTRY,
)
GRAPHQL_SECONDS = Histogram(
    "boucle_graphql_seconds", "Time to execute.", ("kind",), buckets=SECONDS, registry=REGISTRY
)
GRAPHQL_FALLBACKS = Counter(
    "boucle_graphql_fallbacks",
    "Operations that graphql-core ran, by what no plan could be made for.",
    ("reason",),
    registry=REGISTRY,
)
CACHE_ANSWERS = Counter(
    "boucle_cache_answers",
    "Answers by where they came from: process, redis, joined (a request under way), miss.",
    ("hit",),
    registry=REGISTRY,
)
CACHE_DROPPED = Counter(
    "boucle_cache_dropped", "Kept answers that an announced change made old.", registry=REGISTRY
)
CACHE_BYTES = Gauge("boucle_cache_bytes", "Memory of the answers kept.", registry=REGISTRY)
JOBS = Gauge(
    "boucle_jobs",
    "Jobs of the outbox by state; done ones of the last hour; failing ones are counted twice.",
    ("queue", "state"),
    registry=REGISTRY,
)
OUTBOX_LAG = Gauge(
    "boucle_outbox_lag_seconds", "Wait of the oldest due job.", ("queue",), registry=REGISTRY
)
FEED_LINES = Gauge(
    "boucle_feed_lines", "Lines of recent feed runs by outcome.", ("outcome",), registry=REGISTRY
)
UNMAPPED_CODES = Gauge(
    "boucle_carrier_unmapped_code",
    "Times in 30 days that carriers told codes which no table knows: the most frequent ones.",
    ("carrier", "code"),
    registry=REGISTRY,
)
CARRIER_ACCOUNTS = Gauge(
    "boucle_carrier_accounts",
    "Accounts with carriers: working, paused, open (the circuit), disabled.",
    ("carrier", "state"),
    registry=REGISTRY,
)
TRACKING_LAG = Gauge(
    "boucle_tracking_lag_seconds", "Wait of the parcel that is longest due.", registry=REGISTRY
)
DATABASE_UP = Gauge(
    "boucle_database_up", "1 if the outbox could be read for this answer.", registry=REGISTRY
)

DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


def set_up_logs(level: str = "INFO", *, console: bool | None = None) -> None:
    """Send every log of the process, ours and the libraries', to stderr in one form.

    Shapes: `console` is for a person; by default, whether stderr is a terminal.
    """
    to_person = sys.stderr.isatty() if console is None else console
    _lines.stream = None if to_person else sys.stderr
    _lines.heard = logging.getLevelName(level) <= logging.INFO
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(to_person=to_person),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _rendering(*, to_person: bool) -> list[Any]:
    if to_person:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


class _Lines:
    """Where the lines of answered requests go: a stream of JSON, or the log of a person."""

    stream: TextIO | None = None
    heard = True


_lines = _Lines()


def answered(request_id: str, method: str, route: str, status: int, ms: float) -> None:
    """Log an answered request: the line that the processors would make, without their time."""
    if not _lines.heard:
        return
    if _lines.stream is None:
        log.info("http.answered", method=method, route=route, status=status, ms=ms)
        return
    line = {
        "event": "http.answered",
        "method": method,
        "route": route,
        "status": status,
        "ms": ms,
        "request_id": request_id,
        "level": "info",
        "timestamp": datetime.now(UTC),
    }
    _lines.stream.write(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode() + "\n")


@contextmanager
def request_bound(request_id: str | None = None) -> Generator[str]:
    """Bind a request's id to every log inside; makes one where the caller gave none."""
    known = request_id or str(new_id())
    with structlog.contextvars.bound_contextvars(request_id=known):
        yield known


async def exposition(feed_lines: Mapping[str, int] | None = None) -> bytes:
    """The metrics as Prometheus reads them; without the outbox's if the database is away."""
    for outcome, lines in (feed_lines or {}).items():
        FEED_LINES.labels(outcome).set(lines)
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS):
            await _read_outbox()
            await _read_tracking()
        DATABASE_UP.set(1)
    except DATABASE_AWAY:
        JOBS.clear()
        OUTBOX_LAG.clear()
        UNMAPPED_CODES.clear()
        CARRIER_ACCOUNTS.clear()
        DATABASE_UP.set(0)
    return generate_latest(REGISTRY)


async def _read_outbox() -> None:
    for queue, seconds in (await outbox.lag()).items():
        OUTBOX_LAG.labels(queue.value).set(seconds)
    for stats in await outbox.stats():
        for state in ("ready", "sent", "running", "dead", "failing"):
            JOBS.labels(stats.queue.value, state).set(getattr(stats, state))
        JOBS.labels(stats.queue.value, "done").set(stats.done_last_hour)


async def _read_tracking() -> None:
    found = await tracking_counts()
    UNMAPPED_CODES.clear()
    for carrier, code, times in found.unmapped:
        UNMAPPED_CODES.labels(carrier, code).set(times)
    CARRIER_ACCOUNTS.clear()
    for carrier, state, accounts in found.accounts:
        CARRIER_ACCOUNTS.labels(carrier, state).set(accounts)
    TRACKING_LAG.set(found.lag_seconds)
