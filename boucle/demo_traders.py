"""Who the demo's merchants are before the law: invented facts, so that they may sell and be read.

Told once; what an operator or a merchant changes stays.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg

from domain.merchants.traders import CERTIFIED, TraderField
from models.merchants import Merchant

_F: Final = TraderField
PHONE: Final = "+33199000000"  # of a range that ARCEP keeps for works of fiction
IBAN: Final = "DE89370400440532013000"  # the example of ISO 13616
_ADD: Final = """
INSERT INTO trader_fact (merchant_id, field, value, evidence, given_at)
SELECT x.merchant, x.field, x.value, 'invented for the demo', now()
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS x (merchant, field, value)
WHERE NOT EXISTS (SELECT FROM trader_fact f WHERE f.merchant_id = x.merchant)
"""


async def bring(raw: asyncpg.Connection, merchants: Mapping[str, Merchant]) -> None:
    """Give merchants of whom nothing is known their facts. In the current transaction."""
    rows = [
        (merchant.id, field.value, value)
        for slug, merchant in sorted(merchants.items())
        for field, value in _facts(slug, merchant).items()
    ]
    await raw.execute(_ADD, *(list(column) for column in zip(*rows, strict=True)))


def _facts(slug: str, of: Merchant) -> dict[TraderField, str]:
    return {
        _F.NAME: of.legal_name, _F.STREET: "1 Example Street", _F.POSTAL_CODE: "00001",
        _F.CITY: "Exampleville", _F.COUNTRY: of.country, _F.PHONE: PHONE,
        _F.EMAIL: f"contact@{slug}.example", _F.REGISTER: "register of the demo",
        _F.REGISTER_NUMBER: slug, _F.SELF_CERTIFICATION: CERTIFIED,
        _F.IDENTIFICATION: "invented", _F.PAYMENT_ACCOUNT: IBAN, _F.PAYMENT_HOLDER: of.legal_name,
    }  # fmt: skip
