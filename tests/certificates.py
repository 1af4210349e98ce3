"""Certificates of invented devices, signed with published test keys, and what checks them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from domain.units.certificates.envelope import Envelope, PublicKey, key_id_of, public_of, signed
from domain.units.certificates.merkle import Salted
from domain.units.certificates.payloads import (
    Body,
    CategoryImpact,
    Erasure,
    FleetDevice,
    Frame,
    Impact,
    Issuer,
    Medium,
    Party,
    Tool,
    erasure,
    fleet,
    impact,
    payload,
)
from models.units import certificates
from models.units.certificates import Certificate, NewCertificate, Owner
from tests import factories

# RFC 8032, 7.1, tests 1 and 2: published vectors, never real keys.
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
OTHER = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = public_of(PRIVATE)
KEY_ID = key_id_of(PUBLIC)
KEY = PublicKey(KEY_ID, PUBLIC, date(2026, 1, 1))
ISSUER = Issuer("platform", "Société Boucle É", "FR12")
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def salted(text: str, n: int = 0) -> Salted:
    """An identity with a salt that a test knows."""
    return Salted(text, bytes([n]) * 16)


def frame(code: str = "0123456789ABCDEF", previous: str | None = None) -> Frame:
    """A place in the chain of the invented issuer."""
    url = f"https://example.org/certificates/{code}"
    return Frame(code, AT.date(), ISSUER, previous, url)


def wiped(serial: Salted | None = None) -> Erasure:
    """The erasure of one medium, validated."""
    return Erasure(
        medium=Medium("SSD", serial, 512_000_000_000),
        method="PURGE",
        technique="CRYPTO_ERASE",
        standard="NIST_800_88",
        revision="2",
        tool=Tool("Wiper", "7.1", "L-1"),
        started_at=AT,
        ended_at=AT,
        result="SUCCEEDED",
        verification_method="SAMPLE",
        verification_sample="10 %",
        verification_result="PASSED",
        validation="VALIDATED",
        validated_at=AT,
        validator="OP-2",
        operator="OP-1",
        operator_role="TECHNICIAN",
        place="Lille",
        destination="RESELL",
    )


def one_device() -> Body:
    """A laptop with two drives."""
    device = salted("SN:DELL:7XJ2K33", 1)
    drives = [wiped(salted(f"MEDIUM:S{n}", n)) for n in (2, 3)]
    return erasure(device, "Dell", "Latitude 7420", drives)


def many_devices(count: int) -> Body:
    """A fleet of laptops, some without storage."""
    devices = [
        FleetDevice(
            salted(f"SN:DELL:7XJ2K{n:03}", n % 256),
            "Dell",
            "Latitude 7420",
            "VALIDATED" if n % 3 else "NOT_APPLICABLE",
            "RESELL",
            "0123456789ABCDEF" if n % 3 else None,
        )
        for n in range(count)
    ]
    return fleet(Party("Acme", "FR34"), "LOT-1", devices, (date(2026, 10, 1), AT.date()))


def avoided(factor_set: str = "be-v2", sha256: str = "00" * 32) -> Body:
    """What ten phones and two laptops that are used again avoided. Units: kg CO2e."""
    found = Impact(
        method="boucle-1",
        factor_set_id=factor_set,
        factor_set_sha256=sha256,
        functional_unit="One year of use",
        boundary="Making, refurbishing, transport",
        reference_scenario="A new device of the category",
        categories=[
            CategoryImpact(
                "smartphone",
                {"RESOLD": 10, "RECYCLED": 3},
                Decimal("459.206667"),
                Decimal("326.036733"),
                "B",
            )
        ],
        beta=Decimal("0.29"),
        gross=Decimal("459.206667"),
        net=Decimal("326.036733"),
        p05=Decimal("149.627000"),
        p50=Decimal("298.627000"),
        p95=Decimal("515.612000"),
        share_not_positive=Decimal("0.0000"),
        units=10,
        erasure_certificates=["0123456789ABCDEF"],
        exclusions=["Use of energy by the new user"],
    )
    devices = [salted(f"SN:DELL:7XJ2K{n:03}", n) for n in range(10)]
    return impact(Party("Acme", "FR34"), (date(2026, 10, 1), AT.date()), found, devices)


def envelope(body: Body, private: bytes = PRIVATE, previous: str | None = None) -> Envelope:
    """The body as its issuer signs it."""
    return signed(payload(body, frame(previous=previous)), private, key_id_of(public_of(private)))


async def issued(body: Body | None = None, owner: Owner | None = None) -> Certificate:
    """The body, as the invented issuer issues it here; of nobody in particular."""
    whose = owner or Owner(customer_id=factories.some_id())
    return await certificates.issue(NewCertificate(ISSUER, whose, body or one_device(), AT))
