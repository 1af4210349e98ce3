"""Fields proposed for the columns of a merchant's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.offers.headers import (
    FIELDS,
    HEADER_WORDS,
    Proposal,
    Reason,
    is_field,
    suggest_mapping,
    unknown_fields,
    word_field,
)


def fields(headers, *samples):
    return {one.header: one.field for one in suggest_mapping(headers, samples)}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(["Item number", "Barcode", "Title", "Grade", "Price", "Qty"], id="en"),
        pytest.param(["Réf.", "Code-barres", "Désignation", "État", "Prix TTC", "Qté"], id="fr"),
        pytest.param(["Artikelnummer", "EAN", "Bezeichnung", "Zustand", "VK", "Bestand"], id="de"),
        pytest.param(
            ["Referencia", "Código de barras", "Nombre", "Estado", "PVP", "Cantidad"], id="es"
        ),
        pytest.param(
            ["Codice", "Codice a barre", "Nome", "Condizioni", "Prezzo", "Quantità"], id="it"
        ),
        pytest.param(
            ["Artikelcode", "Streepjescode", "Omschrijving", "Staat", "Prijs", "Voorraad"], id="nl"
        ),
        pytest.param(["Referência", "EAN", "Descrição", "Estado", "Preço", "Quantidade"], id="pt"),
    ],
)
def test_the_usual_names_are_known_in_seven_languages(headers):
    row = ["A-1", "190198457325", "iPhone X", "A", "199.90", "3"]

    found = suggest_mapping(headers, [row])

    assert [one.field for one in found] == ["sku", "gtin", "title", "grade", "price", "quantity"]
    assert all(one.confidence == 95 or one.reason is Reason.NAME for one in found)


def test_a_field_of_ours_is_sure_and_says_why():
    assert suggest_mapping(["warranty_months"], []) == (
        Proposal("warranty_months", "warranty_months", 100, Reason.NAME),
    )


def test_a_known_word_within_a_name_is_less_sure():
    assert suggest_mapping(["Prix conseillé web"], [["10,50"]]) == (
        Proposal("Prix conseillé web", "price", 75, Reason.PART_OF_NAME),
    )


def test_values_that_do_not_suit_a_name_lower_its_confidence():
    (sure,) = suggest_mapping(["Price"], [["10.00"], ["12,50"], ["1 200,00 €"]])
    (unsure,) = suggest_mapping(["Price"], [["ask us"], ["low"], ["10"], ["tba"]])

    assert (sure.confidence, unsure.confidence) == (100, 25)


@pytest.mark.parametrize("header", ["Prix HT", "Prix d'achat", "Preis netto", "Purchase price"])
def test_a_net_or_purchase_price_is_never_proposed_as_the_price(header):
    assert suggest_mapping([header], [["10.00"]]) == (Proposal(header, None, 80, Reason.NET_PRICE),)


def test_barcodes_are_known_by_their_check_digits_whatever_their_column_is_called():
    (found,) = suggest_mapping(["XYZ"], [["190198457325"], ["4006381333931"]])
    (other,) = suggest_mapping(["XYZ"], [["190198457326"], ["4006381333932"]])

    assert (found.field, found.reason) == ("gtin", Reason.VALUES)
    assert (other.field, other.reason) == (None, Reason.NOTHING)


def test_a_field_is_proposed_once_for_the_surest_column():
    found = suggest_mapping(["Prix web", "Prix TTC"], [["9", "10"]])

    assert [(one.field, one.reason) for one in found] == [
        (None, Reason.TAKEN),
        ("price", Reason.WORD),
    ]


def test_colours_and_capacities_are_attributes():
    assert fields(["Couleur", "Speicher"]) == {
        "Couleur": "attributes[color]",
        "Speicher": "attributes[storage_gb]",
    }


def test_every_word_means_one_field_that_can_be_mapped():
    words = [word for held in HEADER_WORDS.values() for word in held.split("|")]

    assert all(is_field(field) for field in HEADER_WORDS)
    assert [word for word in words if words.count(word) > 1] == []
    assert [word for word in words if word_field(word) is None] == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.text(max_size=12) | st.sampled_from(sorted(FIELDS)), max_size=8),
    st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=3),
)
def test_every_column_has_one_proposal_and_every_field_at_most_one_column(headers, samples):
    found = suggest_mapping(headers, samples)

    assert [one.header for one in found] == headers
    chosen = [one.field for one in found if one.field is not None]
    assert len(chosen) == len(set(chosen))
    assert all(0 <= one.confidence <= 100 and is_field(one.field or "") for one in found)


def test_a_mapping_to_what_is_no_field_is_told():
    mapping = {"a": "sku", "b": "", "c": "price[FR]", "d": "pric", "e": "price[france]"}

    assert unknown_fields(mapping) == ["d", "e"]
