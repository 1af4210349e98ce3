"""What a merchant says about a device: how it works, what was done to its data, what it cost."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from domain.money import Currency
from domain.units.proofs import ErasureMethod, ErasureResult, ErasureTechnique
from resolvers.units import given


class SupplierKind(StrEnum):
    """From whom a device was bought: it decides whether the margin scheme may apply."""

    PERSON = "PERSON"
    MARGIN_DEALER = "MARGIN_DEALER"
    VAT_BUSINESS = "VAT_BUSINESS"
    EXEMPT_BUSINESS = "EXEMPT_BUSINESS"


strawberry.enum(SupplierKind, description="From whom a device was bought.")


@strawberry.input
class DiagnosticTestInput:
    """One test."""

    name: str = strawberry.field(description="Such as `screen`; up to 60 characters.")
    passed: bool = strawberry.field(description="Whether the device passed it.")


@strawberry.input
class DiagnosticInput:
    """A test of the device."""

    protocol: str = strawberry.field(description="Name and version of the procedure.")
    passed: bool = strawberry.field(description="Whether it works in every function.")
    at: datetime = strawberry.field(description="When, with its zone.")
    battery_health: int | None = strawberry.field(
        default=None, description="Per cent of the rated capacity: 80 at least."
    )
    tests: list[DiagnosticTestInput] = strawberry.field(
        default_factory=list, description="Each test, 100 at most."
    )

    def said(self) -> given.DiagnosticSaid:
        """The same for the use case."""
        return given.DiagnosticSaid(
            self.protocol,
            self.passed,
            self.at,
            self.battery_health,
            [(test.name, test.passed) for test in self.tests],
        )


@strawberry.input
class ErasureInput:
    """What was done to the data of the device."""

    result: ErasureResult = strawberry.field(
        description="`NOT_APPLICABLE` only where devices of the category hold no data."
    )
    at: datetime = strawberry.field(description="When, with its zone.")
    standard: str | None = strawberry.field(default=None, description="Such as `NIST_800_88`.")
    method: ErasureMethod | None = strawberry.field(default=None, description="How thoroughly.")
    technique: ErasureTechnique | None = strawberry.field(default=None, description="How.")
    tool: str | None = strawberry.field(default=None, description="Name and version.")
    certificate_ref: str | None = strawberry.field(
        default=None, description="Number of the certificate."
    )
    encrypted: bool = strawberry.field(
        default=False,
        description="There is evidence that the medium was encrypted: only then is a factory "
        "reset a `PURGE`.",
    )

    def said(self) -> given.ErasureSaid:
        """The same for the use case."""
        return given.ErasureSaid(
            self.result,
            self.at,
            self.standard,
            self.method,
            self.technique,
            self.tool,
            self.certificate_ref,
            self.encrypted,
        )


@strawberry.input
class AcquisitionInput:
    """What you paid for the device: no buyer sees it; the margin scheme needs it."""

    price: Decimal = strawberry.field(description='All that the supplier got, such as `"180.00"`.')
    currency: Currency = strawberry.field(description="Its currency.")
    document: str = strawberry.field(description="Number of the invoice or ledger entry.")
    supplier: SupplierKind = strawberry.field(description="From whom.")
    bought_on: date | None = strawberry.field(default=None, description="Day of the purchase.")
    country: str | None = strawberry.field(
        default=None, description="Where it was bought, ISO 3166-1 alpha-2."
    )
    imported: bool = strawberry.field(
        default=False, description="You brought it into the Union, or the country, yourself."
    )

    def said(self) -> given.AcquisitionSaid:
        """The same for the use case."""
        said = (self.price, self.currency, self.document, self.supplier.value, self.bought_on)
        return given.AcquisitionSaid(*said, self.country, imported=self.imported)
