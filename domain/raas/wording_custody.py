"""What people are told who hand over, process and settle lots, in English and French."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Wording(NamedTuple):
    """One sentence, and what to do."""

    message: str
    hint: str | None = None


_EN: Final[Mapping[str, Wording]] = {
    "HANDOVER_UNKNOWN": Wording("There is no such lot of yours.", "`handovers` lists yours."),
    "INVALID_TRANSITION": Wording("It is {from} and cannot become {to}.", None),
    "WINDOW_INVALID": Wording(
        "The window cannot be.", "It begins today or later and lasts at most 14 days."
    ),
    "PICKUP_EXISTS": Wording("A pickup is scheduled.", "`reschedulePickup` moves it."),
    "PICKUP_UNKNOWN": Wording("No pickup is scheduled.", "`schedulePickup` asks for one."),
    "PICKUP_CODE_INVALID": Wording(
        "This code opens no pickup now.", "Ask whoever scheduled the pickup for another."
    ),
    "ATTACHMENT_UNKNOWN": Wording("A file is not one of yours.", "Send it first, name its id."),
    "CUSTODY_GAP": Wording(
        "A step is missing before this one.",
        "Tell that step first, or say in `whyGap` why there is none: it becomes an incident.",
    ),
    "SEAL_REQUIRED": Wording("The number of the seal is missing.", "Read it off the seal."),
    "NOT_YOURS_TO_TELL": Wording("Somebody else tells this step.", None),
    "OUT_OF_ORDER": Wording("Something later was told already.", "Tell events in their order."),
    "FROM_THE_FUTURE": Wording("This moment has not come.", "Send the time with its zone."),
    "CUSTODY_ENDED": Wording("Its custody has ended.", None),
    "SERIAL_NOT_IN_MANIFEST": Wording(
        "Nobody declared this device.", "It is an incident; put the device aside."
    ),
    "INCIDENT_UNKNOWN": Wording("There is no such open incident.", None),
    "IMEI_INVALID": Wording("The IMEI cannot be used: {reason}.", "15 digits; dial *#06#."),
    "SERIAL_INVALID": Wording("The serial number cannot be used.", "4 to 40 letters and digits."),
    "IDENTITY_MISSING": Wording("Nothing says which device it is.", "An IMEI, serial or tag."),
    "ASSET_NOT_IN_LOT": Wording("There is no such device in this lot to do this to.", None),
    "MEDIA_REQUIRED": Wording(
        "Devices of this category hold data.", "Name each medium with its serial number."
    ),
    "MEDIUM_UNKNOWN": Wording("The device has no such medium.", "`recordDiagnoses` named them."),
    "ERASURE_INVALID": Wording("The erasure cannot be taken: {reason}.", None),
    "ERASURE_NOT_VALIDATED": Wording(
        "No erasure of the device was validated.", "Until then it can only be destroyed."
    ),
    "EVIDENCE_REQUIRED": Wording("Evidence is missing.", "Send a file first, name its id."),
    "REASON_REQUIRED": Wording("A reason is missing.", "Say why nothing better was possible."),
    "PARTNER_REQUIRED": Wording("Who takes the device is missing.", "`setDownstreamPartner`."),
    "PARTNER_NOT_CERTIFIED": Wording(
        "No certificate of the partner is valid today.", "Choose another, or renew it."
    ),
    "PARTNER_UNKNOWN": Wording("You have no such partner.", "`downstreamPartners` lists yours."),
    "DEVICE_DESTROYED": Wording("The device is destroyed.", "Recycle what is left."),
    "GRADE_UNKNOWN": Wording("This grade has no factor.", "Use one of `grades`."),
    "DISPUTE_WINDOW_CLOSED": Wording("The time to dispute this is over.", None),
    "DISPUTE_EXISTS": Wording("It is disputed already.", "Wait for the answer."),
    "DISPUTE_UNKNOWN": Wording("There is no such dispute.", None),
    "DISPUTE_ENDED": Wording("The dispute was answered or has ended.", None),
    "DECISION_AMOUNT_INVALID": Wording("The amount cannot be.", "From 0 to the device's share."),
    "PAYOUT_NOT_DUE": Wording("Nothing is to be paid now.", None),
    "FLEET_UNKNOWN": Wording("There is no such fleet of yours.", None),
    "REFRESH_UNKNOWN": Wording("There is no such project of yours.", "`refreshProjects`."),
    "PURCHASE_NOT_YOURS": Wording("A purchase is not one of your people's.", None),
    "LINE_NOT_OF_PROJECT": Wording("The line is of no purchase of the project.", None),
    "LINE_TAKEN": Wording("The line replaces another device.", None),
}
_FR: Final[Mapping[str, Wording]] = {
    "HANDOVER_UNKNOWN": Wording("Ce lot n'est pas à vous.", "`handovers` liste les vôtres."),
    "INVALID_TRANSITION": Wording("État {from} : le passage à {to} est impossible.", None),
    "WINDOW_INVALID": Wording(
        "Ce créneau est impossible.", "Il commence aujourd'hui ou plus tard, 14 jours au plus."
    ),
    "PICKUP_EXISTS": Wording("Un enlèvement est prévu.", "`reschedulePickup` le déplace."),
    "PICKUP_UNKNOWN": Wording("Aucun enlèvement n'est prévu.", "Utilisez `schedulePickup`."),
    "PICKUP_CODE_INVALID": Wording(
        "Ce code n'ouvre aucun enlèvement.", "Demandez-en un autre à qui l'a prévu."
    ),
    "ATTACHMENT_UNKNOWN": Wording("Un fichier n'est pas à vous.", "Envoyez-le d'abord."),
    "CUSTODY_GAP": Wording(
        "Une étape manque avant celle-ci.",
        "Indiquez-la, ou dites pourquoi dans `whyGap` : ce sera un incident.",
    ),
    "SEAL_REQUIRED": Wording("Le numéro du scellé manque.", "Lisez-le sur le scellé."),
    "NOT_YOURS_TO_TELL": Wording("Cette étape est dite par quelqu'un d'autre.", None),
    "OUT_OF_ORDER": Wording("Une étape plus tardive est déjà connue.", "Respectez l'ordre."),
    "FROM_THE_FUTURE": Wording("Ce moment n'est pas venu.", "Indiquez le fuseau horaire."),
    "CUSTODY_ENDED": Wording("La garde de cet objet est terminée.", None),
    "SERIAL_NOT_IN_MANIFEST": Wording(
        "Personne n'a déclaré cet appareil.", "C'est un incident : mettez-le de côté."
    ),
    "INCIDENT_UNKNOWN": Wording("Aucun incident ouvert de ce nom.", None),
    "IMEI_INVALID": Wording("L'IMEI est inutilisable : {reason}.", "15 chiffres ; *#06#."),
    "SERIAL_INVALID": Wording("Numéro de série inutilisable.", "4 à 40 lettres et chiffres."),
    "IDENTITY_MISSING": Wording("Rien ne dit quel appareil c'est.", "IMEI, série ou étiquette."),
    "ASSET_NOT_IN_LOT": Wording("Aucun appareil de ce lot ne s'y prête.", None),
    "MEDIA_REQUIRED": Wording(
        "Ces appareils contiennent des données.", "Nommez chaque support par son numéro."
    ),
    "MEDIUM_UNKNOWN": Wording("L'appareil n'a pas ce support.", "Voir `recordDiagnoses`."),
    "ERASURE_INVALID": Wording("Effacement irrecevable : {reason}.", None),
    "ERASURE_NOT_VALIDATED": Wording(
        "Aucun effacement n'est validé.", "D'ici là, seule la destruction est possible."
    ),
    "EVIDENCE_REQUIRED": Wording("Il manque une preuve.", "Envoyez un fichier d'abord."),
    "REASON_REQUIRED": Wording("Il manque une raison.", "Dites pourquoi pas mieux."),
    "PARTNER_REQUIRED": Wording("Il manque le preneur.", "Utilisez `setDownstreamPartner`."),
    "PARTNER_NOT_CERTIFIED": Wording(
        "Aucun certificat du partenaire n'est valable ce jour.", "Choisissez-en un autre."
    ),
    "PARTNER_UNKNOWN": Wording("Ce partenaire n'est pas à vous.", "Voir `downstreamPartners`."),
    "DEVICE_DESTROYED": Wording("L'appareil est détruit.", "Recyclez ce qui reste."),
    "GRADE_UNKNOWN": Wording("Ce grade n'a pas de coefficient.", "Choisissez dans `grades`."),
    "DISPUTE_WINDOW_CLOSED": Wording("Le délai de contestation est passé.", None),
    "DISPUTE_EXISTS": Wording("C'est déjà contesté.", "Attendez la réponse."),
    "DISPUTE_UNKNOWN": Wording("Cette contestation n'existe pas.", None),
    "DISPUTE_ENDED": Wording("La contestation a eu sa réponse ou sa fin.", None),
    "DECISION_AMOUNT_INVALID": Wording(
        "Ce montant est impossible.", "De 0 à la part de l'appareil."
    ),
    "PAYOUT_NOT_DUE": Wording("Rien n'est à payer maintenant.", None),
    "FLEET_UNKNOWN": Wording("Ce parc n'est pas à vous.", None),
    "REFRESH_UNKNOWN": Wording("Ce projet n'est pas à vous.", "Voir `refreshProjects`."),
    "PURCHASE_NOT_YOURS": Wording("Un achat n'est pas celui de vos membres.", None),
    "LINE_NOT_OF_PROJECT": Wording("La ligne n'est d'aucun achat du projet.", None),
    "LINE_TAKEN": Wording("La ligne remplace déjà un autre appareil.", None),
}
WORDINGS: Final[Mapping[str, Mapping[str, Wording]]] = {"en": _EN, "fr": _FR}
