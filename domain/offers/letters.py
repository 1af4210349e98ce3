"""What the owners of a merchant are told by mail about its feeds."""

from collections.abc import Mapping
from typing import Final

from domain.accounts.wording import Letter

FEED_STALE: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "Your feed “{name}” fell silent: its offers are paused",
        "Hello,\n\nWe have had no good file of your feed “{name}” for {hours} hours, so its offers"
        " are hidden: orders for stock that no longer exists would cost you more. The next good"
        " file shows them again by itself.\n\nWhat the last runs say: `feedRuns` at {site}.\n",
    ),
    "fr": Letter(
        "Votre flux « {name} » ne dit plus rien : ses offres sont en pause",
        "Bonjour,\n\nNous n'avons reçu aucun fichier valable de votre flux « {name} » depuis"
        " {hours} heures : ses offres sont masquées, car des commandes sur un stock qui n'existe"
        " plus vous coûteraient davantage. Le prochain fichier valable les montrera de nouveau,"
        " sans rien faire d'autre.\n\nCe que disent les derniers passages : {site}/graphql,"
        " `feedRuns`.\n",
    ),
}
