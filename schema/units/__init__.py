"""Devices in GraphQL: certificates, and what is attached as evidence."""

import strawberry

from domain.units.certificates import CertificateKind, CertificateState, RevocationReason
from domain.units.certificates.verifying import Check, Outcome, Reason

strawberry.enum(CertificateKind, description="What a certificate states.")
strawberry.enum(CertificateState, description="Where a certificate stands.")
strawberry.enum(RevocationReason, description="Why a certificate is revoked.")
strawberry.enum(Check, name="CertificateCheck", description="What is looked at, in this order.")
strawberry.enum(Outcome, name="CheckOutcome", description="What came of a check.")
strawberry.enum(Reason, name="CheckReason", description="Why a check did not pass.")
