"""Which rules this process lets be used, and whom it asks for sales tax and about devices."""

from boucle.settings import Settings
from domain.markets.rules import RulePolicy
from integrations.devices import Asked, AskedLocks, SimulatedList, SimulatedLocks
from integrations.tax.simulator import Simulator
from models.markets import rules
from models.units import status
from resolvers.orders import tax


def install_rules(settings: Settings) -> None:
    """Let use cases and jobs of this process know what the settings say."""
    rules.install(RulePolicy(strict=settings.rules_strict))
    tax.install(Simulator() if settings.tax_provider == "simulator" else None)
    install_devices(settings)


def install_devices(settings: Settings) -> None:
    """Ask the simulators about devices, outside production; there, nobody is asked yet."""
    played = not settings.production
    status.install(Asked(SimulatedList()) if played else None)
    status.install_locks(AskedLocks(SimulatedLocks()) if played else None)
