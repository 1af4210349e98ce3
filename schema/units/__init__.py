"""Devices: passports, what merchants record, what anybody verifies; certificates, evidence."""

import strawberry

from domain.units.certificates import CertificateKind, CertificateState, RevocationReason
from domain.units.certificates.verifying import Check, Outcome, Reason
from domain.units.status import Lock, LockState

strawberry.enum(CertificateKind, description="What a certificate states.")
strawberry.enum(CertificateState, description="Where a certificate stands.")
strawberry.enum(RevocationReason, description="Why a certificate is revoked.")
strawberry.enum(Check, name="CertificateCheck", description="What is looked at, in this order.")
strawberry.enum(Outcome, name="CheckOutcome", description="What came of a check.")
strawberry.enum(Reason, name="CheckReason", description="Why a check did not pass.")
strawberry.enum(
    Lock, name="LockKind", description="What may keep the next owner from using a device."
)
strawberry.enum(LockState, description="Whether a lock is on; `UNKNOWN` is not `OFF`.")
