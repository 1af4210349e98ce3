"""The problems of a feed, explained to a merchant in English."""

from collections.abc import Mapping
from typing import Final

from domain.offers.codes import FileCode, LineCode
from domain.offers.guards import Guard
from domain.offers.wording import Wording

LINES_EN: Final[Mapping[LineCode, Wording]] = {
    LineCode.BAD_ENCODING: Wording(
        "The line holds bytes that are no letters in the encoding of the feed.",
        "Export the file as UTF-8 and send it again.",
    ),
    LineCode.BAD_QUOTES: Wording(
        "The content of {field} cannot be read as written: “{value}”.",
        "Close every quotation mark, and double those inside a value.",
    ),
    LineCode.COLUMN_COUNT: Wording(
        "The line does not have as many columns as the header.",
        "Put values that hold the separator between quotation marks.",
    ),
    LineCode.SKU_MISSING: Wording(
        "The line has no SKU.",
        "Give every offer an identifier of your own, at most 64 characters.",
    ),
    LineCode.SKU_TOO_LONG: Wording(
        "The SKU “{value}” has more than 64 characters.",
        "Use a shorter identifier and keep it stable.",
    ),
    LineCode.DUPLICATE_SKU: Wording(
        "The SKU “{value}” is on several lines; upper and lower case count as the same.",
        "Keep one line per SKU.",
    ),
    LineCode.UNKNOWN_SKU: Wording(
        "No offer of yours has the SKU “{value}”.",
        "Send the full offer first, then its stock and prices.",
    ),
    LineCode.PRODUCT_UNKNOWN: Wording(
        "No product of the catalogue matches {field} “{value}”.",
        "Send a GTIN, or brand, model and title so that we can add the product.",
    ),
    LineCode.GTIN_INVALID: Wording(
        "“{value}” is not a GTIN that identifies a product.",
        "Copy the barcode of the product, 8, 12, 13 or 14 digits; leave internal codes out.",
    ),
    LineCode.GTIN_LOST_DIGITS: Wording(
        "A spreadsheet has rounded the GTIN “{value}”.",
        "Format the column as text, fill it again and export.",
    ),
    LineCode.PRICE_MISSING: Wording(
        "The line has no price.",
        "Send a price, VAT included, above zero.",
    ),
    LineCode.PRICE_INVALID: Wording(
        "{field} “{value}” is not an amount that can be used as sent.",
        "Send a positive decimal number with no more decimals than its currency, such as 199.90.",
    ),
    LineCode.PRICE_AMBIGUOUS: Wording(
        "{field} “{value}” may be thousands or decimals.",
        "Set the decimal mark of the feed, or send two decimals.",
    ),
    LineCode.PRICE_OUTLIER: Wording(
        "The price “{value}” is under a tenth of what this product sells for.",
        "Check the decimal mark and the currency.",
    ),
    LineCode.PRICE_BELOW_FLOOR: Wording(
        "{field} “{value}” is below your own minimum price.",
        "Raise the price or lower the minimum.",
    ),
    LineCode.CURRENCY_UNKNOWN: Wording(
        "“{value}” is not a currency that we can read here.",
        "Send one ISO 4217 code per line, such as EUR.",
    ),
    LineCode.CURRENCY_NOT_ALLOWED: Wording(
        "The currency “{value}” is not used in a market of this offer.",
        "Send the price in the currency of the market.",
    ),
    LineCode.QUANTITY_INVALID: Wording(
        "{field} “{value}” is not a whole number in its range.",
        "Send a whole number: stock from 0 to 100000, hours from 0 to 240, battery from 1 to 100.",
    ),
    LineCode.GRADE_MISSING: Wording(
        "“{value}” says nothing about how the device looks.",
        "Send a grade from FAIR to PREMIUM, or set the grade of the feed.",
    ),
    LineCode.GRADE_UNKNOWN: Wording(
        "“{value}” is not in the grade table of the feed.",
        "Add the word to the grade table of the feed.",
    ),
    LineCode.GRADE_NOT_ALLOWED: Wording(
        "The grade “{value}” is not sold in a market or category of this offer.",
        "Take the offer out of that market.",
    ),
    LineCode.CONDITION_NEW: Wording(
        "“{value}” offers a new product; this is a marketplace of refurbished goods.",
        "Remove the line, or correct its condition.",
    ),
    LineCode.CATEGORY_NOT_ALLOWED: Wording(
        "You do not have the right to sell in the category “{value}”.",
        "Ask for the category in your settings.",
    ),
    LineCode.BRAND_NOT_ALLOWED: Wording(
        "You do not have the right to sell the brand “{value}”.",
        "Ask for the brand in your settings.",
    ),
    LineCode.MARKET_NOT_ALLOWED: Wording(
        "“{value}” is not a market where you can sell.",
        "Send two-letter country codes of markets that are open to you.",
    ),
    LineCode.CAP_REACHED: Wording(
        "Your limit of live offers or orders is reached.",
        "Wait until your limit rises, or retire other offers.",
    ),
    LineCode.WARRANTY_TOO_SHORT: Wording(
        "A warranty of “{value}” months is too short.",
        "Send a whole number of months, at least 12.",
    ),
    LineCode.TITLE_TOO_LONG: Wording(
        "The title has more than 255 characters.",
        "Shorten the title.",
    ),
    LineCode.NOTE_FORBIDDEN: Wording(
        "The note holds HTML, a link, an e-mail address, a telephone number or a claim that may "
        "not be made.",
        "Write plain text about the device only; `lintClaim` names the words and the rule.",
    ),
    LineCode.DATE_INVALID: Wording(
        "{field} “{value}” is not a date that we can read.",
        "Send an ISO 8601 date, such as 2026-05-04T12:00:00Z.",
    ),
    LineCode.STALE_LINE: Wording(
        "A newer version of this offer is already stored.",
        "Send the time of the last change with each line.",
    ),
    LineCode.FIELD_TOO_LONG: Wording(
        "{field} is too long: “{value}”.",
        "Shorten the value.",
    ),
    LineCode.COMPLIANCE_FACT_MISSING: Wording(
        "A market of this offer asks for {field}, which we do not have.",
        "Complete your compliance facts for that market.",
    ),
}

FILES_EN: Final[Mapping[FileCode, Wording]] = {
    FileCode.FEED_EMPTY: Wording(
        "The feed has no offer.",
        "Check the export; to stop selling, send quantity 0.",
    ),
    FileCode.FEED_TRUNCATED: Wording(
        "The feed ends too early.",
        "Send it again once the export is finished.",
    ),
    FileCode.FEED_TOO_LARGE: Wording(
        "The feed is over a size limit.",
        "Split it into several feeds, or send only what changed.",
    ),
    FileCode.ARCHIVE_BOMB: Wording(
        "The archive unpacks to far more than it should.",
        "Send one plain or gzip file.",
    ),
    FileCode.FORMAT_UNKNOWN: Wording(
        "The feed cannot be read in any format that we know.",
        "Choose the format in the settings of the feed, or correct the file.",
    ),
    FileCode.HEADER_MISSING: Wording(
        "The columns of the feed are missing or repeated.",
        "Send every required column once, in the first line.",
    ),
    FileCode.GUARD_HELD: Wording(
        "A guard stopped the feed before it changed anything.",
        "Correct the file, or confirm the run if it waits for you.",
    ),
    FileCode.AUTH_FAILED: Wording(
        "Your server refused our credentials.",
        "Update the credentials of the feed.",
    ),
    FileCode.NOT_FOUND: Wording(
        "There is no file at the address of the feed.",
        "Check the address or the file name pattern.",
    ),
    FileCode.TIMEOUT: Wording(
        "Your server took too long.",
        "Check the server; we will try again.",
    ),
}

GUARDS_EN: Final[Mapping[Guard, str]] = {
    Guard.SHRUNK: (
        "{n} of the {total} live offers of the feed are not in the file; up to {limit} may be "
        "missing."
    ),
    Guard.REJECTED: "{n} of {total} lines were rejected; up to {limit} may be.",
    Guard.PRICES_JUMPED: (
        "{n} of {total} known offers change their price by more than half; up to {limit} may."
    ),
}
