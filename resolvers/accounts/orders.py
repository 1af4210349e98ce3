"""What a person asks of an API key, read and bounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts import LONGEST_LIFE, USUAL_LIFE, places, scopes
from domain.accounts.scopes import Grants
from resolvers.context import BadInput, stored_text

MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """What a key shall be. `expires_at` None: in 90 days."""

    name: str
    scopes: Sequence[str]
    networks: Sequence[str]
    expires_at: datetime | None


def grants_in(texts: Sequence[str]) -> Grants:
    """The grants that texts say. Raises: BadInput."""
    if not 0 < len(texts) <= scopes.MOST:
        raise BadInput(f"Give 1 to {scopes.MOST} scopes.", argument="scopes")
    found = scopes.read(texts)
    if isinstance(found, str):
        message = "A scope is written `offers:read`, or `offers:read@FR,DE` for some markets."
        raise BadInput(message, argument="scopes")
    return found


def networks_in(texts: Sequence[str]) -> list[str]:
    """Networks in CIDR form. Raises: BadInput."""
    if len(texts) > places.MOST_NETWORKS:
        raise BadInput(f"Give {places.MOST_NETWORKS} networks at most.", argument="networks")
    found = [places.network(text) for text in texts]
    if None in found:
        message = f"Network {found.index(None) + 1} is not an IP address or a CIDR network."
        raise BadInput(f"{message} Write `192.0.2.0/24`.", argument="networks")
    return [each for each in found if each is not None]


def name_in(text: str) -> str:
    """A name that can be stored. Raises: BadInput."""
    if len(text) > MOST_NAME:
        raise BadInput(f"`name` has {MOST_NAME} characters at most.", argument="name")
    return stored_text(text, "name").strip()


def end_in(given: datetime | None, now: datetime) -> datetime:
    """When a key ends; in 90 days where nothing is given. Raises: BadInput."""
    if given is None:
        return now + USUAL_LIFE
    if given.tzinfo is None or not now < given <= now + LONGEST_LIFE:
        message = "`expiresAt` must be a time with its zone, later than now and within a year."
        raise BadInput(message, argument="expiresAt")
    return given
