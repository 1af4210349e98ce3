"""Which rules this process lets be used, and whom it asks for sales tax."""

from boucle.settings import Settings
from domain.markets.rules import RulePolicy
from integrations.tax.simulator import Simulator
from models.markets import rules
from resolvers.orders import tax


def install_rules(settings: Settings) -> None:
    """Let use cases and jobs of this process know what the settings say."""
    rules.install(RulePolicy(strict=settings.rules_strict))
    tax.install(Simulator() if settings.tax_provider == "simulator" else None)
