"""The carriers of the demo and of the tests, played by one program on this machine.

Source: docs/sandbox.md, "Carrier simulator".
"""

from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.credentials import CREDENTIALS
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import number_for
from integrations.sandbox.carriers.parcels import History, Registration
from integrations.sandbox.carriers.scenarios import Kind, kinds
from integrations.sandbox.carriers.simulator import CarrierSimulator, prefix

__all__ = [
    "CREDENTIALS",
    "CarrierSimulator",
    "Fault",
    "History",
    "Kind",
    "Registration",
    "Step",
    "kinds",
    "number_for",
    "prefix",
]
