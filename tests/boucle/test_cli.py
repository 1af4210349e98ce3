"""The command line finds its servers, tells what it did, and ends with a code that says so."""

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from boucle.cli import data, main
from boucle.doctor import Finding, examine
from boucle.servers import InUse, hold
from boucle.session import Run, connected, holder, last_run, running
from boucle.settings import Settings

KEYS = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def run_of(home: Path):
    """A run of this home as the supervisor would have written it."""

    def of(pid: int) -> Run:
        run = Run(pid, "http://x", 0, "postgresql://d/d", "redis://r", KEYS)
        run.save(home)
        return run

    return of


def _invoke(*words: str, **env: str) -> Result:
    return CliRunner().invoke(main, words, env=env)


def _commands(group: click.Group) -> list[click.Command]:
    return [
        entry
        for command in group.commands.values()
        for entry in (
            [command, *_commands(command)] if isinstance(command, click.Group) else [command]
        )
    ]


@pytest.mark.parametrize("command", _commands(main), ids=lambda command: command.name)
def test_every_command_explains_itself(command: click.Command) -> None:
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    assert all(
        p.help for p in command.params if isinstance(p, click.Option) and p.type.name == "text"
    )


def test_a_bad_setting_is_one_line_and_exit_code_1(home: Path) -> None:
    result = _invoke("migrate", BOUCLE_HOME=str(home), BOUCLE_PORT="none")

    assert result.exit_code == 1
    assert result.output == "Error: BOUCLE_PORT: must be a whole number from 0 to 65535\n"


def test_an_unknown_command_is_exit_code_2() -> None:
    assert _invoke("fly").exit_code == 2


def test_a_command_uses_the_servers_of_the_living_run(home: Path, run_of) -> None:
    run_of(os.getpid())
    settings = Settings.load({"BOUCLE_HOME": str(home)})

    with hold(home), connected(settings) as found:
        assert str(found.database_url) == "postgresql://d/d"
        assert str(found.redis_url) == "redis://r"
        assert found.keys[0].id == "k1"


def test_an_address_in_the_environment_wins(home: Path, run_of) -> None:
    run_of(os.getpid())
    settings = Settings.load({"BOUCLE_HOME": str(home), "DATABASE_URL": "postgresql://mine/d"})

    with hold(home), connected(settings) as found:
        assert str(found.database_url) == "postgresql://mine/d"
        assert str(found.redis_url) == "redis://r"


def test_a_dead_run_is_not_used(home: Path, run_of) -> None:
    run_of(os.getpid())

    assert last_run(home) is not None
    assert holder(home) is None
    assert running(home) is None


def test_a_command_refuses_a_home_that_another_command_holds(home: Path) -> None:
    settings = Settings.load({"BOUCLE_HOME": str(home)})

    with hold(home), pytest.raises(InUse), connected(settings):
        pass


def test_a_damaged_run_file_is_no_run(home: Path) -> None:
    (home / "run.json").write_text('{"pid": 1')

    assert last_run(home) is None


def test_migrate_starts_servers_of_its_own_and_says_what_ran(home: Path) -> None:
    first = _invoke("migrate", "--json", BOUCLE_HOME=str(home), DATABASE_URL="", REDIS_URL="")
    again = _invoke("migrate", BOUCLE_HOME=str(home), DATABASE_URL="", REDIS_URL="")

    assert first.exit_code == 0, first.output
    assert json.loads(first.output)["migrations"]
    assert (again.exit_code, again.output) == (0, "up to date\n")


def test_a_snapshot_that_differs_is_refused_with_its_difference(capsys) -> None:
    data._refuse_difference("type A\n", "type A\n")

    with pytest.raises(click.ClickException, match="make schema"):
        data._refuse_difference("type A\n", "type B\n")

    assert "-type A\n+type B" in capsys.readouterr().out


async def _findings(home: Path, **env: str) -> dict[str, Finding]:
    settings = Settings.load({"BOUCLE_HOME": str(home), **env})
    return {finding.subject: finding for finding in await examine(settings)}


async def test_the_doctor_finds_a_healthy_machine_well(
    home: Path, database_url: str, redis_url: str
) -> None:
    found = await _findings(home, DATABASE_URL=database_url, REDIS_URL=redis_url)

    ill = {name for name, finding in found.items() if not finding.well}
    assert ill == {"Valkey"}  # the tests' own server keeps no file
    assert found["Valkey"].advice.startswith("turn `appendonly` on")
    assert found.keys() > {"disk", "PostgreSQL", "migrations", "queues", "periodic jobs", "clock"}


async def test_the_doctor_asks_for_migrations(home: Path, empty_database_url: str) -> None:
    found = await _findings(home, DATABASE_URL=empty_database_url)

    assert not found["migrations"].well
    assert found["migrations"].advice == "run `make migrate`"


def test_the_doctor_of_a_stopped_machine_says_how_to_start_it(home: Path) -> None:
    result = _invoke("doctor", "--json", BOUCLE_HOME=str(home), DATABASE_URL="", REDIS_URL="")

    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["well"] is False
    ill = {
        finding["subject"]: finding["advice"]
        for finding in report["findings"]
        if not finding["well"]
    }
    assert ill.keys() == {"PostgreSQL", "Valkey"}
    assert all("make run" in advice for advice in ill.values())
