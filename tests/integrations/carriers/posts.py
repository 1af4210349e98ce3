"""Answers kept as files, and a counterpart that hands out tokens before it answers."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from boucle.settings import ROOT as REPOSITORY
from domain.shipments.scans import Told
from integrations.carriers.base import Account, CarrierClient, Parcel
from integrations.http import Rejected
from tests.integrations.carriers.counterpart import (
    NOW,
    ROOT,
    Asked,
    Counterpart,
    Reply,
    at_once,
    parcel,
)

BODIES = REPOSITORY / "tests" / "data" / "carriers"
SECRETS = {
    "client_id": "id",
    "client_secret": "hush & <more>",
    "api_key": "key",
    "customer_code": "ABCD",
    "customer_number": "10000001",
    "enseigne": "BDTEST13",
    "private_key": "PrivateK",
    "account": "account",
    "delis_id": "delis",
    "password": "geheim & <more>",
}
TOKEN = {"token_type": "Bearer", "access_token": "tok", "expires_in": 14400}
DPD_TOKEN = b"<Envelope><Body><return><authToken>tok</authToken></return></Body></Envelope>"


def golden(name: str) -> Any:
    """A body as the carrier sends it: JSON read, XML as bytes."""
    found = (BODIES / name).read_bytes()
    return orjson.loads(found) if name.endswith(".json") else found


def changed(name: str, change: Callable[[Any], None]) -> Any:
    """A golden body after a change."""
    body = copy.deepcopy(golden(name))
    change(body)
    return body


def account(url: str = ROOT, **secrets: str) -> Account:
    return Account("account", url, {**SECRETS, **secrets})


def is_token(asked: Asked) -> bool:
    return "oauth" in asked.url.path or "LoginService" in asked.url.path


def saying(*replies: Any) -> Counterpart:
    """A token to whoever asks for one, and then these answers; the last again and again."""
    rest = [each if isinstance(each, Reply) else Reply(each) for each in replies]

    def answer(asked: Asked) -> Reply:
        if is_token(asked):
            return Reply(DPD_TOKEN if "LoginService" in asked.url.path else TOKEN)
        return rest.pop(0) if len(rest) > 1 else rest[0]

    return Counterpart(answer)


def ask(
    client: CarrierClient, counterpart: Counterpart, *parcels: Parcel, of: Account | None = None
) -> Mapping[str, Told | Rejected]:
    return at_once(client.track(counterpart.out, of or account(), parcels, NOW))


def told(client: CarrierClient, body: Any, number: str, **about: Any) -> Told:
    """What a client makes of one answer about one parcel."""
    found = ask(client, saying(body), parcel(number, **about))[number]
    assert isinstance(found, Told), found
    return found
