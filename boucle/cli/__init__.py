"""The command line: `python -m boucle COMMAND`.

Exit codes: 0 done, 1 could not or is not as it should be (the message says what to do), 2 the
command line itself cannot be read, 130 stopped by Ctrl-C.
"""

from typing import Any

import click

from boucle.cli import (
    audit,
    carrier,
    certificates,
    data,
    factors,
    issuers,
    payouts,
    people,
    rates,
    serving,
    webhooks,
)
from boucle.roles import NoRoles
from boucle.servers import DidNotStart, InUse
from boucle.servers.processes import Stuck
from boucle.servers.storage import NoStorage
from boucle.settings import BadSetting

_TOLD = (BadSetting, DidNotStart, InUse, NoRoles, NoStorage, Stuck)


class _Commands(click.Group):
    """Turns what the operator can mend into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _TOLD as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Boucle, a marketplace of refurbished electronics: server, workers and data.

    Commands read BOUCLE_* variables, DATABASE_URL and REDIS_URL. Without these two they use the
    servers of a running `boucle run`, or start embedded ones for as long as they need them.
    """


AREAS = (
    serving,
    data,
    people,
    issuers,
    audit,
    webhooks,
    carrier,
    factors,
    certificates,
    payouts,
    rates,
)

for command in (command for area in AREAS for command in area.COMMANDS):
    main.add_command(command)
