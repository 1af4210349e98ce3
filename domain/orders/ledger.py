"""The ledger: which accounts a capture, a refund and a release move, in double entry.

A debit is positive, a credit negative, and the entries of one transaction sum to zero in their
currency. What we owe stands as a credit.
Source: docs/payments.md, "The ledger".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID


class LedgerAccount(StrEnum):
    """Where money stands.

    `CLEARING` is what the provider holds for us; `MERCHANT_HELD` what a merchant earned that may
    still be sent back; `MERCHANT_OWED` what it is owed for good; `COLLECTED_TAXES` levies, duties
    and taxes that the platform pays on; `REFUNDS_DUE` what customers are still to get;
    `CARRIERS_OWED` what labels of the platform's contracts cost; `SHIPPING_SUBSIDIES` what of that
    the platform bears; `CUSTOMERS_OWED` what people are still to get for devices that they sent in;
    `CREDITS_ISSUED` what they may spend of it here; `DONATIONS_OWED` what they gave to a partner;
    `ORGANISATIONS_OWED` what organisations are still to get for their lots.
    """

    CLEARING = "CLEARING"
    MERCHANT_HELD = "MERCHANT_HELD"
    MERCHANT_OWED = "MERCHANT_OWED"
    SERVICE_FEES = "SERVICE_FEES"
    COLLECTED_TAXES = "COLLECTED_TAXES"
    REFUNDS_DUE = "REFUNDS_DUE"
    PROVIDER_FEES = "PROVIDER_FEES"
    CARRIERS_OWED = "CARRIERS_OWED"
    SHIPPING_SUBSIDIES = "SHIPPING_SUBSIDIES"
    CUSTOMERS_OWED = "CUSTOMERS_OWED"
    CREDITS_ISSUED = "CREDITS_ISSUED"
    DONATIONS_OWED = "DONATIONS_OWED"
    ORGANISATIONS_OWED = "ORGANISATIONS_OWED"


class LedgerKind(StrEnum):
    """Why money moved."""

    CAPTURE = "CAPTURE"
    PROVIDER_FEE = "PROVIDER_FEE"
    REFUND = "REFUND"
    REFUND_PAID = "REFUND_PAID"
    REFUND_FAILED = "REFUND_FAILED"
    RELEASE = "RELEASE"
    LABEL = "LABEL"
    TRADE_IN = "TRADE_IN"
    TRADE_IN_PAID = "TRADE_IN_PAID"
    TRADE_IN_PAYOUT_FAILED = "TRADE_IN_PAYOUT_FAILED"
    CREDIT_ISSUED = "CREDIT_ISSUED"
    CREDIT_SPENT = "CREDIT_SPENT"
    CREDIT_RETURNED = "CREDIT_RETURNED"
    DONATION = "DONATION"
    DONATION_PAID = "DONATION_PAID"
    SETTLEMENT = "SETTLEMENT"
    SETTLEMENT_ADJUSTED = "SETTLEMENT_ADJUSTED"
    SETTLEMENT_PAID = "SETTLEMENT_PAID"
    SETTLEMENT_PAYOUT_FAILED = "SETTLEMENT_PAYOUT_FAILED"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a transaction. Units: minor units, a debit positive, a credit negative."""

    account: LedgerAccount
    amount_minor: int
    merchant_id: UUID | None = None
    line_id: UUID | None = None
    customer_id: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one line costs, and whose it is. Units: minor units of one currency.

    `refunded_minor` is what went back of it before; `released` says that its merchant is owed it.
    """

    line_id: UUID
    merchant_id: UUID
    merchant_minor: int
    fee_minor: int
    tax_minor: int
    refunded_minor: int = 0
    released: bool = False

    @property
    def total_minor(self) -> int:
        """What the customer paid for the line."""
        return self.merchant_minor + self.fee_minor + self.tax_minor

    @property
    def account(self) -> LedgerAccount:
        """Where the merchant's part of it stands."""
        return LedgerAccount.MERCHANT_OWED if self.released else LedgerAccount.MERCHANT_HELD


@dataclass(frozen=True, slots=True)
class Split:
    """Whose money a refund is. Units: minor units, none of them negative."""

    merchant_minor: int
    fee_minor: int
    tax_minor: int


_A: Final = LedgerAccount


def _parts(share: Share, back_minor: int) -> Split:
    """Of the first `back_minor` that go back: the merchant's, then our fee, then the taxes."""
    merchant = min(back_minor, share.merchant_minor)
    fee = min(back_minor - merchant, share.fee_minor)
    return Split(merchant, fee, back_minor - merchant - fee)


def split(share: Share, amount_minor: int) -> Split:
    """Whose money a refund of this amount is, after what went back before.

    The merchant's part goes first, so a price cut is the merchant's own; a line that is refunded
    in full takes everything with it, however many refunds it took.
    Raises: ValueError for more than is left.
    """
    if not 0 < amount_minor <= share.total_minor - share.refunded_minor:
        raise ValueError(f"{amount_minor} is not within what is left of the line")
    before = _parts(share, share.refunded_minor)
    after = _parts(share, share.refunded_minor + amount_minor)
    return Split(
        after.merchant_minor - before.merchant_minor,
        after.fee_minor - before.fee_minor,
        after.tax_minor - before.tax_minor,
    )


def capture(amount_minor: int, shares: Sequence[Share]) -> list[Entry]:
    """Money came in for these lines; what they do not account for is tax that we collect.

    Raises: ValueError where the lines cost more than was taken.
    """
    rest = amount_minor - sum(share.total_minor for share in shares)
    if rest < 0:
        raise ValueError("the lines cost more than was paid")
    return _without_zeros(
        Entry(_A.CLEARING, amount_minor),
        *(
            entry
            for share in shares
            for entry in (
                Entry(_A.MERCHANT_HELD, -share.merchant_minor, share.merchant_id, share.line_id),
                Entry(_A.SERVICE_FEES, -share.fee_minor, None, share.line_id),
                Entry(_A.COLLECTED_TAXES, -share.tax_minor, None, share.line_id),
            )
        ),
        Entry(_A.COLLECTED_TAXES, -rest),
    )


def unclaimed(amount_minor: int) -> list[Entry]:
    """Money came in for a purchase that had ended: all of it is due back."""
    return [Entry(_A.CLEARING, amount_minor), Entry(_A.REFUNDS_DUE, -amount_minor)]


def refund(share: Share, amount_minor: int) -> list[Entry]:
    """A refund was promised: from now on the amount is the customer's. Raises: ValueError."""
    of = split(share, amount_minor)
    return _without_zeros(
        Entry(share.account, of.merchant_minor, share.merchant_id, share.line_id),
        Entry(_A.SERVICE_FEES, of.fee_minor, None, share.line_id),
        Entry(_A.COLLECTED_TAXES, of.tax_minor, None, share.line_id),
        Entry(_A.REFUNDS_DUE, -amount_minor, None, share.line_id),
    )


def refund_paid(amount_minor: int, line_id: UUID | None) -> list[Entry]:
    """The provider sent the money back."""
    return [
        Entry(_A.REFUNDS_DUE, amount_minor, None, line_id),
        Entry(_A.CLEARING, -amount_minor, None, line_id),
    ]


def refund_returned(amount_minor: int, line_id: UUID | None) -> list[Entry]:
    """The customer's bank sent it back to us: it is due again."""
    return reversed_entries(refund_paid(amount_minor, line_id))


def provider_fee(fee_minor: int) -> list[Entry]:
    """What the provider kept of a payment."""
    return _without_zeros(Entry(_A.PROVIDER_FEES, fee_minor), Entry(_A.CLEARING, -fee_minor))


def release(held_minor: int, merchant_id: UUID, line_id: UUID) -> list[Entry]:
    """What a merchant earned by a line is owed to it for good. Units: `held_minor` is a credit."""
    return _without_zeros(
        Entry(_A.MERCHANT_HELD, held_minor, merchant_id, line_id),
        Entry(_A.MERCHANT_OWED, -held_minor, merchant_id, line_id),
    )


def reversed_entries(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries the other way."""
    return [replace(entry, amount_minor=-entry.amount_minor) for entry in entries]


def _without_zeros(*entries: Entry) -> list[Entry]:
    return [entry for entry in entries if entry.amount_minor]


def label_bought(merchant_id: UUID, merchant_minor: int, platform_minor: int) -> list[Entry]:
    """What a label costs: we owe it to the carrier; the merchant and the platform bear it."""
    shares = (
        Entry(LedgerAccount.MERCHANT_OWED, merchant_minor, merchant_id),
        Entry(LedgerAccount.SHIPPING_SUBSIDIES, platform_minor),
        Entry(LedgerAccount.CARRIERS_OWED, -(merchant_minor + platform_minor)),
    )
    return [entry for entry in shares if entry.amount_minor]
