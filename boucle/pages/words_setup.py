"""What the page says on which a merchant sets up how its files are read."""

from collections.abc import Mapping
from typing import Final

SETUP: Final[Mapping[str, tuple[str, str]]] = {
    "setup.title": ("Set up a feed", "Configurer un flux"),
    "setup.intro": (
        "From a file of yours to your offers: see how it is read, say what its columns mean, try "
        "it, apply it.",
        "De votre fichier à vos offres : voyez comment il est lu, dites ce que valent ses "
        "colonnes, essayez, appliquez.",
    ),
    "setup.noscript": (
        "These steps need JavaScript. The API does the same without it: docs/feeds.md.",
        "Ces étapes demandent JavaScript. L'API fait de même sans lui : docs/feeds.md.",
    ),
    "setup.key": ("Your API key", "Votre clé d'API"),
    "setup.key.hint": (
        "With the scopes feeds:read and feeds:write. It stays in this page's memory, is sent to "
        "this server only, and is gone when you leave.",
        "Avec les droits feeds:read et feeds:write. Elle reste dans la mémoire de cette page, "
        "n'est envoyée qu'à ce serveur et disparaît quand vous partez.",
    ),
    "setup.key.go": ("Show my feeds", "Montrer mes flux"),
    "setup.feed": ("The feed", "Le flux"),
    "setup.feed.which": ("Feed", "Flux"),
    "setup.feed.name": ("Name of the new feed", "Nom du nouveau flux"),
    "setup.feed.mode": ("What its lines mean", "Ce que valent ses lignes"),
    "setup.feed.go": ("Choose a file", "Choisir un fichier"),
    "setup.file": ("The file", "Le fichier"),
    "setup.file.which": ("File", "Fichier"),
    "setup.file.hint": (
        "CSV, TSV, JSON lines, XML or a workbook, gzip or plain.",
        "CSV, TSV, lignes JSON, XML ou classeur, gzip ou non.",
    ),
    "setup.file.go": ("Look into it", "Regarder dedans"),
    "setup.look": ("How it is read", "Comment il est lu"),
    "setup.look.hint": (
        "Say for each column which field it holds. Suggestions are chosen already: check them.",
        "Dites pour chaque colonne quel champ elle contient. Les suggestions sont déjà choisies : "
        "vérifiez-les.",
    ),
    "setup.encoding": ("Encoding", "Encodage"),
    "setup.decimal": ("Decimal mark", "Séparateur décimal"),
    "setup.fixed": ("Grade of lines without one", "État des lignes qui n'en ont pas"),
    "setup.look.save": ("Save and look again", "Enregistrer et regarder à nouveau"),
    "setup.look.go": ("Save and try", "Enregistrer et essayer"),
    "setup.try": ("What would change", "Ce qui changerait"),
    "setup.try.go": ("Apply it", "Appliquer"),
    "setup.done": ("Applied", "Appliqué"),
    "setup.again": ("Another file", "Un autre fichier"),
    "setup.footer": (
        "This page uses the public API alone.",
        "Cette page n'utilise que l'API publique.",
    ),
    "mode.FULL": (
        "Full: offers that are not in the file become absent",
        "Complet : les offres qui n'y sont pas deviennent absentes",
    ),
    "mode.DELTA": ("Changes: other offers stay", "Changements : les autres offres restent"),
    "mode.STOCK": ("Stock of known offers", "Stock d'offres connues"),
    "mode.PRICES": ("Prices of known offers", "Prix d'offres connues"),
    "step.new": ("A new feed", "Un nouveau flux"),
    "step.asking": ("Asking the server …", "Question au serveur …"),
    "step.sending": ("Sending the file …", "Envoi du fichier …"),
    "step.looking": ("Looking into the file …", "Lecture du début du fichier …"),
    "step.running": ("Reading every line …", "Lecture de chaque ligne …"),
    "step.saving": ("Saving …", "Enregistrement …"),
    "step.ready": ("Done.", "C'est fait."),
    "step.failed": ("That did not work.", "Cela n'a pas marché."),
    "step.late": (
        "The server is busy. Try again in a moment.",
        "Le serveur est occupé. Réessayez dans un instant.",
    ),
    "step.none": ("Choose a file first.", "Choisissez d'abord un fichier."),
    "step.twice": ("Two columns have this field:", "Deux colonnes ont ce champ :"),
    "step.missing": ("No column holds:", "Aucune colonne ne contient :"),
    "step.leave": ("leave out", "laisser de côté"),
    "step.auto": ("as found", "comme trouvé"),
    "step.guess": ("a guess", "à vérifier"),
    "step.unsure": (
        "The file does not tell its encoding: check the accents.",
        "Le fichier ne dit pas son encodage : vérifiez les accents.",
    ),
    "step.DOT": ("dot: 1234.50", "point : 1234.50"),
    "step.COMMA": ("comma: 1234,50", "virgule : 1234,50"),
    "step.column": ("Column", "Colonne"),
    "step.field": ("Field", "Champ"),
    "step.word": ("Your word", "Votre mot"),
    "step.grade": ("Grade", "État"),
    "step.lines": ("lines", "lignes"),
    "step.line": ("Line", "Ligne"),
    "step.words": ("Words for grades", "Mots pour les états"),
    "step.first": ("The first lines of the file", "Les premières lignes du fichier"),
    "step.wrong": ("Lines that were refused", "Lignes refusées"),
    "step.message": ("What is wrong", "Ce qui ne va pas"),
    "step.suggestion": ("What would work", "Ce qui irait"),
    "step.absent": ("offers would become absent", "offres deviendraient absentes"),
    "step.gone": ("offers became absent", "offres sont devenues absentes"),
    "step.read": ("lines read", "lignes lues"),
    "step.held": (
        "A guard holds this file back. Apply it only if it is right:",
        "Un garde-fou retient ce fichier. Ne l'appliquez que s'il est juste :",
    ),
}
SCRIPT: Final = tuple(key for key in SETUP if key.startswith("step."))
"""The words that the page's script says."""
