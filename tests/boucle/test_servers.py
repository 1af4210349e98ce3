"""The embedded servers keep their data, their secrets and their place, whatever is killed."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from boucle.orm import connect
from boucle.servers import InUse, embedded, hold, passwords
from boucle.servers.processes import born, working_in
from boucle.servers.storage import NoStorage, _enterable, _link_programs, locate
from boucle.settings import ROOT

HOLDS_SERVERS = """
import sys, time
from pathlib import Path
from boucle.servers import embedded
with embedded(Path(sys.argv[1])) as urls:
    print(*urls, flush=True)
    time.sleep(60)
"""


def _sql(url: str, query: str):
    async def ask():
        connection = await connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _write(urls: tuple[str, str]) -> None:
    _sql(urls[0], "CREATE TABLE kept AS SELECT 1 AS value")
    with redis.Redis.from_url(urls[1]) as client:
        client.set("kept", "1")


def _kept(urls: tuple[str, str]) -> tuple[int, bytes]:
    with redis.Redis.from_url(urls[1]) as client:
        return _sql(urls[0], "SELECT value FROM kept"), client.get("kept")


def _left(home: Path) -> list[int]:
    return working_in(home / "postgres", "postgres") + working_in(home / "valkey", "valkey-server")


def _send(number: signal.Signals, pids: list[int]) -> None:
    """Signal each; what ended since it was listed is over: servers die with their holder."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _await_none_left(home: Path) -> None:
    deadline = time.monotonic() + 5
    while _left(home) and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
def holder(home: Path):
    """Another process that runs the servers of the home; its addresses are in `urls`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS_SERVERS, str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.urls = tuple(process.stdout.readline().split())
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    _await_none_left(home)


def test_data_and_secrets_outlive_a_stop_and_no_process_does(home: Path) -> None:
    with embedded(home) as first:
        _write(first)
        assert len(_left(home)) > 2
    assert _left(home) == []

    with embedded(home) as second:
        assert second == first
        assert _kept(second) == (1, b"1")


def test_the_servers_are_durable_private_and_tuned(home: Path) -> None:
    with embedded(home) as (database_url, redis_url):
        settings = {
            name: _sql(database_url, f"SELECT current_setting('{name}')")
            for name in ("fsync", "synchronous_commit", "listen_addresses", "jit", "TimeZone")
        }
        superuser = _sql(database_url, "SELECT current_setting('is_superuser')")
        collation = _sql(
            database_url,
            "SELECT datlocprovider::text || ' ' || datlocale || ' ' ||"
            " pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()",
        )
        with redis.Redis.from_url(redis_url) as client:
            valkey = {**client.config_get("append*"), **client.config_get("maxmemory-policy")}

    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "jit": "off",
        "TimeZone": "UTC",
    }
    assert (superuser, collation) == ("off", "b C.UTF-8 UTF8")
    assert valkey["appendonly"] == "yes"
    assert valkey["appendfsync"] == "everysec"
    assert valkey["maxmemory-policy"] == "noeviction"


def test_what_the_home_holds_is_for_its_owner_alone(home: Path) -> None:
    with embedded(home):
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (home / name for name in ("postgres", "valkey", "run", "secrets.json"))
        }
        config = stat.S_IMODE((home / "valkey" / "valkey.conf").stat().st_mode)

    assert modes == {"postgres": 0o700, "valkey": 0o700, "run": 0o700, "secrets.json": 0o600}
    assert config == 0o600
    assert not list(home.rglob("password"))


def test_a_second_process_is_told_who_holds_the_home(home: Path, holder) -> None:
    with pytest.raises(InUse) as refused, embedded(home):
        pass

    assert refused.value.pid == holder.pid


def test_a_holder_that_is_just_ending_is_waited_for(home: Path) -> None:
    holds = (
        "import sys, time; from pathlib import Path; from boucle.servers import hold\n"
        "with hold(Path(sys.argv[1])): print(flush=True); time.sleep(0.5)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holds, str(home)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with hold(home):
            assert (home / "lock").read_text() == str(os.getpid())


def test_nothing_is_lost_when_everything_is_killed(home: Path, holder) -> None:
    _write(holder.urls)
    time.sleep(1.1)  # the append-only file is written every second
    _send(signal.SIGKILL, [holder.pid, *_left(home)])

    with embedded(home) as urls:
        assert _kept(urls) == (1, b"1")


def test_servers_die_with_the_process_that_holds_them(home: Path, holder) -> None:
    holder.kill()
    _await_none_left(home)

    assert _left(home) == []


def test_orphans_of_a_killed_postmaster_do_not_stop_the_next_start(home: Path, holder) -> None:
    _write(holder.urls)
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    orphans = [pid for pid in working_in(home / "postgres", "postgres") if pid != postmaster]
    _send(signal.SIGSTOP, orphans)  # they cannot notice that their parent is gone
    os.kill(postmaster, signal.SIGKILL)
    holder.kill()
    holder.wait()

    with embedded(home) as (database_url, _):
        assert _sql(database_url, "SELECT value FROM kept") == 1
    assert not set(orphans) & {pid for pid in orphans if born(pid)}


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")

    with embedded(home) as (database_url, _):
        assert _sql(database_url, "SELECT 1") == 1
    assert not (home / "postgres.new").exists()


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(home: Path) -> None:
    with embedded(home) as urls:
        _write(urls)
    owner = (home / "postgres").stat()
    stranger = subprocess.Popen(
        ["sleep", "60"], **({"user": owner.st_uid} if os.geteuid() == 0 else {})
    )
    pid_file = f"{stranger.pid}\n{home}/postgres\n1\n5432\n"
    (home / "postgres" / "postmaster.pid").write_text(pid_file)
    (home / "valkey" / "pid").write_text(f"{stranger.pid}\n")
    os.chown(home / "postgres" / "postmaster.pid", owner.st_uid, owner.st_gid)

    try:
        with embedded(home) as urls:
            assert _kept(urls)[0] == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_cluster_of_another_release_is_refused_untouched(home: Path) -> None:
    with embedded(home):
        pass
    version = home / "postgres" / "PG_VERSION"
    version.write_text("12\n")

    with pytest.raises(NoStorage, match=r"PostgreSQL 12, installed is 1\d"), embedded(home):
        pass

    assert version.read_text() == "12\n"


def test_a_long_home_gets_a_short_socket(home: Path) -> None:
    deep = home / ("d" * 90)
    deep.mkdir(mode=0o711)
    storage = locate(deep)
    try:
        assert len(str(storage.sockets / ".s.PGSQL.5432")) <= 100
        assert stat.S_IMODE(storage.sockets.stat().st_mode) == 0o700
    finally:
        storage.sockets.rmdir()


def test_a_socket_folder_that_is_a_link_is_refused(home: Path) -> None:
    deep = home / ("d" * 90)
    deep.mkdir(mode=0o711)
    place = locate(deep).sockets
    place.rmdir()
    place.symlink_to(home)
    try:
        with pytest.raises(NoStorage, match="remove it"):
            locate(deep)
    finally:
        place.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_socket_folder_of_another_account_is_refused(home: Path) -> None:
    deep = home / ("d" * 90)
    deep.mkdir(mode=0o711)
    place = locate(deep).sockets
    os.chown(place, 12345, 12345)
    try:
        with pytest.raises(NoStorage, match="remove it"):
            locate(deep)
    finally:
        place.rmdir()


def test_secrets_are_made_up_once(home: Path) -> None:
    first = passwords(home)

    assert passwords(home) == first
    assert len({first.postgres, first.valkey, first.keys}) == 3


def test_data_without_its_secrets_is_refused_untouched(home: Path) -> None:
    with embedded(home):
        pass
    (home / "secrets.json").unlink()

    with pytest.raises(NoStorage, match=r"secrets\.json is gone"), embedded(home):
        pass

    assert not (home / "secrets.json").exists()
    assert (home / "postgres" / "PG_VERSION").exists()


def test_the_lock_is_free_after_its_block(home: Path) -> None:
    with hold(home), pytest.raises(InUse), hold(home):
        pass
    with hold(home):
        assert (home / "lock").read_text() == str(os.getpid())


def test_linked_programs_run_from_their_new_place(home: Path) -> None:
    from boucle.servers.storage import _installed

    here = _installed()
    target = home / "programs" / "x"
    target.parent.mkdir()
    _link_programs(here, target)

    site = here.valkey.parents[3]
    version = subprocess.run(
        [target / here.initdb.relative_to(site), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.startswith("initdb (PostgreSQL)")
    assert _enterable(target / here.valkey.relative_to(site).parent)
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_home_that_the_account_cannot_enter_points_elsewhere(home: Path, monkeypatch) -> None:
    from boucle.servers import storage

    shared = home / "shared"
    monkeypatch.setattr(storage, "_SHARED", (shared,))
    closed = home / "closed"
    closed.mkdir(mode=0o700)

    first, again = storage.locate(closed).data, storage.locate(closed).data
    copy = home / "copy"
    copy.mkdir(mode=0o700)
    (copy / "storage").write_text((closed / "storage").read_text())

    assert first == again
    assert first.parent == shared
    assert storage.locate(copy).data != first
    assert stat.S_IMODE((closed / "storage").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_root_runs_no_server_as_root(home: Path) -> None:
    with embedded(home):
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in _left(home)}

    assert len(owners) == 1
    assert 0 not in owners


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_data_that_became_unreachable_is_not_replaced_by_an_empty_one(home: Path) -> None:
    with embedded(home):
        pass
    home.chmod(0o700)

    with pytest.raises(NoStorage, match="can no longer enter"), embedded(home):
        pass
