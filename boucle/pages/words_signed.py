"""What pages say to those who sign in, and the names of the carriers."""

from collections.abc import Mapping
from typing import Final

from domain.shipments.carriers import CarrierCode

SIGNED: Final[Mapping[str, tuple[str, str]]] = {
    "sign.in": ("Sign in", "Se connecter"),
    "sign.email": ("E-mail address", "Adresse e-mail"),
    "sign.send": ("Mail me a code", "M'envoyer un code"),
    "sign.code": ("Code from the mail (8 digits)", "Code du courriel (8 chiffres)"),
    "sign.app": ("Code from your app (6 digits)", "Code de votre application (6 chiffres)"),
    "sign.app.hint": ("Staff need it; customers have none.", "Réservé aux équipes."),
    "sign.go": ("Sign in", "Se connecter"),
    "sign.other": ("Another address", "Une autre adresse"),
    "sign.out": ("Sign out", "Se déconnecter"),
    "sign.mailed": (
        "If the address is right, a code is on its way. It works for ten minutes.",
        "Si l'adresse est juste, un code est en route. Il est valable dix minutes.",
    ),
    "sign.kept": (
        "No cookie. The sign-in stays in this tab and ends with it.",
        "Pas de cookie. La connexion reste dans cet onglet et finit avec lui.",
    ),
    "sign.ended": ("Your session has ended. Sign in again.", "Session terminée. Reconnectez-vous."),
    "sign.as": ("Signed in as", "En tant que"),
    "sign.demo": (
        "This server mails nothing: codes, and whom to sign in as, are on the page",
        "Ce serveur n'envoie aucun courriel : les codes et les comptes sont sur la page",
    ),
    "ask.wait": ("Asking the server …", "Question au serveur …"),
    "ask.failed": ("That did not work.", "Cela n'a pas marché."),
    "ask.away": (
        "The server does not answer. Try again in a moment.",
        "Le serveur ne répond pas. Réessayez dans un instant.",
    ),
    "ask.more": ("Show more", "En montrer plus"),
}

CARRIER_NAMES: Final[Mapping[str, str]] = {
    CarrierCode.LA_POSTE: "La Poste",
    CarrierCode.CHRONOPOST: "Chronopost",
    CarrierCode.DHL: "DHL",
    CarrierCode.DHL_PARCEL_DE: "DHL Paket",
    CarrierCode.DHL_EXPRESS: "DHL Express",
    CarrierCode.UPS: "UPS",
    CarrierCode.FEDEX: "FedEx",
    CarrierCode.GLS: "GLS",
    CarrierCode.POSTNL: "PostNL",
    CarrierCode.ROYAL_MAIL: "Royal Mail",
    CarrierCode.MONDIAL_RELAY: "Mondial Relay",
    CarrierCode.USPS: "USPS",
    CarrierCode.DPD: "DPD",
    CarrierCode.BPOST: "bpost",
    CarrierCode.INPOST: "InPost",
    CarrierCode.CORREOS: "Correos",
    CarrierCode.POSTE_ITALIANE: "Poste Italiane",
    CarrierCode.EVRI: "Evri",
    CarrierCode.HERMES: "Hermes",
    CarrierCode.YAMATO: "Yamato",
    CarrierCode.SAGAWA: "Sagawa",
    CarrierCode.JAPAN_POST: "Japan Post",
    CarrierCode.CJ_LOGISTICS: "CJ Logistics",
}
