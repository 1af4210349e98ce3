"""What people read of a market's launch, in English and in French."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.markets.checks import CheckCode

_C = CheckCode


@dataclass(frozen=True, slots=True)
class CheckWords:
    """A check for a person: what is looked at, and what to do where it lacks."""

    title: str
    todo: str


_EN: Final[Mapping[CheckCode, CheckWords]] = {
    _C.RULES: CheckWords(
        "Legal rules, for every category",
        "Record the missing rules, and compare the others with their source: `succeedRule`.",
    ),
    _C.TRANSLATIONS: CheckWords(
        "Texts of the market, in its languages",
        "Give the missing texts with their source: `setMarketText`.",
    ),
    _C.OFFERS: CheckWords(
        "Offers per category and grade",
        "Invite merchants for the categories listed: 3 offers in 2 grades each.",
    ),
    _C.PRICES: CheckWords(
        "Offers with a price here",
        "Derive prices from another market (`deriveMarketPrices`), or ask merchants for theirs.",
    ),
    _C.IN_COUNTRY_DISPATCH: CheckWords(
        "Offers dispatched inside the market",
        "Invite merchants of the country: 30 % of what could be bought.",
    ),
    _C.CARRIER_LABELS: CheckWords(
        "A label of each carrier, tested",
        "Issue a label on each lane, or vouch for it with its number: `setMarketCheck`.",
    ),
    _C.IMPACT_FACTORS: CheckWords(
        "Impact factors of categories and of the grid",
        "Nothing is invented: such listings show no figure until a factor set has them.",
    ),
    _C.SUPPORT_LANGUAGES: CheckWords(
        "Support in the languages of the market",
        "Give `support.contact` in each language: `setMarketText`.",
    ),
    _C.KYC_RULES: CheckWords(
        "Who must show what to be paid for a device",
        "Compare the trade-in terms with their source: `setTradeInProgramme`.",
    ),
    _C.PAYOUT_CURRENCY: CheckWords(
        "People can be paid in the currency of the market",
        "Payouts are sent in EUR alone: keep trade-in closed here.",
    ),
    _C.REHEARSAL: CheckWords(
        "An order placed to see that it can be",
        "Rehearse the market (`rehearseMarket`); mend the step that failed.",
    ),
}
_FR: Final[Mapping[CheckCode, CheckWords]] = {
    _C.RULES: CheckWords(
        "Règles de droit, pour chaque catégorie",
        "Enregistrez les règles qui manquent, comparez les autres à leur source : `succeedRule`.",
    ),
    _C.TRANSLATIONS: CheckWords(
        "Textes du marché, dans ses langues",
        "Donnez les textes qui manquent, avec leur source : `setMarketText`.",
    ),
    _C.OFFERS: CheckWords(
        "Offres par catégorie et par grade",
        "Invitez des marchands pour ces catégories : 3 offres en 2 grades chacune.",
    ),
    _C.PRICES: CheckWords(
        "Offres qui ont un prix ici",
        "Dérivez les prix d'un autre marché (`deriveMarketPrices`), ou demandez-les aux marchands.",
    ),
    _C.IN_COUNTRY_DISPATCH: CheckWords(
        "Offres expédiées depuis le marché",
        "Invitez des marchands du pays : 30 % de ce qui peut s'acheter.",
    ),
    _C.CARRIER_LABELS: CheckWords(
        "Une étiquette de chaque transporteur, essayée",
        "Émettez une étiquette par liaison, ou attestez-en avec son numéro : `setMarketCheck`.",
    ),
    _C.IMPACT_FACTORS: CheckWords(
        "Facteurs d'impact des catégories et du réseau électrique",
        "Rien n'est inventé : ces annonces n'affichent aucun chiffre tant qu'ils manquent.",
    ),
    _C.SUPPORT_LANGUAGES: CheckWords(
        "Assistance dans les langues du marché",
        "Donnez `support.contact` dans chaque langue : `setMarketText`.",
    ),
    _C.KYC_RULES: CheckWords(
        "Qui doit montrer quoi pour être payé d'un appareil",
        "Comparez les conditions de reprise à leur source : `setTradeInProgramme`.",
    ),
    _C.PAYOUT_CURRENCY: CheckWords(
        "Les vendeurs peuvent être payés dans la monnaie du marché",
        "Les versements partent en EUR seulement : laissez la reprise fermée ici.",
    ),
    _C.REHEARSAL: CheckWords(
        "Une commande passée pour voir si elle passe",
        "Répétez le marché (`rehearseMarket`) ; réparez l'étape qui échoue.",
    ),
}
CHECKS: Final[Mapping[str, Mapping[CheckCode, CheckWords]]] = {"en": _EN, "fr": _FR}

REFUSALS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "en": {
        "READINESS_FAILED": ("Checks fail.", "`marketReadiness` says what to do for each."),
        "FOUR_EYES_REQUIRED": (
            "Somebody else of staff must agree.",
            "Have a colleague call `decideMarketOpening`, then ask again.",
        ),
        "INVALID_TRANSITION": (
            "The market cannot go from where it is to there.",
            "`allowed` lists where it can go.",
        ),
        "OPENING_NOT_OPEN": (
            "There is no such request to decide.",
            "It was decided, has expired, or is another market's.",
        ),
        "OWNER_UNKNOWN": (
            "Nobody of staff with this address acts in this market.",
            "Give the address that the person signs in with.",
        ),
        "MARKET_EXISTS": ("There is such a market already.", "Choose another code."),
        "RULE_OVERLAP": (
            "Rules in force cover some of these days.",
            "Follow those with `succeedRule`, and leave them out here.",
        ),
        "RULE_INVALID": (
            "A rule cannot be recorded as it is.",
            "docs/rules/registry.md has the shape of each kind; a window begins before it ends.",
        ),
        "MISSING_TRANSLATION": (
            "Texts lack in a language of the market.",
            "Give each key in each language, with its source.",
        ),
        "SOURCE_REQUIRED": ("Say who decided this, or which law.", "Fill `source`."),
        "FX_RATE_STALE": (
            "There is no rate that is young enough.",
            "Record one with `recordRate`, or import a file: `boucle rates FILE`.",
        ),
        "FX_RATE_MISSING": (
            "There is no rate between the two currencies.",
            "Record one with `recordRate`, or import a file: `boucle rates FILE`.",
        ),
        "PRICE_BELOW_FLOOR": (
            "Some prices would be below the floor.",
            "Lower the floor, round up, or leave them out with `leaveOutBelowFloor`.",
        ),
        "PREVIEW_STALE": (
            "Offers or rates have changed since they were looked at.",
            "Look again with `derivedMarketPrices`, and apply its `digest`.",
        ),
        "RATES_FILE_INVALID": (
            "The file cannot be read, and nothing of it was recorded.",
            "`problems` names each line, field and value; give a file as the ECB publishes it.",
        ),
        "RATE_EXISTS": (
            "Another rate of that day is recorded.",
            "Say `correct: true` to have this one take its place.",
        ),
    },
    "fr": {
        "READINESS_FAILED": ("Des contrôles échouent.", "`marketReadiness` dit que faire."),
        "FOUR_EYES_REQUIRED": (
            "Une autre personne de l'équipe doit donner son accord.",
            "Qu'un collègue appelle `decideMarketOpening`, puis redemandez.",
        ),
        "INVALID_TRANSITION": (
            "Le marché ne peut pas passer de là où il est à cette étape.",
            "`allowed` dit où il peut aller.",
        ),
        "OPENING_NOT_OPEN": (
            "Il n'y a pas de telle demande à décider.",
            "Elle est décidée, expirée, ou d'un autre marché.",
        ),
        "OWNER_UNKNOWN": (
            "Personne de l'équipe n'a cette adresse dans ce marché.",
            "Donnez l'adresse avec laquelle la personne se connecte.",
        ),
        "MARKET_EXISTS": ("Ce marché existe déjà.", "Choisissez un autre code."),
        "RULE_OVERLAP": (
            "Des règles en vigueur couvrent une partie de ces jours.",
            "Faites-les suivre avec `succeedRule`, et ne les donnez pas ici.",
        ),
        "RULE_INVALID": (
            "Une règle ne peut pas être enregistrée ainsi.",
            "docs/rules/registry.md décrit chaque genre ; une fenêtre commence avant de finir.",
        ),
        "MISSING_TRANSLATION": (
            "Des textes manquent dans une langue du marché.",
            "Donnez chaque clé dans chaque langue, avec sa source.",
        ),
        "SOURCE_REQUIRED": ("Dites qui l'a décidé, ou quelle loi.", "Remplissez `source`."),
        "FX_RATE_STALE": (
            "Aucun taux n'est assez récent.",
            "Enregistrez-en un avec `recordRate`, ou importez un fichier : `boucle rates FILE`.",
        ),
        "FX_RATE_MISSING": (
            "Il n'y a pas de taux entre les deux monnaies.",
            "Enregistrez-en un avec `recordRate`, ou importez un fichier : `boucle rates FILE`.",
        ),
        "PRICE_BELOW_FLOOR": (
            "Des prix seraient sous le plancher.",
            "Baissez le plancher, arrondissez vers le haut, ou écartez-les : `leaveOutBelowFloor`.",
        ),
        "PREVIEW_STALE": (
            "Des offres ou des taux ont changé depuis l'aperçu.",
            "Regardez de nouveau avec `derivedMarketPrices`, et appliquez son `digest`.",
        ),
        "RATES_FILE_INVALID": (
            "Le fichier est illisible, et rien n'en a été enregistré.",
            "`problems` nomme chaque ligne, champ et valeur ; donnez un fichier tel que publié.",
        ),
        "RATE_EXISTS": (
            "Un autre taux de ce jour est enregistré.",
            "Dites `correct: true` pour que celui-ci prenne sa place.",
        ),
    },
}
"""Message and hint of each refusal."""
