"""Columns of fleets are known by their names in four languages; lines are held to the rules."""

from datetime import date
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.offers.vocabulary import Reason
from domain.raas.columns import FIELDS, suggest_fleet_mapping, word_field
from domain.raas.conditions import condition_of
from domain.raas.declared import Declared, Fault, Rules, _is_clean
from domain.raas.lines import OUTCOME_OF, FleetLineCode
from domain.raas.wording import TEXTS, explain
from domain.trade_in import TradeInGrade
from domain.units import Imei, imei
from integrations.feeds.dialect import header_key
from integrations.feeds.fleet import FLEET
from models.base import new_ids


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Asset Tag", "asset_tag"),
        ("N° d'inventaire", "asset_tag"),
        ("Inventarnummer", "asset_tag"),
        ("Número de inventario", "asset_tag"),
        ("S/N", "serial"),
        ("Numéro de série", "serial"),
        ("Seriennummer", "serial"),
        ("N° de série / IMEI", "identity"),
        ("IMEI 1", "imei"),
        ("Hersteller", "manufacturer"),
        ("Modèle", "model"),
        ("Date d'achat", "purchase_date"),
        ("Kaufdatum", "purchase_date"),
        ("Standort", "site"),
        ("État", "condition"),
        ("Menge", "quantity"),
    ],
)
def test_a_column_is_known_by_its_name_and_the_reader_agrees(name: str, field: str) -> None:
    assert word_field(name) == field
    assert FLEET.names.get(header_key(name)) == field


def test_a_mapping_is_suggested_by_names_and_values_each_field_once() -> None:
    headers = ["Tag", "Nummer", "Gerät", "Modell", "Foo"]
    rows = [["A", "490154203237518", "x", "iPhone 11", ""]] * 3
    found = suggest_fleet_mapping(headers, rows)
    assert [(each.field, each.reason) for each in found] == [
        ("asset_tag", Reason.WORD),
        ("imei", Reason.VALUES),
        ("model", Reason.WORD),
        (None, Reason.TAKEN),
        (None, Reason.NOTHING),
    ]
    assert {each.field for each in found if each.field} <= set(FIELDS)


@pytest.mark.parametrize(
    ("word", "grade"),
    [
        ("Très bon état", "FUNCTIONAL_GOOD"),
        ("GEBRAUCHT", "FUNCTIONAL_USED"),
        ("écran cassé", "FUNCTIONAL_CRACKED"),
        ("kaputt", "NOT_FUNCTIONAL_USED"),
        ("no funciona", "NOT_FUNCTIONAL_USED"),
        ("functional_flawless", "FUNCTIONAL_FLAWLESS"),
        ("meh", None),
    ],
)
def test_a_condition_is_known_in_four_languages(word: str, grade: str | None) -> None:
    assert condition_of(word) == (TradeInGrade(grade) if grade else None)


@given(st.text("0123456789", min_size=13, max_size=16))
def test_the_fast_way_to_read_an_imei_agrees_with_the_rule(text: str) -> None:
    assert _is_clean(text) == (isinstance(imei(text), Imei))


LINE = {"imei": "490154203237518", "model": "x", "manufacturer": "Apple"}


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40) | st.none()))
def test_any_line_is_a_device_or_has_one_fault(line: dict[str, str | None]) -> None:
    found = Rules(date(2026, 5, 4), "FR").read(line)
    assert isinstance(found, Declared | Fault)
    if isinstance(found, Fault):
        assert found.code in OUTCOME_OF


def test_the_serial_of_two_makers_is_two_devices_and_of_one_maker_one() -> None:
    rules = Rules(date(2026, 5, 4), "FR", brands={"lenovo": "lenovo", "thinkpad": "lenovo"})

    def key(maker: str) -> str:
        line = {"serial": "pf-12 34", "model": "x", "manufacturer": maker}
        found = rules.read(line)
        assert isinstance(found, Declared)
        return found.key

    assert key("Lenovo") == key("THINKPAD") == "SERIAL:lenovo:PF1234"
    assert key("Dell") == "SERIAL:dell:PF1234"


def test_who_declares_for_one_site_alone_need_not_say_it() -> None:
    site = uuid5(NAMESPACE_URL, "site")
    found = Rules(date(2026, 5, 4), "FR", {}, frozenset({site})).read(LINE)
    assert isinstance(found, Declared)
    assert found.site_id == site
    nobody = Rules(date(2026, 5, 4), "FR", {}, frozenset()).read(LINE)
    assert isinstance(nobody, Fault)
    assert nobody.code is FleetLineCode.SITE_NOT_YOURS


def test_what_is_missing_of_an_imei_is_suggested() -> None:
    found = Rules(date(2026, 5, 4), "FR").read(LINE | {"imei": "49015420323751"})
    assert isinstance(found, Fault)
    assert found.suggested == "490154203237518"
    assert (
        "490154203237518" in explain(found.code, found.field, found.value, found.suggested, "fr")[1]
    )


def test_every_code_has_an_outcome_and_words_in_both_languages() -> None:
    assert set(OUTCOME_OF) == set(FleetLineCode)
    assert all(texts.keys() == set(FleetLineCode) for texts in TEXTS.values())


def test_many_ids_made_at_once_are_sorted_and_differ() -> None:
    found = new_ids(20_000)
    assert found == sorted(found)
    assert len(set(found)) == 20_000
    assert {each.version for each in found} == {7}
