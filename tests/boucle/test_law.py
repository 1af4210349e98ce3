"""What the settings say of rules and taxes holds in the process that loaded them."""

from dataclasses import replace

import pytest

from boucle.asgi import create_app
from boucle.law import install_rules
from boucle.settings import Settings
from domain.orders.sale import TaxRefused
from domain.orders.vat import LineTax
from models.markets import rules
from resolvers.orders import tax
from tests.domain.orders.test_vat_scheme import HOME
from tests.resolvers.test_sales_tax import OHIO
from tests.rules import FOLDER


@pytest.fixture(autouse=True)
def _no_provider():
    yield
    tax.install(None)


async def test_a_server_sells_on_unverified_rules_only_if_its_settings_let_it(db: None) -> None:
    await rules.load_rules(FOLDER)
    sold = {}
    for strict in (True, False):
        create_app(replace(Settings.load({}), rules_strict=strict))
        [sold[strict]] = await tax.taxes("cart", [HOME])
    assert isinstance(sold[True], TaxRefused)
    assert isinstance(sold[False], LineTax)


async def test_sales_tax_is_simulated_only_where_the_settings_say_so(db: None) -> None:
    await rules.load_rules(FOLDER)
    sold = {}
    for name in ("none", "simulator"):
        install_rules(Settings.load({"BOUCLE_TAX_PROVIDER": name}))
        [sold[name]] = await tax.taxes("cart", [OHIO])
    assert isinstance(sold["none"], TaxRefused)
    assert isinstance(sold["simulator"], LineTax)
    assert sold["simulator"].verified
