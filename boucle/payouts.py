"""Who brings money to people's banks in a process, as the settings say."""

from stdnum import iban

from boucle.settings import BadSetting, Settings
from domain.money import Currency
from integrations.payouts import PayoutProvider
from integrations.payouts.pain001 import Debtor
from integrations.payouts.sepa import SepaFiles
from integrations.payouts.simulator import SimulatedBank


def bank_of(settings: Settings) -> PayoutProvider | None:
    """The bank of a process; None where none is named, and what is due stays due.

    Raises: BadSetting for an account of ours that is none.
    """
    kind, _, rest = settings.payouts.partition(":")
    if kind == "simulator":
        return SimulatedBank([each.value for each in Currency])
    if kind != "sepa":
        return None
    account, _, name = rest.partition(":")
    if not iban.is_valid(account):
        raise BadSetting("BOUCLE_PAYOUTS", "names an account that is none")
    return SepaFiles(settings.home / "payouts", Debtor(name, account))
