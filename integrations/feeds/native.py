"""Our own format: the names of our fields, in any order."""

from functools import partial
from typing import Final

from domain.offers.headers import FIELDS
from integrations.feeds.contract import ReadSettings
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.expand import spread_prices

NAMES: Final = {name: name for name in FIELDS} | {"delete": "deleted"}


def _translator(settings: ReadSettings) -> Translate:
    return partial(spread_prices, default=settings.currency)


NATIVE: Final = Dialect(NAMES, _translator)
