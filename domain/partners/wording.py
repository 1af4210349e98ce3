"""What the owners of a merchant are told by mail about its webhooks."""

from collections.abc import Mapping
from typing import Final

from domain.accounts.wording import Letter
from domain.partners.webhooks import DisabledFor

WHY: Final[Mapping[str, Mapping[DisabledFor, str]]] = {
    "en": {
        DisabledFor.FAILING: "it has taken nothing for five days",
        DisabledFor.GONE: "it answered “410 Gone”",
    },
    "fr": {
        DisabledFor.FAILING: "elle n'a rien accepté depuis cinq jours",
        DisabledFor.GONE: "elle a répondu « 410 Gone »",
    },
}
ENDPOINT_DISABLED: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "We stopped sending webhooks to one of your endpoints",
        "Hello,\n\nWe send nothing any more to this address, because {why}:\n\n    {url}\n\nOnce it"
        " works again, call `verifyWebhookEndpoint` at {site}, then `replayWebhooks` for what"
        " happened meanwhile.\n",
    ),
    "fr": Letter(
        "Nous n'envoyons plus de webhooks à l'une de vos adresses",
        "Bonjour,\n\nNous n'envoyons plus rien à cette adresse, car {why} :\n\n    {url}\n\nQuand"
        " elle fonctionnera de nouveau, appelez `verifyWebhookEndpoint` sur {site}, puis"
        " `replayWebhooks` pour ce qui s'est passé entre-temps.\n",
    ),
}
