"""The prices of many records at once: amount, currency, bounds, and prices per market."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from domain.money import Currency
from domain.offers.amounts import Mark, parse_amount, parse_currency, split_currency
from domain.offers.lines import FeedMode, LineCode
from domain.offers.values import Parsed, narrow, parse_whole, wrong
from integrations.feeds.clean import cents
from integrations.feeds.contract import ReadSettings
from integrations.feeds.lanes import Rows

MOST_MINOR: Final = 10**15
_CODED: Final = r"^([0-9.,]{1,10}) ([A-Z]{3})$"
_WITH_CENTS: Final = [c.value for c in Currency if c.digits == 2]
_PER_MARKET: Final = re.compile(r"(?:price|min_price|max_price)\[([A-Z]{2})\]")
_NO_CENTS: Final = frozenset(c.value for c in Currency if c.digits == 0)


@dataclass(frozen=True, slots=True)
class Prices:
    """The columns of the price of each record."""

    price_minor: pl.Series
    currency: pl.Series
    min_price_minor: pl.Series
    max_price_minor: pl.Series
    prices: pl.Series


@dataclass(frozen=True, slots=True)
class PriceReader:
    """Reads the prices of one feed; `marks` are the decimal marks that its columns settled."""

    settings: ReadSettings
    marks: Mapping[str, Mark | None]
    sparse: bool = False

    def read(self, rows: Rows) -> Prices:
        """The prices of these records, reporting what is wrong with them."""
        sent = self._currency(rows, "currency")
        base = sent.fill_null(self.settings.currency.value)
        price, currency = self._amount(rows, "price", base, sent.is_not_null())
        exact = self._exact(rows, "price_minor")
        price = price.zip_with(price.is_not_null(), exact)
        least = self._bound(rows, "min_price", currency)
        most = self._bound(rows, "max_price", currency)
        _check_bounds(rows, "", price, least, most)
        markets = self._markets(rows, currency)
        self._missing(rows, price, markets)
        shown = price.is_not_null() | least.is_not_null() | most.is_not_null()
        shown = shown | sent.is_not_null() | self._filled(rows)
        nothing = rows.nothing(pl.String())
        return Prices(price, currency.zip_with(shown, nothing), least, most, markets)

    def _filled(self, rows: Rows) -> pl.Series:
        """Whether a record without a price takes the feed's currency all the same."""
        absent = self.sparse or not rows.has("currency")
        everywhere = self.settings.mode is FeedMode.FULL and absent
        return rows.same(everywhere, pl.Boolean())

    def _currency(self, rows: Rows, name: str) -> pl.Series:
        expected = self.settings.currency
        return rows.read(name, lambda text: parse_currency(text, expected), pl.String())

    def _exact(self, rows: Rows, name: str) -> pl.Series:
        def scalar(text: str) -> Parsed[int]:
            return parse_whole(text, 1, MOST_MINOR, LineCode.PRICE_INVALID)

        return rows.read(name, scalar, pl.Int64())

    def _bound(self, rows: Rows, name: str, currency: pl.Series) -> pl.Series:
        known = rows.same(value=True, dtype=pl.Boolean())
        amount, _ = self._amount(rows, name, currency, known)
        return amount.zip_with(amount.is_not_null(), self._exact(rows, f"{name}_minor"))

    def _amount(
        self, rows: Rows, name: str, expected: pl.Series, certain: pl.Series
    ) -> tuple[pl.Series, pl.Series]:
        """Minor units and currency; `expected` holds where it is `certain` or nothing else is."""
        if not rows.has(name):
            return rows.nothing(pl.Int64()), expected
        texts = rows.text(name)
        minor = self._clean(rows, name, expected)
        rest = (minor.is_null() & texts.is_not_null()).arg_true()
        if rest.is_empty():
            return minor, expected
        read = _with_code(texts.gather(rest), expected.gather(rest), certain.gather(rest))
        coded = read["minor"].is_not_null() & (not self.settings.careful)
        minor = minor.scatter(rest.filter(coded), read["minor"].filter(coded))
        expected = expected.scatter(rest.filter(coded), read["code"].filter(coded))
        rest = rest.filter(~coded)
        asked = pl.DataFrame(
            {
                "text": texts.gather(rest),
                "expected": expected.gather(rest),
                "certain": certain.gather(rest),
            }
        )
        answers = self._answers(asked, self.marks.get(name) or self.settings.decimal)
        rows.report(rest, name, answers)
        return minor.scatter(rest, answers["value"]), expected.scatter(rest, answers["currency"])

    def _clean(self, rows: Rows, name: str, expected: pl.Series) -> pl.Series:
        """What the lane reads in hundredths, where the currency has them."""
        minor = rows.clean(name, pl.Int64())
        coarse = expected.is_in(list(_NO_CENTS))
        return minor.zip_with(~coarse, rows.nothing(pl.Int64())) if coarse.any() else minor

    def _answers(self, asked: pl.DataFrame, mark: Mark | None) -> pl.DataFrame:
        distinct = asked.unique()
        said = [
            _priced(text, expected, certain, mark)
            for text, expected, certain in distinct.iter_rows()
        ]
        table = distinct.with_columns(
            pl.Series("value", [one.value for one, _ in said], dtype=pl.Int64()),
            pl.Series("currency", [currency.value for _, currency in said], dtype=pl.String()),
            pl.Series("code", [one.code for one, _ in said], dtype=pl.String()),
            pl.Series("fatal", [one.fatal for one, _ in said], dtype=pl.Boolean()),
        )
        return asked.join(table, on=asked.columns, how="left", maintain_order="left")

    def _markets(self, rows: Rows, currency: pl.Series) -> pl.Series:
        """The prices of single markets as canonical JSON, null where there are none."""
        found = (_PER_MARKET.fullmatch(name) for name in rows.raw.columns)
        markets = sorted({match[1] for match in found if match})
        parts = [self._market(rows, market, currency) for market in markets]
        if not parts:
            return rows.nothing(pl.String())
        joined = pl.concat_str(parts, separator=",", ignore_nulls=True)
        listed = pl.when(joined != "").then(pl.concat_str(pl.lit("["), joined, pl.lit("]")))
        return pl.select(listed).to_series()

    def _market(self, rows: Rows, market: str, currency: pl.Series) -> pl.Series:
        own = self._currency(rows, f"currency[{market}]")
        expected = own.zip_with(own.is_not_null(), currency)
        price, used = self._amount(rows, f"price[{market}]", expected, own.is_not_null())
        least = self._bound(rows, f"min_price[{market}]", used)
        most = self._bound(rows, f"max_price[{market}]", used)
        _check_bounds(rows, f"[{market}]", price, least, most)
        amounts = [pl.lit(each).cast(pl.String).fill_null("null") for each in (price, least, most)]
        text = pl.concat_str(
            *(pl.lit(f'{{"market":"{market}","price_minor":'), amounts[0]),
            *(pl.lit(',"currency":"'), pl.lit(used), pl.lit('","min":'), amounts[1]),
            *(pl.lit(',"max":'), amounts[2], pl.lit("}")),
        )
        any_sent = price.is_not_null() | least.is_not_null() | most.is_not_null()
        return pl.select(pl.when(any_sent).then(text)).to_series()

    def _missing(self, rows: Rows, price: pl.Series, markets: pl.Series) -> None:
        if self.settings.mode is not FeedMode.FULL:
            return
        if not price.null_count():
            return
        none = price.is_null() & markets.is_null() & ~rows.failed("price", "price_minor")
        rows.refuse(none, "price", LineCode.PRICE_MISSING, rows.text("price"))


def _with_code(texts: pl.Series, expected: pl.Series, certain: pl.Series) -> pl.DataFrame:
    """Amounts written as `199.90 EUR`, with their currency; null for the others."""
    frame = pl.DataFrame({"text": texts, "expected": expected, "certain": certain})
    code = pl.col("text").str.extract(_CODED, 2)
    suited = code.is_in(_WITH_CENTS) & (~pl.col("certain") | (code == pl.col("expected")))
    number = pl.when(suited).then(pl.col("text").str.extract(_CODED, 1))
    return frame.select(cents(number).alias("minor"), code.alias("code"))


def _priced(
    text: str, expected: str, certain: bool, mark: Mark | None
) -> tuple[Parsed[int], Currency]:
    """One amount by the reference rules, in the currency it names or else the expected one."""
    currency = Currency(expected)
    if certain:
        return parse_amount(text, mark, currency), currency
    if not narrow(text):
        return Parsed(), currency
    _, glued = split_currency(text, currency)
    if glued.code is not None:
        return wrong(glued.code), currency
    named = glued.value or currency
    return parse_amount(text, mark, named), named


def _check_bounds(
    rows: Rows, suffix: str, price: pl.Series, least: pl.Series, most: pl.Series
) -> None:
    """Reject a price outside the merchant's own bounds, and bounds that exclude each other."""
    if least.null_count() == most.null_count() == rows.height:
        return
    rows.refuse(price < least, f"price{suffix}", LineCode.PRICE_BELOW_FLOOR, price)
    rows.refuse(price > most, f"max_price{suffix}", LineCode.PRICE_INVALID, most)
    rows.refuse(least > most, f"min_price{suffix}", LineCode.PRICE_INVALID, least)
