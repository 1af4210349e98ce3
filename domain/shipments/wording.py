"""What people are told of a parcel, in English and French."""

from collections.abc import Mapping

from domain.shipments import LABELS_EN, LABELS_FR, ShipmentReason, ShipmentStatus

_R = ShipmentReason
_REASONS_EN: Mapping[ShipmentReason, str] = {
    _R.REFUSED: "it was refused",
    _R.ABSENT: "nobody was there",
    _R.CLOSED: "the place was closed",
    _R.BAD_ADDRESS: "the address was not found",
    _R.MOVED: "the recipient has moved",
    _R.NO_ACCESS: "the place could not be reached",
    _R.PAYMENT_DUE: "a payment is due",
    _R.ID_CHECK: "an identity check is needed",
    _R.UNCLAIMED: "nobody came for it",
    _R.DAMAGED: "the parcel is damaged",
    _R.MISSING_CONTENT: "something is missing",
    _R.MISROUTED: "it went the wrong way",
    _R.CUSTOMS_DOCS: "customs need documents",
    _R.CUSTOMS_HOLD: "customs hold it",
    _R.CUSTOMS_DUTY: "duties are due",
    _R.WEATHER: "the weather",
    _R.STRIKE: "a strike",
    _R.CAPACITY: "there is no room for it",
    _R.DELAY: "it is late",
    _R.REDIRECTED: "it goes to another address",
    _R.RECIPIENT_REQUEST: "the recipient asked for it",
    _R.SENDER_REQUEST: "the sender asked for it",
    _R.PROHIBITED: "it may not be carried",
    _R.OTHER: "the carrier does not say why",
}
_REASONS_FR: Mapping[ShipmentReason, str] = {
    _R.REFUSED: "il a été refusé",
    _R.ABSENT: "personne n'était présent",
    _R.CLOSED: "le lieu était fermé",
    _R.BAD_ADDRESS: "l'adresse n'a pas été trouvée",
    _R.MOVED: "le destinataire a déménagé",
    _R.NO_ACCESS: "le lieu n'était pas accessible",
    _R.PAYMENT_DUE: "un paiement est dû",
    _R.ID_CHECK: "une pièce d'identité est demandée",
    _R.UNCLAIMED: "personne n'est venu le chercher",
    _R.DAMAGED: "le colis est abîmé",
    _R.MISSING_CONTENT: "il manque quelque chose",
    _R.MISROUTED: "il a pris une mauvaise direction",
    _R.CUSTOMS_DOCS: "la douane demande des documents",
    _R.CUSTOMS_HOLD: "il est retenu en douane",
    _R.CUSTOMS_DUTY: "des droits de douane sont dus",
    _R.WEATHER: "la météo",
    _R.STRIKE: "une grève",
    _R.CAPACITY: "il n'y a pas de place pour lui",
    _R.DELAY: "il a du retard",
    _R.REDIRECTED: "il va à une autre adresse",
    _R.RECIPIENT_REQUEST: "à la demande du destinataire",
    _R.SENDER_REQUEST: "à la demande de l'expéditeur",
    _R.PROHIBITED: "il ne peut pas être transporté",
    _R.OTHER: "le transporteur ne dit pas pourquoi",
}


def words(status: ShipmentStatus, reason: ShipmentReason | None, language: str) -> str:
    """A status, and why, in one line; in English for a language that is neither."""
    french = language.partition("-")[0].lower() == "fr"
    label = (LABELS_FR if french else LABELS_EN)[status]
    if reason is None:
        return label
    why = (_REASONS_FR if french else _REASONS_EN)[reason]
    return f"{label} : {why}" if french else f"{label}: {why}"
