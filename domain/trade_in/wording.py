"""Why a trade-in goes no further, and what to do about it, in two languages."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.trade_in.locks import LockKind
from domain.trade_in.programme import ProgrammeFault
from domain.trade_in.questionnaire import AnswerFault, NotEligible


class Wording(NamedTuple):
    """What is the matter, and what to do about it."""

    message: str
    hint: str


Words = Mapping[str, Wording]

_EN: Final[Words] = {
    "PROGRAMME_NOT_AVAILABLE": Wording(
        "Devices of people are not bought here for now.", "`tradeInProgrammes` tells where."
    ),
    "ANSWERS_INVALID": Wording(
        "The answers do not fit the questions.", "Answer each question of `tradeInQuestionnaire`."
    ),
    "DEVICE_NOT_ELIGIBLE": Wording("This device is not bought.", "The reason says why."),
    "IMEI_INVALID": Wording(
        "This is no IMEI.", "Dial *#06# and copy all 15 digits of the first one."
    ),
    "SERIAL_INVALID": Wording(
        "This is no serial number.", "Copy it from the settings or the box: 4 to 40 signs."
    ),
    "IMEI_BLACKLISTED": Wording(
        "This device is on a list of lost or stolen ones.",
        "Ask the operator that had it blocked. It cannot be sold as it is.",
    ),
    "ACTIVATION_LOCK_ON": Wording(
        "A lock holds this device.", "Follow the steps, then ask again with the lock off."
    ),
    "QUOTE_UNKNOWN": Wording(
        "There is no such quote of yours.", "Send its token, sign in, or ask for a new one."
    ),
    "QUOTE_EXPIRED": Wording("This quote has expired.", "Ask for a new one."),
    "SAVED_DEVICES_FULL": Wording("You have as many devices as are kept.", "Remove one first."),
    "SAVED_DEVICE_UNKNOWN": Wording("There is no such device of yours.", "List your devices."),
    "PROGRAMME_INVALID": Wording("These terms cannot be set.", "Correct what is named."),
    "NO_BIDS": Wording("Nobody bids for such a device now.", "Save it, and look again later."),
}
_FR: Final[Words] = {
    "PROGRAMME_NOT_AVAILABLE": Wording(
        "On n'achète pas ici d'appareils à des particuliers pour l'instant.",
        "`tradeInProgrammes` dit où.",
    ),
    "ANSWERS_INVALID": Wording(
        "Les réponses ne correspondent pas aux questions.",
        "Répondez à chaque question de `tradeInQuestionnaire`.",
    ),
    "DEVICE_NOT_ELIGIBLE": Wording("Cet appareil n'est pas acheté.", "Le motif dit pourquoi."),
    "IMEI_INVALID": Wording(
        "Ce n'est pas un IMEI.", "Composez *#06# et recopiez les 15 chiffres du premier."
    ),
    "SERIAL_INVALID": Wording(
        "Ce n'est pas un numéro de série.",
        "Recopiez-le des réglages ou de la boîte : 4 à 40 signes.",
    ),
    "IMEI_BLACKLISTED": Wording(
        "Cet appareil figure sur une liste d'appareils perdus ou volés.",
        "Voyez l'opérateur qui l'a fait bloquer. Il ne peut pas être vendu ainsi.",
    ),
    "ACTIVATION_LOCK_ON": Wording(
        "Un verrou retient cet appareil.",
        "Suivez les étapes, puis redemandez une fois le verrou levé.",
    ),
    "QUOTE_UNKNOWN": Wording(
        "Vous n'avez pas un tel devis.",
        "Envoyez son jeton, connectez-vous ou demandez-en un nouveau.",
    ),
    "QUOTE_EXPIRED": Wording("Ce devis a expiré.", "Demandez-en un nouveau."),
    "SAVED_DEVICES_FULL": Wording(
        "Vous avez autant d'appareils qu'on en garde.", "Retirez-en un d'abord."
    ),
    "SAVED_DEVICE_UNKNOWN": Wording("Vous n'avez pas un tel appareil.", "Listez vos appareils."),
    "PROGRAMME_INVALID": Wording(
        "Ces conditions ne peuvent pas être fixées.", "Corrigez ce qui est nommé."
    ),
    "NO_BIDS": Wording(
        "Personne n'achète un tel appareil en ce moment.",
        "Enregistrez-le, et regardez plus tard.",
    ),
}
WORDINGS: Final[Mapping[str, Words]] = {"en": _EN, "fr": _FR}

_WHY_EN: Final[Mapping[NotEligible, str]] = {
    NotEligible.NOT_OWNED: "It can only be sold by whoever owns it.",
    NotEligible.COUNTERFEIT: "Copies are not bought.",
    NotEligible.ACCOUNT_LOCKED: "It cannot be used again while an account holds it.",
    NotEligible.BATTERY_UNSAFE: "A swollen battery must not be posted: take it to a collection "
    "point for batteries.",
    NotEligible.PRODUCT_UNKNOWN: "There is no such variant.",
    NotEligible.CATEGORY_NOT_BOUGHT: "Such devices are not bought here.",
    NotEligible.SERIAL_REQUIRED: "Its serial number or IMEI is needed.",
    NotEligible.NO_BIDS: "Nobody bids for such a device now.",
}
_WHY_FR: Final[Mapping[NotEligible, str]] = {
    NotEligible.NOT_OWNED: "Seul son propriétaire peut le vendre.",
    NotEligible.COUNTERFEIT: "Les copies ne sont pas achetées.",
    NotEligible.ACCOUNT_LOCKED: "Il ne peut pas resservir tant qu'un compte le retient.",
    NotEligible.BATTERY_UNSAFE: "Une batterie gonflée ne s'envoie pas par la poste : portez-le à "
    "un point de collecte de batteries.",
    NotEligible.PRODUCT_UNKNOWN: "Cette variante n'existe pas.",
    NotEligible.CATEGORY_NOT_BOUGHT: "De tels appareils ne sont pas achetés ici.",
    NotEligible.SERIAL_REQUIRED: "Il faut son numéro de série ou son IMEI.",
    NotEligible.NO_BIDS: "Personne n'achète un tel appareil en ce moment.",
}
WHY: Final[Mapping[str, Mapping[NotEligible, str]]] = {"en": _WHY_EN, "fr": _WHY_FR}

_STEPS_EN: Final[Mapping[LockKind, tuple[str, ...]]] = {
    LockKind.ACTIVATION: (
        "Sign in to the account at its maker's site, from any device.",
        "Remove this device from the account: erase it, then remove it.",
    ),
    LockKind.FRP: (
        "Remove the Google account in the settings of the device.",
        "Then reset it from the settings, not from the recovery menu.",
    ),
    LockKind.MAKER_ACCOUNT: ("Sign out of the maker's account in the settings.",),
    LockKind.MDM: (
        "Ask the firm or school that manages it to release it.",
        "Only they can: a reset does not end the management.",
    ),
    LockKind.CARRIER: ("Ask the operator for the code that unlocks it.",),
    LockKind.FINANCE: ("Pay what is left of the contract, and ask for it in writing.",),
}
_STEPS_FR: Final[Mapping[LockKind, tuple[str, ...]]] = {
    LockKind.ACTIVATION: (
        "Connectez-vous au compte sur le site du fabricant, depuis n'importe quel appareil.",
        "Retirez cet appareil du compte : effacez-le, puis supprimez-le.",
    ),
    LockKind.FRP: (
        "Supprimez le compte Google dans les réglages de l'appareil.",
        "Réinitialisez-le ensuite depuis les réglages, pas depuis le menu de récupération.",
    ),
    LockKind.MAKER_ACCOUNT: ("Déconnectez le compte du fabricant dans les réglages.",),
    LockKind.MDM: (
        "Demandez à l'entreprise ou à l'école qui le gère de le libérer.",
        "Elle seule le peut : une réinitialisation n'y met pas fin.",
    ),
    LockKind.CARRIER: ("Demandez à l'opérateur le code de déverrouillage.",),
    LockKind.FINANCE: ("Payez le solde du contrat et demandez-en la preuve écrite.",),
}
STEPS: Final[Mapping[str, Mapping[LockKind, tuple[str, ...]]]] = {"en": _STEPS_EN, "fr": _STEPS_FR}

ANSWER_FAULTS: Final[Mapping[str, Mapping[AnswerFault, str]]] = {
    "en": {
        AnswerFault.UNKNOWN_QUESTION: "This question is not asked.",
        AnswerFault.MISSING_ANSWER: "This question has no answer yet.",
        AnswerFault.ANSWER_NOT_ALLOWED: "This answer is not one of the question's.",
        AnswerFault.ANSWERED_TWICE: "This question is answered twice.",
    },
    "fr": {
        AnswerFault.UNKNOWN_QUESTION: "Cette question n'est pas posée.",
        AnswerFault.MISSING_ANSWER: "Cette question n'a pas encore de réponse.",
        AnswerFault.ANSWER_NOT_ALLOWED: "Cette réponse n'est pas de la question.",
        AnswerFault.ANSWERED_TWICE: "Cette question a deux réponses.",
    },
}
PROGRAMME_FAULTS: Final[Mapping[ProgrammeFault, str]] = {
    ProgrammeFault.AGE_TOO_LOW: "The minimum age is 18 to 99 years.",
    ProgrammeFault.DAYS_INVALID: "Days are 1 to 90, business days of an inspection 1 to 30.",
    ProgrammeFault.SOURCE_REQUIRED: "Say who decided it, or which law.",
    ProgrammeFault.CATEGORY_UNKNOWN: "There are no questions for this category; `*` is every one.",
    ProgrammeFault.VALID_FROM_PAST: "Terms begin today or later: what was in force stays so.",
}
