"""Why a step of a trade-in is refused, and what a suspension asks for, in two languages."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.trade_in import Suspension


class Said(NamedTuple):
    """A text in English and in French."""

    en: str
    fr: str

    def in_(self, language: str) -> str:
        """The text in a language."""
        return self.fr if language == "fr" else self.en


REFUSED: Final[Mapping[str, Said]] = {
    "TRADE_IN_UNKNOWN": Said(
        "There is no such trade-in of yours.", "Vous n'avez pas cette reprise."
    ),
    "QUOTE_UNKNOWN": Said("There is no such quote of yours.", "Vous n'avez pas cette estimation."),
    "QUOTE_TAKEN": Said(
        "A bid of this quote was accepted before.", "Une offre de cette estimation a été acceptée."
    ),
    "QUOTE_EXPIRED": Said("The quote has ended: ask for a new one.", "L'estimation a expiré."),
    "BID_UNKNOWN": Said("The quote has no such bid.", "L'estimation ne contient pas cette offre."),
    "BID_WITHDRAWN": Said(
        "The merchant does not buy such devices any more: choose another bid.",
        "Le marchand ne rachète plus ces appareils : choisissez une autre offre.",
    ),
    "CAP_REACHED": Said(
        "The merchant has bought as many as it wanted: choose another bid.",
        "Le marchand a atteint sa limite : choisissez une autre offre.",
    ),
    "PROGRAMME_NOT_AVAILABLE": Said(
        "Devices of people are not bought here for now.",
        "Les appareils de particuliers ne sont pas rachetés ici pour l'instant.",
    ),
    "DEVICE_ELSEWHERE": Said(
        "This device is being sold or traded in already.",
        "Cet appareil est déjà en vente ou en reprise.",
    ),
    "IMEI_BLACKLISTED": Said(
        "This device is on a list of lost or stolen ones.",
        "Cet appareil figure sur une liste d'appareils perdus ou volés.",
    ),
    "IMEI_INVALID": Said("The IMEI cannot be used.", "L'IMEI n'est pas utilisable."),
    "AGE_REQUIRED": Said(
        "You must declare that you are {minimumAge} at least.",
        "Vous devez déclarer avoir au moins {minimumAge} ans.",
    ),
    "KYC_REQUIRED": Said(
        "The market asks for papers: {documents}.", "Le marché demande des pièces : {documents}."
    ),
    "DECLARATION_MISSING": Said(
        "Some declarations lack: {missing}.", "Des déclarations manquent : {missing}."
    ),
    "PAYOUT_ACCOUNT_INVALID": Said(
        "The account cannot be paid to: {reason}.", "Le compte n'est pas utilisable : {reason}."
    ),
    "PAYOUT_NOT_AVAILABLE": Said(
        "The money cannot go there: {reason}.", "L'argent ne peut pas y aller : {reason}."
    ),
    "CHECKLIST_INCOMPLETE": Said("Some steps are not ticked.", "Des étapes ne sont pas cochées."),
    "ADDRESS_INVALID": Said("The address cannot be used.", "L'adresse n'est pas utilisable."),
    "LABEL_NOT_AVAILABLE": Said(
        "No carrier takes parcels from {origin} to {destination} now.",
        "Aucun transporteur ne prend de colis de {origin} vers {destination}.",
    ),
    "ATTACHMENT_UNKNOWN": Said("A file is not one of yours.", "Un fichier n'est pas à vous."),
    "PROOF_REQUIRED": Said("At least one file must show it.", "Il faut au moins un justificatif."),
    "REASON_NOT_ALLOWED": Said(
        "The owner had said so, or no reason was given.",
        "Le vendeur l'avait indiqué, ou aucun motif n'est donné.",
    ),
    "COUNTER_OFFER_WINDOW_CLOSED": Said(
        "No counter-offer can be made any more: {reason}.",
        "Une contre-offre n'est plus possible : {reason}.",
    ),
    "AMOUNT_INVALID": Said(
        "The amount must be 0 at least, and below the bid.",
        "Le montant doit être au moins 0, et inférieur à l'offre.",
    ),
    "ANSWER_TOO_LATE": Said(
        "The time to answer is over: the device comes back to you.",
        "Le délai de réponse est passé : l'appareil vous est renvoyé.",
    ),
    "ACTION_UNKNOWN": Said("Nobody asked for this.", "Personne ne le demande."),
    "DEVICE_ON_ITS_WAY": Said(
        "The carrier has the device already.", "Le transporteur a déjà l'appareil."
    ),
    "CREDIT_NOT_AVAILABLE": Said(
        "This credit cannot be spent here: {reason}.", "Cet avoir n'est pas utilisable : {reason}."
    ),
    "NOTHING_DUE": Said("Nothing is due.", "Rien n'est dû."),
    "INVALID_TRANSITION": Said(
        "The trade-in is {from} and cannot become {to}.",
        "La reprise est {from} et ne peut pas devenir {to}.",
    ),
}


class Action(NamedTuple):
    """What a suspension asks for, and how it is done."""

    title: Said
    steps: tuple[Said, ...]


_SIGN_OUT = Said(
    "Sign in at the maker's website (iCloud, Google, Samsung, Microsoft).",
    "Connectez-vous au site du fabricant (iCloud, Google, Samsung, Microsoft).",
)
_WRITE = Said("Then say here that it is done.", "Indiquez ensuite ici que c'est fait.")
ACTIONS: Final[Mapping[Suspension, Action]] = {
    Suspension.ACTIVATION_LOCK_ON: Action(
        Said("Take the activation lock off", "Désactivez le verrou d'activation"),
        (
            _SIGN_OUT,
            Said(
                "Choose the device in “Find my device” and remove it from your account.",
                "Choisissez l'appareil dans « Localiser » et supprimez-le de votre compte.",
            ),
            _WRITE,
        ),
    ),
    Suspension.ACCOUNT_PRESENT: Action(
        Said("Remove your account from the device", "Retirez votre compte de l'appareil"),
        (
            _SIGN_OUT,
            Said(
                "Remove the device from the list of your devices.",
                "Supprimez l'appareil de la liste de vos appareils.",
            ),
            _WRITE,
        ),
    ),
    Suspension.IMEI_BLACKLISTED: Action(
        Said("Have the device taken off the list", "Faites retirer l'appareil de la liste"),
        (
            Said(
                "Ask the operator that blocked it, with proof that you bought it.",
                "Contactez l'opérateur qui l'a bloqué, avec votre preuve d'achat.",
            ),
            _WRITE,
        ),
    ),
    Suspension.EMPTY_PARCEL: Action(
        Said("The parcel was empty", "Le colis était vide"),
        (
            Said(
                "Look whether the device is still with you, and how the parcel was closed.",
                "Vérifiez si l'appareil est resté chez vous et comment le colis était fermé.",
            ),
            _WRITE,
        ),
    ),
    Suspension.DAMAGED_IN_TRANSIT: Action(
        Said("The device was damaged on its way", "L'appareil a été abîmé en route"),
        (
            Said(
                "Send photos of how it was packed, if you have some.",
                "Envoyez des photos de l'emballage, si vous en avez.",
            ),
            _WRITE,
        ),
    ),
    Suspension.WRONG_DEVICE: Action(
        Said("Another device was in the parcel", "Un autre appareil était dans le colis"),
        (
            Said(
                "Compare the number on the box or by *#06# with that of your quote.",
                "Comparez le numéro de la boîte ou de *#06# avec celui de l'estimation.",
            ),
            _WRITE,
        ),
    ),
    Suspension.KYC_REQUIRED: Action(
        Said("Show who you are", "Justifiez de votre identité"),
        (
            Said(
                "Upload a photo of each side of a valid paper.",
                "Téléversez une photo de chaque face d'une pièce valide.",
            ),
            _WRITE,
        ),
    ),
}
