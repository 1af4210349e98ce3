"""Who takes money in a process: the providers that the settings name."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from yarl import URL

from boucle.house import vault_of
from boucle.settings import PaymentChoice, Settings
from domain.orders.payments import Provider
from integrations.http import outbound, place
from integrations.payments.simulator import Simulator
from integrations.payments.stripe import Stripe
from integrations.payments.till import ProviderTill
from models.orders.simulated import SimulatedBook

SIGNS_FOR = "simulated payments"
PAGE = "/sandbox/payments"


def simulator_of(settings: Settings) -> Simulator:
    """The simulated provider, whose page and webhooks our own API serves."""
    keys = [secret.hex() for secret in vault_of(settings).secrets(SIGNS_FOR)]
    return Simulator(SimulatedBook(), f"{settings.public_url}{PAGE}", keys)


@asynccontextmanager
async def tills(
    settings: Settings, seconds: float | None = None
) -> AsyncGenerator[Mapping[Provider, ProviderTill]]:
    """The tills of a process, the one for new payments first; none where none is named.

    Stripe is among them wherever it has a key: payments that it took before are ended there.
    Units: `seconds` a question may take.
    """
    async with AsyncExitStack() as stack:
        made: dict[Provider, ProviderTill] = {}
        back, limit = settings.shop_url, seconds or 4.0
        if settings.payments is PaymentChoice.SIMULATOR:
            made[Provider.SIMULATOR] = ProviderTill(simulator_of(settings), back, limit)
        if key := str(settings.stripe_key):
            api = URL(settings.stripe_url)
            host = place(api.host or "", api.port)
            out = await stack.enter_async_context(outbound(allowed=[host]))
            secrets = [part for part in str(settings.stripe_webhook_secrets).split(",") if part]
            stripe = Stripe(out, key, secrets, settings.stripe_url)
            made[Provider.STRIPE] = ProviderTill(stripe, back, limit)
        yield made
