"""How the simulated carriers are asked: the root and the secrets of an account with each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from yarl import URL

from domain.shipments.carriers import TrackingApi
from integrations.carriers.roots import roots
from integrations.sandbox.carriers.credentials import CREDENTIALS
from integrations.sandbox.carriers.following import PUSHING

PUSH_SECRET: Final = "demo-{}-pushes"  # noqa: S105  # of a simulator on this machine alone


@dataclass(frozen=True, slots=True)
class PlayedAccount:
    """An account with a simulated carrier.

    Shapes: `url` is what stands before the carrier's own paths, as in docs/carriers.md;
    `push_secret` is what its pushes are proven with, None for a carrier that pushes nothing.
    """

    api: TrackingApi
    url: str
    secrets: Mapping[str, str] = field(repr=False)
    push_secret: str | None = field(repr=False)


def account(api: TrackingApi, simulator: str) -> PlayedAccount:
    """The account with one carrier. Shapes: `simulator` is the base URL of the simulator."""
    path = URL(roots()[api]).path.rstrip("/")
    return PlayedAccount(
        api,
        f"{simulator}/{api.lower()}{path}",
        CREDENTIALS[api],
        PUSH_SECRET.format(api.lower()) if api in PUSHING else None,
    )


def accounts(simulator: str) -> list[PlayedAccount]:
    """An account with each carrier that is played."""
    return [account(api, simulator) for api in CREDENTIALS]
