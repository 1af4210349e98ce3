"""The invented devices that are sent: numbers of test devices, and proofs that they may leave."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from stdnum import luhn

from integrations.sandbox.chance import draws

TEST_TAC: Final = "00100"
"""How the type of a test device begins: no phone of the world has such a number (GSMA TS.06)."""
PHONES: Final = "smartphone"
MARGIN: Final = "MARGIN"


def imei(*seed: object) -> str:
    """The IMEI of a test device: always the same of one seed, its check digit right."""
    drawn = draws("imei", *seed)
    body = TEST_TAC + "".join(str(drawn.below(number, 10)) for number in range(9))
    return body + luhn.calc_check_digit(body)


def serial(*seed: object) -> str:
    """A serial number of no maker."""
    return "DEMO" + draws("serial", *seed).digest.hex()[:10].upper()


def device(line: str, category: str, now: datetime, salt: int = 0) -> dict[str, Any]:
    """What `attachUnit` is told of the device of a line."""
    at = (now - timedelta(minutes=2)).isoformat()
    drawn = draws("device", line, salt)
    named = {"imei": imei(line, salt)} if category == PHONES else {"serial": serial(line, salt)}
    return {
        "orderLine": line,
        **named,
        "diagnostic": {
            "protocol": "demo 1",
            "passed": True,
            "at": at,
            "batteryHealth": drawn.between(0, 82, 100),
        },
        "erasure": {
            "result": "VALIDATED",
            "at": at,
            "standard": "NIST_800_88",
            "method": "PURGE",
            "technique": "CRYPTO_ERASE",
            "tool": "demo eraser 1",
            "certificateRef": f"DEMO-{draws('erasure', line).digest.hex()[:8]}",
        },
    }


def bought(line: str, item: Mapping[str, str], country: str, now: datetime) -> dict[str, Any]:
    """How the merchant came by a device: from a person, for less than it sells it for."""
    drawn = draws("acquisition", line)
    price = Decimal(item["amount"]) * drawn.between(0, 50, 75) / 100
    return {
        "price": str(price.quantize(Decimal(item["amount"]))),
        "currency": item["currency"],
        "document": f"DEMO-{drawn.digest.hex()[:8].upper()}",
        "supplier": "PERSON",
        "boughtOn": (now - timedelta(days=drawn.between(1, 10, 90))).date().isoformat(),
        "country": country,
    }
