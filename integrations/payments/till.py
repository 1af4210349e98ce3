"""A provider as a shop asks it: every question ends in time, and a lost answer is None."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import structlog

from domain.orders.payments import PaymentState, Provider, Told
from integrations.http import Rejected, Unavailable
from integrations.payments.base import Charge, PaymentProvider

if TYPE_CHECKING:
    from models.orders.payments import Payment

log = structlog.get_logger()

IN_A_REQUEST: Final = 4.0
NOT_KNOWN: Final = Told(PaymentState.CREATED)


class ProviderTill:
    """Asks one provider about payments of ours."""

    def __init__(
        self, provider: PaymentProvider, return_url: str, seconds: float = IN_A_REQUEST
    ) -> None:
        """Take where customers come back to, and how long a question may take."""
        self.provider = provider
        self._return_url, self._seconds = return_url, seconds

    @property
    def name(self) -> Provider:
        """Which provider it is."""
        return self.provider.name

    async def authorise(self, payment: "Payment") -> Told | None:
        """Have the money held; a provider that will not be asked so has refused it."""
        try:
            return await self._in_time("authorise", self.provider.authorise(self.charge(payment)))
        except Rejected as error:
            log.error("payment.refused", payment_id=str(payment.id), error=str(error))
            return Told(PaymentState.FAILED, code="PROVIDER_REFUSED")

    async def capture(self, payment: "Payment") -> Told | None:
        """Take the money that is held; where that is refused, how it stands instead."""
        try:
            return await self._in_time("capture", self.provider.capture(self.charge(payment)))
        except Rejected as error:
            return await self._instead(payment, "capture", error)

    async def cancel(self, payment: "Payment") -> Told | None:
        """Let go of the money that is held; where that is refused, how it stands instead."""
        try:
            return await self._in_time("cancel", self.provider.cancel(self.charge(payment)))
        except Rejected as error:
            return await self._instead(payment, "cancel", error)

    async def find(self, payment: "Payment") -> Told | None:
        """How the payment stands; `CREATED` without a `ref` where the provider knows of none."""
        charge = self.charge(payment)
        try:
            async with asyncio.timeout(self._seconds):
                return await self.provider.find(charge) or NOT_KNOWN
        except (Unavailable, Rejected, TimeoutError) as error:
            log.warning("payment.unanswered", step="find", error=type(error).__name__)
            return None

    def charge(self, payment: "Payment") -> Charge:
        """The payment as the provider is asked for it."""
        joint = "&" if "?" in self._return_url else "?"
        back = f"{self._return_url}{joint}{urlencode({'purchase': str(payment.purchase_id)})}"
        return Charge(
            payment.id,
            payment.amount_minor,
            payment.currency,
            payment.method,
            back,
            payment.provider_ref,
        )

    async def _in_time(self, step: str, call: Awaitable[Told]) -> Told | None:
        try:
            async with asyncio.timeout(self._seconds):
                return await call
        except (Unavailable, TimeoutError) as error:
            log.warning("payment.unanswered", step=step, error=type(error).__name__)
            return None

    async def _instead(self, payment: "Payment", step: str, error: Rejected) -> Told | None:
        log.warning("payment.refused", step=step, payment_id=str(payment.id), error=str(error))
        return await self.find(payment)
