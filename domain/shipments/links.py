"""Where a person can follow a parcel: the public page of each carrier.

Source: the carriers' sites. `{number}` is the tracking number. A carrier without a row, and without
a client, has a page that finds the carrier by the number.
"""

from collections.abc import Mapping
from urllib.parse import quote

from domain.shipments.carriers import CarrierCode

_C = CarrierCode

PAGES: Mapping[CarrierCode, str] = {
    _C.LA_POSTE: "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    _C.CHRONOPOST: (
        "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}&langue=fr"
    ),
    _C.DHL: "https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}&submit=1",
    _C.DHL_PARCEL_DE: (
        "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}"
    ),
    _C.DHL_EXPRESS: (
        "https://www.dhl.com/global-en/home/tracking/tracking-express.html"
        "?submit=1&tracking-id={number}"
    ),
    _C.UPS: "https://www.ups.com/track?tracknum={number}",
    _C.FEDEX: "https://www.fedex.com/fedextrack/?trknbr={number}",
    _C.GLS: "https://gls-group.eu/EU/en/parcel-tracking?match={number}",
    _C.POSTNL: "https://jouw.postnl.nl/track-and-trace/{number}",
    _C.ROYAL_MAIL: "https://www.royalmail.com/track-your-item#/tracking-results/{number}",
    _C.MONDIAL_RELAY: "https://www.mondialrelay.fr/suivi-de-colis/?NumeroExpedition={number}",
    _C.USPS: "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}",
    _C.DPD: "https://tracking.dpd.de/status/en_US/parcel/{number}",
    _C.BPOST: "https://track.bpost.cloud/btr/web/#/search?itemCode={number}&lang=en",
    _C.INPOST: "https://inpost.pl/sledzenie-przesylek?number={number}",
    _C.CORREOS: (
        "https://www.correos.es/es/es/herramientas/localizador/envios/detalle"
        "?tracking-number={number}"
    ),
    _C.POSTE_ITALIANE: "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{number}",
    _C.EVRI: "https://www.evri.com/track/parcel/{number}",
    _C.HERMES: (
        "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{number}"
    ),
    _C.YAMATO: "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id={number}",
    _C.SAGAWA: "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo={number}",
    _C.JAPAN_POST: (
        "https://trackings.post.japanpost.jp/services/srv/search/direct"
        "?searchKind=S004&locale=en&reqCodeNo1={number}"
    ),
    _C.CJ_LOGISTICS: "https://trace.cjlogistics.com/next/tracking.html?wblNo={number}",
    _C.OTHER: "https://t.17track.net/en#nums={number}",
}


def public_page(carrier: CarrierCode, number: str) -> str:
    """The page on which anybody follows a parcel; the number is quoted."""
    return PAGES[carrier].replace("{number}", quote(number, safe=""))
