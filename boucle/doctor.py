"""What may be ill on this machine, and what to do about it."""

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import redis.asyncio
import redis.exceptions
from rich.console import Console
from rich.markup import escape

from boucle import roles
from boucle.orm import connect, unapplied
from boucle.session import Run, running
from boucle.settings import Settings
from boucle.supervisor import alive
from models.tenancy import TABLES, Reach

_LEAST_FREE = 2 * 1024**3
_LEAST_POSTGRES = 150_000
_OLDEST_DUE_SECONDS = 60
_MOST_SKEW_SECONDS = 2.0
_SECONDS = 10
_FORCE = "run `ALTER TABLE name ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY` for each"
_START = "start Boucle with `make run`, or set DATABASE_URL and REDIS_URL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` is empty where all is well."""

    subject: str
    well: bool
    detail: str
    advice: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a check that cannot be made is a finding, not an exception."""
    run = running(settings.home)
    database_url = str(settings.database_url) or (run.database_url if run else "")
    redis_url = str(settings.redis_url) or (run.redis_url if run else "")
    findings = [_disk(settings), *_processes(run)]
    findings.append(await _look("PostgreSQL", database_url, _postgres))
    if findings[-1].well:
        for subject, look in _IN_DATABASE:
            findings.append(await _look(subject, database_url, look))
    findings.append(await _look("Valkey", redis_url, _valkey))
    return findings


def show(findings: list[Finding], console: Console, *, as_json: bool) -> None:
    """Print what was found, for a person or for a program."""
    if as_json:
        well = all(finding.well for finding in findings)
        console.out(json.dumps({"well": well, "findings": [asdict(f) for f in findings]}))
        return
    for finding in findings:
        mark = "[green]✓[/]" if finding.well else "[red]x[/]"
        console.print(f"{mark} {finding.subject}: {escape(finding.detail)}")
        if finding.advice:
            console.print(f"  [bold]{escape(finding.advice)}[/]")


async def _look(subject: str, url: str, look: Callable[[str], Awaitable[Finding]]) -> Finding:
    if not url:
        return Finding(subject, well=False, detail="no address, and nothing runs", advice=_START)
    try:
        async with asyncio.timeout(_SECONDS):
            return await look(url)
    except (OSError, asyncpg.PostgresError, redis.exceptions.RedisError) as error:
        detail = f"{type(error).__name__}: {error}"
        return Finding(subject, well=False, detail=detail, advice=_START)


def _disk(settings: Settings) -> Finding:
    at = settings.home if settings.home.exists() else settings.home.parent
    free = shutil.disk_usage(at).free
    detail = f"{free / 1024**3:.1f} GiB free at {at}"
    advice = "" if free >= _LEAST_FREE else "free some space: PostgreSQL stops when it has none"
    return Finding("disk", not advice, detail, advice)


def _processes(run: Run | None) -> list[Finding]:
    if run is None:
        return []
    gone = sorted(name for name, (pid, mark) in run.services.items() if not alive(pid, mark))
    detail = f"{len(run.services) - len(gone)} of {len(run.services)} run under process {run.pid}"
    advice = f"read the logs of {', '.join(gone)}; they are started again" if gone else ""
    return [Finding("processes", not gone, detail, advice)]


async def _postgres(url: str) -> Finding:
    row = await _row(url, "SELECT current_setting('server_version_num')::int AS version")
    advice = "" if row["version"] >= _LEAST_POSTGRES else "Boucle needs PostgreSQL 15 or later"
    return Finding("PostgreSQL", not advice, f"version {row['version'] // 10_000}", advice)


async def _migrations(url: str) -> Finding:
    waiting = await unapplied(url)
    detail = f"{len(waiting)} not applied" if waiting else "all applied"
    return Finding("migrations", not waiting, detail, "run `make migrate`" if waiting else "")


async def _roles(url: str) -> Finding:
    connection = await connect(url)
    try:
        found, statements = await roles.look(connection), await roles.advice(connection)
        open_tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relname = ANY ($1)"
            " AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1",
            [table for table, kind in TABLES.items() if kind is Reach.TENANT],
        )
    finally:
        await connection.close()
    if not found.well:
        detail = "requests and jobs cannot take their database roles"
        return Finding("row-level security", well=False, detail=detail, advice=statements)
    if open_tables:
        detail = f"off for {', '.join(row['relname'] for row in open_tables)}"
        return Finding("row-level security", well=False, detail=detail, advice=_FORCE)
    return Finding("row-level security", well=True, detail=f"on, for {' and '.join(roles.ROLES)}")


async def _queues(url: str) -> Finding:
    row = await _row(
        url,
        "SELECT count(*) FILTER (WHERE state = 'dead') AS dead,"
        " count(*) FILTER (WHERE state <> 'done' AND due_at < now()) AS due,"
        " coalesce(extract(epoch FROM now() - min(due_at)"
        " FILTER (WHERE state IN ('ready', 'sent', 'running'))), 0)::float AS oldest"
        " FROM outbox_job",
    )
    late = row["oldest"] > _OLDEST_DUE_SECONDS
    advice = "see that `relay` and `worker` run, and read their logs" if late else ""
    if row["dead"]:
        advice = advice or "jobs gave up: read column `error` of the dead rows of outbox_job"
    oldest = max(0, round(row["oldest"]))
    detail = f"{row['due']} due, the oldest for {oldest} s; {row['dead']} dead"
    return Finding("queues", not advice, detail, advice)


async def _clock(url: str) -> Finding:
    before = time.time()
    row = await _row(url, "SELECT now() AS at")
    skew = abs(row["at"].timestamp() - (before + time.time()) / 2)
    detail = f"{skew:.3f} s from the database's, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    advice = "" if skew < _MOST_SKEW_SECONDS else "set this machine's time by NTP: leases need it"
    return Finding("clock", not advice, detail, advice)


async def _periodic(url: str) -> Finding:
    row = await _row(
        url,
        "SELECT count(*) AS jobs, coalesce(extract(epoch FROM now() - min(next_at)), 0)::float"
        " AS late FROM periodic_job",
    )
    late = row["late"] > _OLDEST_DUE_SECONDS
    detail = f"{row['jobs']} jobs, {'late' if late else 'on time'}"
    advice = "see that `clock` runs, and read its log" if late else ""
    return Finding("periodic jobs", not late, detail, advice)


_IN_DATABASE: tuple[tuple[str, Callable[[str], Awaitable[Finding]]], ...] = (
    ("migrations", _migrations),
    ("row-level security", _roles),
    ("queues", _queues),
    ("periodic jobs", _periodic),
    ("clock", _clock),
)


async def _row(url: str, query: str) -> Any:
    connection = await connect(url)
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


async def _valkey(url: str) -> Finding:
    async with redis.asyncio.from_url(url, socket_timeout=5) as client:
        info = await client.info()
        policy = (await client.config_get("maxmemory-policy")).get("maxmemory-policy")
    wrong = []
    if str(info.get("aof_enabled")) != "1":
        wrong.append("turn `appendonly` on, or a crash loses the queue")
    if policy != "noeviction":
        wrong.append("set `maxmemory-policy noeviction`: a queue must not evict")
    detail = f"version {info.get('valkey_version') or info.get('redis_version')}"
    return Finding("Valkey", not wrong, detail, "; ".join(wrong))
