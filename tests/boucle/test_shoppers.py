"""The demo's people ask nothing that a client could not, and live only where all is played."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from boucle.graphql.limits import Limits
from boucle.graphql.price import price
from boucle.settings import BadSetting, Settings
from boucle.shoppers import Queue, operations, operations_trade_in, run
from boucle.shoppers.buying import WINDOW
from boucle.shoppers.client import Api, Control
from boucle.shoppers.devices import device, imei, serial
from boucle.shoppers.parcels import NAMES, parcel, registered
from boucle.shoppers.people import Doors, shoppers
from boucle.shoppers.selling import AT_ONCE, Selling
from domain.shipments.carriers import CarrierCode
from domain.units import Imei
from domain.units import imei as read_imei
from domain.units import serial as read_serial
from integrations.mail import FolderPost, Mail
from integrations.sandbox.carriers import CREDENTIALS, CarrierSimulator
from integrations.sandbox.carriers.numbers import fits
from models.base import new_id
from schema.root import schema

ALL = {
    name: text
    for name, text in (vars(operations) | vars(operations_trade_in)).items()
    if name.isupper() and name[0] != "_"
}
LIVE = {"BOUCLE_CARRIERS_PORT": "4001"}
FIRST = {"SEARCH": WINDOW, "QUEUE": AT_ONCE, "DELIVERED": 8, "INCOMING": 10, "SOLD": 10}
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LINE = {
    "id": "line-1",
    "dispatchCountry": "FR",
    "carrier": "Colissimo",
    "category": "smartphone",
    "vatScheme": "NORMAL",
}


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_operation_is_of_the_schema_and_costs_what_everybody_may_ask(name: str) -> None:
    document, core = parse(ALL[name]), schema._schema

    assert validate(core, document) == []
    (operation,) = price(core, document).operations.values()
    allowed = Limits().partner_points if name in {"QUEUE", "INCOMING"} else Limits().points
    assert operation.points({"first": FIRST.get(name, 1)}) <= allowed


@pytest.mark.parametrize(
    "environ",
    [
        {"BOUCLE_SMTP_URL": "smtp://mail.example:25"},
        {"BOUCLE_PAYMENTS": "none"},
        {"BOUCLE_CARRIERS_PORT": "0"},
        {
            "BOUCLE_ENV": "production",
            "DATABASE_URL": "postgres://x/y",
            "REDIS_URL": "redis://x",
            "BOUCLE_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "BOUCLE_PAYMENTS": "simulator",
        },
    ],
    ids=["mails leave", "nobody pays", "no carriers", "production"],
)
async def test_where_anything_could_be_real_nobody_is_played(environ: dict[str, str]) -> None:
    assert Settings.load(LIVE).shoppers_live
    settings = Settings.load(LIVE | environ)

    assert not settings.shoppers_live
    with pytest.raises(BadSetting):
        await run(settings)


def test_devices_have_numbers_of_test_devices_that_are_right() -> None:
    numbers = {imei("line", n) for n in range(500)}

    assert len(numbers) == 500
    assert all(isinstance(read_imei(n), Imei) and n.startswith("00100") for n in numbers)
    assert read_serial(serial("line")) == serial("line")
    assert "imei" in device("a", "smartphone", NOW)
    assert "serial" in device("a", "laptop", NOW)


async def test_every_way_of_shipping_has_a_number_and_a_journey_that_the_simulator_plays() -> None:
    async with CarrierSimulator(lambda: NOW) as sim:
        control = Control(None, "")  # type: ignore[arg-type]
        told: list[dict[str, Any]] = []

        async def post(path: str, asked: dict[str, Any]) -> bool:
            told.append(asked)
            try:
                sim.register(
                    asked["api"], asked["number"], asked["kind"], origin=asked["origin"],
                    destination=asked["destination"], division=asked["division"],
                )  # fmt: skip
            except ValueError:
                return False
            return True

        control_post = pytest.MonkeyPatch()
        control_post.setattr(Control, "post", lambda _, path, asked: post(path, asked))
        try:
            carriers = set()
            for number, name in enumerate([*NAMES, "BRT"] * 12):
                line = LINE | {"id": f"line-{number}", "carrier": name}
                made = parcel(line, ("FR", "DE", "GB", "US")[number % 4], NOW, 0)
                assert await registered(control, made) is not None
                assert made.api in CREDENTIALS
                assert fits(made.api, made.number)
                carriers.add(made.carrier)
        finally:
            control_post.undo()

    assert carriers > {*NAMES.values(), CarrierCode.OTHER, CarrierCode.UPS, CarrierCode.GLS}


def test_everybody_has_an_address_that_parcels_go_to() -> None:
    people = shoppers()

    assert len({who.email for who in people}) == len(people) > 10
    assert {who.market for who in people} >= {"FR", "DE", "GB", "US", "JP"}
    assert all(who.email.endswith("@example.org") for who in people)


async def test_a_code_is_read_where_mails_stay_and_a_session_outlives_a_restart(
    tmp_path: Path,
) -> None:
    who, asked = shoppers()[0], []
    post = FolderPost(tmp_path / "mails", "no-reply@shop.example")

    class Played(Api):
        async def ask(self, document: str, token: str | None = None, **given: Any) -> Any:
            asked.append(document)
            if document == operations.REQUEST_CODE:
                text = "Hello,\n\n    12345678\n\nIt works once.\n"
                await post.send(
                    Mail(new_id(), given["email"], "code", text, "en", datetime.now(UTC))
                )
                return {"challenge": "c"}
            assert given.get("code", "12345678") == "12345678"
            return {"accessToken": "a", "expiresAt": "2999-01-01T00:00:00Z", "refreshToken": "r"}

    first = Doors(Played(None, ""), tmp_path / "mails", tmp_path / "s.json")  # type: ignore[arg-type]
    assert await first.token(who) == "a"
    again = Doors(Played(None, ""), tmp_path / "mails", tmp_path / "s.json")  # type: ignore[arg-type]
    assert await again.token(who) == "a"

    assert asked == [operations.REQUEST_CODE, operations.SIGN_IN]
    assert (tmp_path / "s.json").stat().st_mode & 0o077 == 0


async def test_a_merchant_answers_what_is_paid_gives_it_a_device_and_ships_it() -> None:
    done: list[str] = []
    line = LINE | {"id": "line-9", "state": "PAID", "cancelRequestedAt": None, "unit": None}
    order = {
        "id": "o", "number": "N", "paidAt": "2026-01-01T00:00:00Z", "lines": [line],
        "address": {"country": "FR", "postalCode": "69003"},
    }  # fmt: skip

    class Played(Api):
        async def ask(self, document: str, token: str | None = None, **given: Any) -> Any:
            name = next(known for known, text in ALL.items() if text == document)
            done.append(name)
            return {
                "QUEUE": {"edges": [{"node": order}]},
                "ACCEPT": {"results": [{"line": {"id": "line-9", "state": "ACCEPTED"}}]},
                "ATTACH": {"line": {"state": "ACCEPTED"}},
                "SHIP": {"shipmentId": "s"},
            }[name]

    class Simulated(Control):
        async def post(self, path: str, asked: Any) -> bool:
            done.append(path)
            return True

    selling = Selling(Played(None, ""), Simulated(None, ""), {"slug": "key"})  # type: ignore[arg-type]
    await selling.work("slug")

    assert done == ["QUEUE", "ACCEPT", "ATTACH", "SHIP", "parcels"]


def test_each_merchant_looks_in_its_turn_and_visits_do_not_pile_up() -> None:
    queue = Queue()
    for _ in range(100):
        queue.add(5.0, "a")
    queue.add(1.0, "b")

    assert (queue.due(0.5), queue.due(1.0), queue.due(4.0)) == (None, "b", None)
    assert (queue.due(6.0), queue.due(6.0)) == ("a", None)
