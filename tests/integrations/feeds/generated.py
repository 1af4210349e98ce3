"""Feed files made from numbers, with the faults of hand-made ones mixed in."""

import random
from dataclasses import dataclass, replace
from html import escape

from domain.offers.lines import FeedFormat
from tests.integrations.feeds.reading import DELTA, FULL
from tests.integrations.feeds.written import DELIMITED, cells

VALUES = {
    "gtin": [
        *("190198457325", "0190198457325", "4006381333931", "1.95949E+14", "190198457325.0"),
        *("'0190198457325", '="0190198457325"', "190198457326", "0000000000000", "2000000000015"),
        *("", "abc", "9999999999999", "9783161484100", "\uff11\uff19\uff10198457325"),
    ],
    "price": [
        *("10.00", "199.90", "7", "1 234,50", "1.234,50", "1,234.50", "1'234.50", "1.234"),
        *("199,90€", "EUR 199.90", "199.90 EUR", "9.90 GBP", "-5", "0", "N/A", "-", "1e3"),
        *(
            "10.005",
            "¥19800",
            "",
            " 12.5 ",
            "1\u00a0234,50",
            "1\u202f234,50",
            "\uff11\uff12\uff13.50",
            "007.50",
        ),
    ],
    "quantity": [
        "0",
        "1",
        "12",
        "12.0",
        "many",
        "1.5",
        "100001",
        "\uff11\uff12",
        "007",
        "",
        " 3 ",
        "-1",
    ],
    "grade": [
        *("EXCELLENT", "GOOD", "FAIR", "VERY_GOOD", "good", "Très bon", "used", "refurbished"),
        *("new", "nope", "STALLONE", "bon état", "", "B", "like new"),
    ],
    "sku": ["É-1", "x" * 65, " A ", "A\u0301-1", "", "=1+1", "total", "a", "A", "ﬁ-1", "İ-1", "-"],
}
USUAL = {"gtin": 3, "price": 3, "quantity": 3, "grade": 4, "sku": 0}
ENDS = ["\n"] * 6 + ["\r\n", "\r\n", "\r"]
ODD_LINES = [
    *("", " ", '"', "\t", "Total;;12;;", "a,b", 'x"y', '"open', '"a\nb"', "total", ",,,,,,,,,,,,,"),
    *(";;;;;;;", "\x00", "\x0b", '"a""b",c', "'", "\ufeff", "\u2028", "sku,price,grade"),
]
GOOGLE = {
    "id": "sku",
    "gtin": "gtin",
    "price": "price",
    "condition": "grade",
    "sell_on_google_quantity": "quantity",
}


@dataclass(frozen=True)
class Made:
    """A file, how it is to be read, and the faults that were put into it."""

    kind: FeedFormat
    body: bytes
    settings: object
    faults: frozenset


class Maker:
    """Makes one file; the same number makes the same file."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.faults = set()
        self.broken = self.rng.random() < 0.1  # what ends a file of XML stands in a tenth of them

    def some(self, fault, share):
        """Whether this fault is put in, now and then."""
        met = self.rng.random() < share
        if met:
            self.faults.add(fault)
        return met

    def offer(self, number):
        """A line of raw texts, most of them as they should be."""
        odd = self.rng.random() < 0.5
        line = {
            name: self.rng.choice(texts if odd else texts[: USUAL[name]] or [f"S-{number}"])
            for name, texts in VALUES.items()
        }
        if odd and self.rng.random() < 0.7:
            line["sku"] = f"S-{number}"
        if self.some("duplicate sku", 0.05):
            line["sku"] = f"s-{self.rng.randrange(number + 1)}"
        return line

    def offers(self):
        return [self.offer(number) for number in range(self.rng.choice([0, 1, 2, 5, 9, 30]))]

    def delimited(self, kind):
        written = DELIMITED.get(kind)
        mark = written.separator if written else "\t" if kind is FeedFormat.GOOGLE_TSV else ","
        if self.some("odd separator", 0.1):
            mark = self.rng.choice(",;\t|")
        head = list(written.columns if written else GOOGLE)
        if self.some("header case", 0.1):
            head = [name.upper() for name in head]
        if self.some("unknown column", 0.1):
            head[-1:] = ["mystery", head[-1]]
        rows = [self.row(kind, line, mark, len(head)) for line in self.offers()]
        lines = [mark.join(head), *rows]
        if self.some("sep line", 0.05):
            lines.insert(0, f"sep={mark}")
        for fault in ("odd line", "odd line again"):
            if self.some(fault, 0.3):
                place = self.rng.randrange(1, len(lines) + 1)
                lines.insert(place, self.rng.choice(ODD_LINES).replace(",", mark))
        end = self.rng.choice(ENDS)
        text = end.join(lines) + (end if self.rng.random() < 0.9 else "")
        return self.encoded(text)

    def row(self, kind, line, mark, width):
        if kind in DELIMITED:
            values = cells(kind, line)
        else:
            values = [line[name] for name in GOOGLE.values()]
        values += ["x"] * (width - len(values))
        values = [self.cell(value, mark) for value in values]
        if self.some("ragged row", 0.05):
            values = values[: self.rng.randrange(len(values) + 1)] or ["x"]
        if self.some("longer row", 0.03):
            values += self.rng.choice([["", ""], ["more"]])
        return mark.join(values)

    def cell(self, value, mark):
        if self.some("bad quotes", 0.02):
            return self.rng.choice(['"', '"a"b', 'a"b', f'"{value}', f'{value}"', '""x', ' "q"'])
        if self.some("line in quotes", 0.02):
            return f'"{value}\n{value}"'
        if mark in value or '"' in value or self.some("quoted", 0.1):
            return '"' + value.replace('"', '""') + '"'
        return value

    def encoded(self, text):
        encoding = "utf-8"
        if self.some("another encoding", 0.15):
            encoding = self.rng.choice(["utf-8-sig", "utf-16", "cp1252"])
        body = bytearray(text.encode(encoding, "replace"))
        if self.some("bad bytes", 0.05):
            for _ in range(self.rng.choice([1, 1, 3])):
                at = self.rng.randrange(len(body))
                body[at : at + 1] = self.rng.choice([b"\xff", b"\xe9", b"\x00", b"\xc3", b"\x1b"])
        if self.some("cut", 0.02):
            del body[self.rng.randrange(1, len(body) + 1) :]
        return bytes(body)

    def xml(self):
        prefix = self.rng.choice(["g:", "g:", "g:", "x:", ""])
        space = "http://base.google.com/ns/1.0"
        named = f' xmlns:{prefix[:-1]}="{space}"' if prefix else ""
        atom = self.rng.random() < 0.2
        tag = "entry" if atom else "item"
        items = [self.item(line, prefix, tag) for line in self.offers()]
        between = ["\n", "<!-- no -->", "<x/>", "<?pi?>", "<item/>", "text"]
        if self.broken:
            between += [" & ", "<!-- </item> -->", "<x>", "</channel>", "</item>", "<!DOCTYPE x>"]
        for fault in ("odd between", "odd between again"):
            if self.some(fault, 0.1):
                items.insert(self.rng.randrange(len(items) + 1), self.rng.choice(between))
        head = self.rng.choice(
            ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>']
        )
        title = self.rng.choice(["", "<title>Shop</title>", "<!-- <item> -->"])
        if atom:
            opening, closing = f'<feed xmlns="http://www.w3.org/2005/Atom"{named}>', "</feed>"
        else:
            opening, closing = f"<rss{named}><channel>", "</channel></rss>"
        tail = closing + self.rng.choice(["", "\n", "\n<!-- end -->"])
        if self.broken and self.some("not closed", 0.3):
            tail = self.rng.choice(["", "</channel>", closing + "<x/>"])
        return self.encoded(head + opening + title + "\n".join(items) + tail)

    def item(self, line, prefix, tag):
        elements = [self.element(f"{prefix}{name}", line[ours]) for name, ours in GOOGLE.items()]
        titles = ["Phone", "A &amp; B", "&amp;lt; 5 &gt; 4", "a]b", "[new]"]
        elements.append(f"<title>{self.rng.choice(titles)}</title><link>x?a=1&amp;b</link>")
        if self.some("field twice", 0.1):
            elements.append(self.element(f"{prefix}quantity", self.rng.choice(["", "5", "x"])))
        if self.some("shipping", 0.15):
            parts = f"<{prefix}country>FR</{prefix}country><{prefix}price>4.90 EUR</{prefix}price>"
            parts += f"<{prefix}max_transit_time>3</{prefix}max_transit_time>"
            elements.append(f"<{prefix}shipping>{parts}</{prefix}shipping>")
        if self.some("sale", 0.1):
            elements.append(self.element(f"{prefix}sale_price", self.rng.choice(["9.90 EUR", "x"])))
        if self.some("element twice", 0.1):
            elements.append(self.element(f"{prefix}price", self.rng.choice(VALUES["price"])))
        if self.some("unknown element", 0.1):
            elements.append(self.element(f"{prefix}oddity", "1"))
        self.rng.shuffle(elements)
        end = f"</{tag} >" if self.some("odd end tag", 0.02) else f"</{tag}>"
        start = f"<{tag} id='1'>" if self.some("odd start tag", 0.03) else f"<{tag}>"
        return start + self.rng.choice(["", "\n", "  "]).join(elements) + end

    def element(self, name, value):
        text = escape(value, quote=False)
        if self.some("section", 0.08):
            inner = [value, f"<b>{value}</b>", f"<{name}>1</{name}>", "a]b", "", "</x>", "A &amp;"]
            inner = self.rng.choice([*inner, *["</item>"] * self.broken])
            return f"<{name}><![CDATA[{inner}]]></{name}>"
        if self.some("odd element", 0.08):
            odd = [
                "<{0}/>",
                "<{0} a='1'>{1}</{0}>",
                "<{0}>{1}<!-- c --></{0}>",
                "<{0}>&#65;{1}</{0}>",
            ]
            odd += ["<{0}> {1} </{0}>", "<{0}></{0}>", "<{0}>{1}</{0} >", "<{0}><b>{1}</b></{0}>"]
            odd += ["<{0}>[{1}]</{0}>", "<{0}>&#xe9;</{0}>", "<{0}>\n{1}\n</{0}>"]
            bad = [
                "<{0}>{1}]]></{0}>",
                "<{0}>{1}\x0b</{0}>",
                "<{0}>&no;</{0}>",
                "<{0}>",
                "<{0}>\ufffe",
            ]
            return self.rng.choice(odd + bad * self.broken).format(name, text)
        return f"<{name}>{text}</{name}>"


KINDS = [*DELIMITED, FeedFormat.GOOGLE_TSV, FeedFormat.META_CSV, *[FeedFormat.GOOGLE_XML] * 4]


def made(seed, number):
    """The file of this number."""
    maker = Maker(f"{seed}/{number}")
    kind = KINDS[number % len(KINDS)]
    body = maker.xml() if kind is FeedFormat.GOOGLE_XML else maker.delimited(kind)
    settings = replace(
        maker.rng.choice([FULL, DELTA, DELTA]),
        block_bytes=maker.rng.choice([7, 200, 900, 1_048_576, 1_048_576, 1_048_576]),
        max_line_bytes=maker.rng.choice([60, 1_048_576, 1_048_576, 1_048_576]),
    )
    if maker.some("format named", 0.3):
        settings = replace(settings, format=kind)
    return Made(kind, body or b"x", settings, frozenset(maker.faults))
