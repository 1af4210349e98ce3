"""What a process needs for certificates: keys that sign, the address they name, the printer."""

from collections.abc import Sequence
from datetime import date

from boucle.house import vault_of
from boucle.settings import Settings
from domain.raas.reporting import Report
from models.raas.handover import Lot
from models.raas.settling import SettledLine, Settlement
from models.units import certificates
from models.units.certificates import Certificate
from resolvers.raas import documents as statements
from resolvers.raas import reporting
from resolvers.units import papers
from resolvers.units.certificates import Stated


def install_certificates(settings: Settings) -> None:
    """Let use cases and jobs of this process issue certificates that name this server."""
    certificates.install(vault_of(settings), settings.public_url)
    papers.install(_printed)
    statements.install(_statement)
    reporting.install(_report)


def _printed(row: Certificate, stated: Stated, text: bytes, language: str, today: date) -> bytes:
    from boucle.papers import certificate_pdf  # noqa: PLC0415  # what prints is large

    return certificate_pdf(row, stated, text, language, today)


def _report(found: Report, language: str) -> bytes:
    from boucle.reports import report_pdf  # noqa: PLC0415  # what prints is large

    return report_pdf(found, language)


def _statement(lot: Lot, found: Settlement, lines: Sequence[SettledLine]) -> bytes:
    from boucle.statements import statement_pdf  # noqa: PLC0415  # what prints is large

    return statement_pdf(lot, found, lines)
