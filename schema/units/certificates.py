"""Certificates as their owners see them, the proof of one device, and the end of a certificate."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.roles import Role
from domain.units.certificates import CertificateKind, CertificateState, RevocationReason
from resolvers.units import certificates as resolvers
from resolvers.units import papers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Node,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import CUSTOMER, OWN, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.units.certificates import Certificate as Row
    from models.units.certificates import Proof

DECISIONS = Staff(frozenset({Role.STAFF_DECISIONS.value}))
OWNERS = AnyOf(
    (
        CUSTOMER,
        *(Scope(name) for name in resolvers.SCOPES),
    )
)
READERS = AnyOf((*OWNERS.rules, DECISIONS))
CertificateId = Annotated[strawberry.ID, strawberry.argument(description="Id of a `Certificate`.")]


@ruled(OWN)
@strawberry.type
class Certificate(Node):
    """A certificate about devices of yours, signed; anybody may verify it by its code."""

    code: str = strawberry.field(description="For people: the end of its address.")
    kind: CertificateKind = strawberry.field(description="What it states.")
    state: CertificateState = strawberry.field(description="Where it stands.")
    reason: RevocationReason | None = strawberry.field(description="Why it was revoked.")
    issued_at: datetime = strawberry.field(description="When it was signed.")
    serial_count: int = strawberry.field(description="How many serials it is over.")
    sha256: str = strawberry.field(description="Hash of what was signed, hexadecimal.")
    previous_sha256: str | None = strawberry.field(
        description="Hash of the issuer's certificate before it; `null` for its first."
    )
    key_id: str = strawberry.field(description="Names the key that signed.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    superseded_at: datetime | None = strawberry.field(description="When it was replaced.")
    verify_url: str = strawberry.field(description="Where anybody verifies it.")
    document_path: str = strawberry.field(
        description="Path of its PDF for whoever has it, for 15 minutes."
    )

    @classmethod
    def of(cls, row: "Row", info: Info) -> Self:
        return cls(
            id=global_id("Certificate", row.id),
            code=row.code,
            kind=row.kind,
            state=row.state,
            reason=row.reason,
            issued_at=row.issued_at,
            serial_count=row.serial_count,
            sha256=row.sha256,
            previous_sha256=row.previous_sha256,
            key_id=row.key_id,
            revoked_at=row.revoked_at,
            superseded_at=row.superseded_at,
            verify_url=papers.verify_url(row),
            document_path=papers.certificate_link(info.context, row.id),
        )


@ruled(OWN)
@strawberry.type
class CertificateConnection:
    """Certificates, page by page, the youngest first."""

    edges: list[Edge[Certificate]] = strawberry.field(description="The certificates of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class ProofStep:
    """One step from a leaf to the root of a certificate."""

    hash: str = strawberry.field(description="What stands beside, hexadecimal.")
    left: bool = strawberry.field(description="Whether it stands left of what was reached.")


@ruled(OWN)
@strawberry.type
class CertificateProof:
    """That one device is on a certificate, which shows nothing of the others.

    Give it with the certificate to whom you prove it: docs/certificates.md, "Proof".
    """

    identity: str = strawberry.field(description="As it is hashed.")
    salt: str = strawberry.field(description="16 bytes, hexadecimal. Who has it can test guesses.")
    leaf: str = strawberry.field(description="SHA-256 of 0x00, salt and identity.")
    path: list[ProofStep] = strawberry.field(description="From the leaf up. At most 64.")
    merkle_root: str = strawberry.field(description="Where it leads, as the certificate states.")

    @classmethod
    def of(cls, found: "Proof") -> Self:
        return cls(
            identity=found.identity,
            salt=found.salt.hex(),
            leaf=found.leaf.hex(),
            path=[ProofStep(hash=step.hash.hex(), left=step.left) for step in found.path],
            merkle_root=found.root.hex(),
        )


@ruled(OWN)
@strawberry.type
class CertificateRefused(Problem):
    """`CERTIFICATE_UNKNOWN`, or `INVALID_TRANSITION` for one that was revoked before."""

    state: CertificateState | None = strawberry.field(description="Where it stands.")


RevokeCertificateResult = Annotated[
    Certificate | CertificateRefused,
    strawberry.union("RevokeCertificateResult", description="The certificate, or a refusal."),
]
_TEXTS = {
    "CERTIFICATE_UNKNOWN": ("There is no such certificate.", None),
    "INVALID_TRANSITION": ("It was revoked before.", "A revocation is final."),
}


@strawberry.input
class RevokeCertificateInput:
    """Which certificate ends, and why."""

    certificate: strawberry.ID = strawberry.field(description="Id of a `Certificate`.")
    reason: RevocationReason = strawberry.field(description="Why; everybody is told.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.type
class CertificatesQuery:
    """Queries of certificates; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READERS})
    async def certificate(self, info: Info, id: CertificateId) -> Certificate | None:
        """A certificate of yours; `null` for any other.

        Organisations need `fleets:read` or `reports:read`, merchants `trade_in:read` or
        `orders:read`.
        """
        found = row_id(id, "Certificate", "id")
        row = await resolvers.certificate(info.context, found) if found else None
        return Certificate.of(row, info) if row else None

    @strawberry.field(metadata={"rule": OWNERS})
    async def certificates(
        self, info: Info, first: First = 24, after: After = None
    ) -> CertificateConnection:
        """Your certificates, the youngest first."""
        page = await resolvers.listed(info.context, first, after)
        return CertificateConnection(
            edges=edges(page, lambda row: Certificate.of(row, info)),
            page_info=page_info(page, after),
        )

    @strawberry.field(metadata={"rule": OWNERS})
    async def certificate_proof(
        self,
        info: Info,
        certificate_id: CertificateId,
        identity: Annotated[
            str,
            strawberry.argument(
                description="IMEI, or `SN:MAKER:SERIAL`, or `MEDIUM:SERIAL` of a storage medium."
            ),
        ],
    ) -> CertificateProof | None:
        """That a device is on a certificate of yours; `null` where it is not, or not yours."""
        found = row_id(certificate_id, "Certificate", "certificateId")
        proof = await resolvers.proof(info.context, found, identity) if found else None
        return CertificateProof.of(proof) if proof else None


@strawberry.type
class CertificatesMutation:
    """Mutations of certificates; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def revoke_certificate(
        self,
        info: Info,
        input: Annotated[
            RevokeCertificateInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> RevokeCertificateResult:
        """End a certificate: whoever verifies it is told so, and why. For staff with decisions."""
        key = idempotency_key(input.idempotency_key)
        found = row_id(input.certificate, "Certificate", "certificate")
        if found is None:
            raise LookupError("a non-null id was null")
        made = await resolvers.revoke(info.context, found, input.reason, key)
        if not isinstance(made, resolvers.Refusal):
            return Certificate.of(made, info)
        message, hint = _TEXTS[made.code]
        return CertificateRefused(
            code=made.code,
            message=message,
            path=["input", "certificate"],
            hint=hint,
            request_id=strawberry.ID(info.context.request_id),
            state=made.state,
        )
