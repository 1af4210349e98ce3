"""What is said of a line of a fleet file, to a person, in English and in French."""

from collections.abc import Mapping
from typing import Final

from domain.offers.messages import SHOWN, fill
from domain.offers.wording import Wording
from domain.raas.lines import FleetLineCode as Code

EN: Final[Mapping[Code, Wording]] = {
    Code.LOW_CONFIDENCE: Wording(
        "“{value}” was matched to a product of the catalogue, but not surely.",
        "Look at the match, and confirm or change it with matchAsset.",
    ),
    Code.UNKNOWN_MODEL: Wording(
        "No product of the catalogue is surely “{value}”.",
        "Write maker, model and storage in full, or choose one of the suggestions with matchAsset.",
    ),
    Code.TWICE_IN_FILE: Wording(
        "The device {value} stands on an earlier line of this file.",
        "Keep one line for each device.",
    ),
    Code.IN_THIS_FLEET: Wording(
        "The device {value} is in this fleet already, with other details.",
        "Change it with updateAsset, or remove it first.",
    ),
    Code.IN_ANOTHER_FLEET: Wording(
        "The device {value} is in another fleet of yours.",
        "Remove it there first.",
    ),
    Code.DECLARED_ELSEWHERE: Wording(
        "The device {value} is declared elsewhere.",
        "Check the number on the device; if it is right, ask for help.",
    ),
    Code.TAG_TWICE_IN_FILE: Wording(
        "The asset tag “{value}” stands on an earlier line of this file.",
        "Give each device a tag of its own; upper and lower case count as the same.",
    ),
    Code.TAG_REUSED: Wording(
        "Another device of yours has the asset tag “{value}”.",
        "Give each device a tag of its own, or remove the other device first.",
    ),
    Code.IMEI_NOT_DIGITS: Wording(
        "“{value}” is no IMEI: it holds other signs than digits.",
        "Type *#06# on the device and copy the 15 digits.",
    ),
    Code.IMEI_LENGTH: Wording(
        "“{value}” is no IMEI: it has not 15 digits.",
        "Type *#06# on the device and copy the 15 digits.",
    ),
    Code.IMEI_CHECK_DIGIT: Wording(
        "“{value}” is no IMEI: its last digit does not fit the others.",
        "A digit is wrong, or two changed places: compare with the device.",
    ),
    Code.IMEI_CHECK_DIGIT_MISSING: Wording(
        "The IMEI “{value}” lacks its last digit.",
        "If these 14 digits are right, write {suggestion}.",
    ),
    Code.IMEI_LOST_DIGITS: Wording(
        "A spreadsheet has rounded the IMEI “{value}”.",
        "Format the column as text, fill it again and export.",
    ),
    Code.IMEI_FILLER: Wording(
        "“{value}” is a filler, not the IMEI of a device.",
        "Type *#06# on the device and copy the 15 digits.",
    ),
    Code.SERIAL_CHARACTERS: Wording(
        "“{value}” is no serial number: 4 to 40 letters and digits.",
        "Copy it from the device or its settings.",
    ),
    Code.SERIAL_FILLER: Wording(
        "“{value}” is a filler, not the serial number of a device.",
        "Copy it from the device or its settings.",
    ),
    Code.SERIAL_LOST_DIGITS: Wording(
        "A spreadsheet has changed the serial number “{value}”.",
        "Format the column as text, fill it again and export.",
    ),
    Code.TAG_TOO_LONG: Wording(
        "The asset tag “{value}” has more than 64 characters.",
        "Use a shorter tag and keep it stable.",
    ),
    Code.IDENTITY_MISSING: Wording(
        "The line names no device: it has neither a serial number nor an IMEI.",
        "Without an identity a device cannot stand on a certificate of erasure.",
    ),
    Code.QUANTITY_LINE: Wording(
        "The line stands for {value} devices.",
        "Give each device a line with its serial number or IMEI.",
    ),
    Code.MODEL_MISSING: Wording(
        "The line has no model.",
        "Write maker, model and storage.",
    ),
    Code.COLUMN_COUNT: Wording(
        "The line does not have as many columns as the header.",
        "Put values that hold the separator between quotation marks.",
    ),
    Code.FIELD_TOO_LONG: Wording(
        "The content of {field} is too long.",
        "Write at most 255 characters.",
    ),
    Code.DATE_INVALID: Wording(
        "“{value}” is no date.",
        "Write it as 2023-05-31.",
    ),
    Code.DATE_IN_FUTURE: Wording(
        "The device cannot have been bought on {value}: that day is to come.",
        "Write the day of the purchase as 2023-05-31.",
    ),
    Code.DATE_TOO_OLD: Wording(
        "The device cannot have been bought on {value}.",
        "Write the day of the purchase as 2023-05-31.",
    ),
    Code.SITE_UNKNOWN: Wording(
        "There is no site “{value}” of yours.",
        "Write the code or the name of one of your sites, or leave the column out.",
    ),
    Code.SITE_NOT_YOURS: Wording(
        "You do not act for the site “{value}”.",
        "Ask an administrator of your organisation to declare it.",
    ),
    Code.CONDITION_UNKNOWN: Wording(
        "“{value}” is no condition that we know.",
        "Write good, used, cracked or not working.",
    ),
    Code.BAD_ENCODING: Wording(
        "The line holds bytes that are no letters in the encoding of the file.",
        "Export the file as UTF-8 and send it again.",
    ),
    Code.BAD_QUOTES: Wording(
        "The line cannot be read as written: “{value}”.",
        "Close every quotation mark, and double those inside a value.",
    ),
    Code.ALL_OR_NOTHING: Wording(
        "Nothing is wrong with the line, but others were rejected.",
        "Correct those, or import with REJECT_FAILED_ROWS.",
    ),
}
FR: Final[Mapping[Code, Wording]] = {
    Code.LOW_CONFIDENCE: Wording(
        "« {value} » a été rapproché d'un produit du catalogue, mais sans certitude.",
        "Vérifiez le rapprochement, puis confirmez-le ou changez-le avec matchAsset.",
    ),
    Code.UNKNOWN_MODEL: Wording(
        "Aucun produit du catalogue n'est avec certitude « {value} ».",
        "Écrivez marque, modèle et stockage en entier, ou choisissez une proposition "
        "avec matchAsset.",
    ),
    Code.TWICE_IN_FILE: Wording(
        "L'appareil {value} figure sur une ligne précédente de ce fichier.",
        "Gardez une ligne par appareil.",
    ),
    Code.IN_THIS_FLEET: Wording(
        "L'appareil {value} est déjà dans ce parc, avec d'autres informations.",
        "Modifiez-le avec updateAsset, ou retirez-le d'abord.",
    ),
    Code.IN_ANOTHER_FLEET: Wording(
        "L'appareil {value} est dans un autre de vos parcs.",
        "Retirez-le d'abord de cet autre parc.",
    ),
    Code.DECLARED_ELSEWHERE: Wording(
        "L'appareil {value} est déclaré ailleurs.",
        "Vérifiez le numéro sur l'appareil ; s'il est juste, demandez de l'aide.",
    ),
    Code.TAG_TWICE_IN_FILE: Wording(
        "L'étiquette « {value} » figure sur une ligne précédente de ce fichier.",
        "Donnez à chaque appareil sa propre étiquette ; la casse ne compte pas.",
    ),
    Code.TAG_REUSED: Wording(
        "Un autre de vos appareils porte l'étiquette « {value} ».",
        "Donnez à chaque appareil sa propre étiquette, ou retirez d'abord l'autre.",
    ),
    Code.IMEI_NOT_DIGITS: Wording(
        "« {value} » n'est pas un IMEI : il contient autre chose que des chiffres.",
        "Composez *#06# sur l'appareil et recopiez les 15 chiffres.",
    ),
    Code.IMEI_LENGTH: Wording(
        "« {value} » n'est pas un IMEI : il n'a pas 15 chiffres.",
        "Composez *#06# sur l'appareil et recopiez les 15 chiffres.",
    ),
    Code.IMEI_CHECK_DIGIT: Wording(
        "« {value} » n'est pas un IMEI : son dernier chiffre ne correspond pas aux autres.",
        "Un chiffre est faux ou deux sont inversés : comparez avec l'appareil.",
    ),
    Code.IMEI_CHECK_DIGIT_MISSING: Wording(
        "Il manque le dernier chiffre de l'IMEI « {value} ».",
        "Si ces 14 chiffres sont justes, écrivez {suggestion}.",
    ),
    Code.IMEI_LOST_DIGITS: Wording(
        "Un tableur a arrondi l'IMEI « {value} ».",
        "Mettez la colonne au format texte, remplissez-la à nouveau et exportez.",
    ),
    Code.IMEI_FILLER: Wording(
        "« {value} » est un remplissage, pas l'IMEI d'un appareil.",
        "Composez *#06# sur l'appareil et recopiez les 15 chiffres.",
    ),
    Code.SERIAL_CHARACTERS: Wording(
        "« {value} » n'est pas un numéro de série : 4 à 40 lettres et chiffres.",
        "Recopiez-le de l'appareil ou de ses réglages.",
    ),
    Code.SERIAL_FILLER: Wording(
        "« {value} » est un remplissage, pas le numéro de série d'un appareil.",
        "Recopiez-le de l'appareil ou de ses réglages.",
    ),
    Code.SERIAL_LOST_DIGITS: Wording(
        "Un tableur a modifié le numéro de série « {value} ».",
        "Mettez la colonne au format texte, remplissez-la à nouveau et exportez.",
    ),
    Code.TAG_TOO_LONG: Wording(
        "L'étiquette « {value} » a plus de 64 caractères.",
        "Utilisez une étiquette plus courte et gardez-la.",
    ),
    Code.IDENTITY_MISSING: Wording(
        "La ligne ne désigne aucun appareil : ni numéro de série, ni IMEI.",
        "Sans identité, un appareil ne peut figurer sur un certificat d'effacement.",
    ),
    Code.QUANTITY_LINE: Wording(
        "La ligne vaut pour {value} appareils.",
        "Donnez une ligne à chaque appareil, avec son numéro de série ou son IMEI.",
    ),
    Code.MODEL_MISSING: Wording(
        "La ligne n'a pas de modèle.",
        "Écrivez marque, modèle et stockage.",
    ),
    Code.COLUMN_COUNT: Wording(
        "La ligne n'a pas autant de colonnes que l'en-tête.",
        "Mettez entre guillemets les valeurs qui contiennent le séparateur.",
    ),
    Code.FIELD_TOO_LONG: Wording(
        "Le contenu de {field} est trop long.",
        "Écrivez au plus 255 caractères.",
    ),
    Code.DATE_INVALID: Wording(
        "« {value} » n'est pas une date.",
        "Écrivez-la sous la forme 2023-05-31.",
    ),
    Code.DATE_IN_FUTURE: Wording(
        "L'appareil ne peut avoir été acheté le {value} : ce jour est à venir.",
        "Écrivez le jour de l'achat sous la forme 2023-05-31.",
    ),
    Code.DATE_TOO_OLD: Wording(
        "L'appareil ne peut avoir été acheté le {value}.",
        "Écrivez le jour de l'achat sous la forme 2023-05-31.",
    ),
    Code.SITE_UNKNOWN: Wording(
        "Vous n'avez pas de site « {value} ».",
        "Écrivez le code ou le nom d'un de vos sites, ou laissez la colonne de côté.",
    ),
    Code.SITE_NOT_YOURS: Wording(
        "Vous n'agissez pas pour le site « {value} ».",
        "Demandez à un administrateur de votre organisation de le déclarer.",
    ),
    Code.CONDITION_UNKNOWN: Wording(
        "« {value} » n'est pas un état que nous connaissons.",
        "Écrivez bon, usagé, fissuré ou hors service.",
    ),
    Code.BAD_ENCODING: Wording(
        "La ligne contient des octets qui ne sont pas des lettres dans l'encodage du fichier.",
        "Exportez le fichier en UTF-8 et renvoyez-le.",
    ),
    Code.BAD_QUOTES: Wording(
        "La ligne ne peut être lue comme elle est écrite : « {value} ».",
        "Fermez tous les guillemets et doublez ceux qui sont dans une valeur.",
    ),
    Code.ALL_OR_NOTHING: Wording(
        "Rien n'est faux sur la ligne, mais d'autres ont été rejetées.",
        "Corrigez celles-ci, ou importez avec REJECT_FAILED_ROWS.",
    ),
}
TEXTS: Final = {"en": EN, "fr": FR}


def explain(
    code: Code, field: str | None, value: str | None, suggested: str | None, language: str
) -> tuple[str, str]:
    """The message and the suggestion for a line. Shapes: `language` is `en` or `fr`."""
    wording = TEXTS[language][code]
    nameless = "la ligne" if language == "fr" else "the line"
    words = {
        "field": field or nameless,
        "value": (value or "")[:SHOWN],
        "suggestion": (suggested or "")[:SHOWN],
    }
    return fill(wording.message, words), fill(wording.suggestion, words)
