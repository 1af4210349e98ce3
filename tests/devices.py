"""Devices for tests: in a stock, on sale, traded in, in a fleet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from stdnum import luhn

from domain.units import Identifier, Imei, Place, SupplyChannel, UnitEventKind, imei_identifier
from domain.units.claiming import Claim, Party
from models.units.claims import claim_many, note_many
from tests.factories import some_id

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
_numbers = count(1)


def valid(body: str) -> str:
    """An IMEI of 14 digits and its check digit."""
    return body + luhn.calc_check_digit(body)


def fresh() -> str:
    """A valid IMEI that no test had before, and that no simulator says anything of."""
    return valid(f"35{next(_numbers):08d}1234")


def number(text: str) -> Identifier:
    """An IMEI as an identifier."""
    return imei_identifier(Imei(text))


async def _made(claims: Sequence[Claim]) -> list[UUID]:
    made = await claim_many([(each, [number(fresh())]) for each in claims])
    units = [each for each in made if isinstance(each, UUID)]
    assert len(units) == len(claims)
    tested = {"protocol": "p", "passed": True, "at": NOW.isoformat()}
    await note_many([(unit, UnitEventKind.DIAGNOSED, NOW, tested) for unit in units])
    return units


async def in_stock(merchant_id: UUID, variant_id: UUID | None, many: int = 1) -> list[UUID]:
    """So many devices of a merchant, each with a diagnostic."""
    of = Party(merchant_id=merchant_id)
    claims = [Claim(Place.STOCK, some_id(), of, "smartphone", variant_id) for _ in range(many)]
    return await _made(claims)


async def traded_in(merchant_id: UUID, customer_id: UUID, many: int = 1) -> list[UUID]:
    """So many devices that a customer gives to a merchant, each with a diagnostic."""
    of = Party(merchant_id=merchant_id, customer_id=customer_id)
    channel = SupplyChannel.TRADE_IN
    return await _made(
        [Claim(Place.TRADE_IN, some_id(), of, "smartphone", None, channel) for _ in range(many)]
    )
