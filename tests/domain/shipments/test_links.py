"""Public tracking pages."""

import pytest

from domain.shipments.carriers import CarrierCode
from domain.shipments.links import PAGES, public_page


@pytest.mark.parametrize("carrier", CarrierCode)
def test_each_carrier_has_a_page_by_https_and_the_number_is_in_it_once(
    carrier: CarrierCode,
) -> None:
    assert PAGES[carrier].count("{number}") == 1
    page = public_page(carrier, "1Z999AA10123456784")
    assert page.startswith("https://")
    assert page.count("1Z999AA10123456784") == 1


def test_a_number_cannot_change_the_page() -> None:
    page = public_page(CarrierCode.UPS, "1&x=<script>/../#")
    assert page == "https://www.ups.com/track?tracknum=1%26x%3D%3Cscript%3E%2F..%2F%23"
