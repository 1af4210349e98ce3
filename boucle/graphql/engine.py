"""From a document's text to a valid operation with its price and its plan, and to an answer.

Everything that depends on the text alone is done once and remembered, bounded by number and size.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from boucle.graphql.limits import Limits
from boucle.graphql.plan import CannotCompile, Plan, Result, compile_plan
from boucle.graphql.price import OperationPrice, Priced, price
from boucle.graphql.reference import execute_by_reference, graphql_schema

KEPT_DOCUMENTS = 1_000
KEPT_CHARACTERS = 4_000_000
"""Of texts and of the functions compiled from them; a character takes some 20 bytes as a plan."""


class Why(StrEnum):
    """Why a document is not executed."""

    SYNTAX = "SYNTAX"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    INVALID_DOCUMENT = "INVALID_DOCUMENT"
    OPERATION_MISSING = "OPERATION_MISSING"
    OPERATION_NAME_MISSING = "OPERATION_NAME_MISSING"
    OPERATION_UNKNOWN = "OPERATION_UNKNOWN"


class Unusable(Exception):
    """The document is not executed."""

    def __init__(self, why: Why, errors: list[GraphQLError]) -> None:
        super().__init__(why)
        self.why, self.errors = why, errors


class Operation:
    """One operation of a valid document.

    It is compiled when it is run first. `fallback` says why graphql-core runs it, if it does,
    `digest` stands for the document's text, and `note` is for whatever the host wants to know of
    it again.
    """

    __slots__ = ("_document", "_plan", "_schema", "digest", "fallback", "node", "note", "price")

    def __init__(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        price: OperationPrice,
        digest: bytes,
    ) -> None:
        self._schema, self._document, self.node, self.price = schema, document, node, price
        self.digest = digest
        self.note: Any = None
        self._plan: Plan | None = None
        self.fallback: str | None = None

    @property
    def name(self) -> str | None:
        """As the document has it."""
        return self.node.name.value if self.node.name else None

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def document(self) -> DocumentNode:
        """The document that it is part of."""
        return self._document

    @property
    def characters(self) -> int:
        """Length of the text of its functions."""
        return self._plan.characters if self._plan else 0

    async def execute(
        self,
        root_value: Any = None,
        context: Any = None,
        variables: Mapping[str, Any] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Result:
        """Run it, or an event of it, with variables as they were sent."""
        if (plan := self._compiled()) is not None:
            return await plan.execute(root_value, context, variables, operation_extensions)
        found = await execute_by_reference(
            self._schema,
            self._document,
            self.name,
            root_value=root_value,
            context=context,
            variables=variables,
            operation_extensions=operation_extensions,
        )
        return Result(found.data, found.errors, fallback=self.fallback)

    def _compiled(self) -> Plan | None:
        if self._plan is None and self.fallback is None:
            try:
                self._plan = compile_plan(self._schema, self._document, self.name)
            except CannotCompile as reason:
                self.fallback = str(reason)
        return self._plan


class Prepared:
    """A valid document."""

    __slots__ = ("operations", "text")

    def __init__(self, text: str, operations: Mapping[str | None, Operation]) -> None:
        self.text, self.operations = text, operations

    def chosen(self, name: str | None) -> Operation:
        """The operation of that name, or the only one. Raises: Unusable."""
        if name is None:
            if len(self.operations) > 1:
                raise _unusable(Why.OPERATION_NAME_MISSING, "Name the operation to run.")
            return next(iter(self.operations.values()))
        if (found := self.operations.get(name)) is None:
            message = "The document has no operation of that name."
            raise _unusable(Why.OPERATION_UNKNOWN, message)
        return found

    def sole(self, name: str | None) -> Operation | None:
        """The operation of that name, or the only one; None where there is no such."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None

    @property
    def characters(self) -> int:
        """A measure of the memory that it takes."""
        return len(self.text) + sum(each.characters for each in self.operations.values())


class Engine:
    """A schema, the limits of its documents, and those used last.

    Raises: ValueError for a schema that counts on strawberry's extensions, which are not run.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: Limits | None = None,
        *,
        kept_documents: int = KEPT_DOCUMENTS,
        kept_characters: int = KEPT_CHARACTERS,
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("the engine runs no schema extensions and no directives of a schema")
        self.schema = schema
        self._rules: tuple[type[ASTValidationRule], ...] = (
            *specified_rules,
            MaybeNullValidationRule,
        )
        if any(_is_one_of(kind) for kind in self.graphql.type_map.values()):
            self._rules = (*self._rules, OneOfInputValidationRule)
        self.limits = limits or Limits()
        self._kept_documents, self._kept_characters = kept_documents, kept_characters
        self._kept: OrderedDict[str, tuple[Prepared, int]] = OrderedDict()
        self._characters = 0

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return graphql_schema(self.schema)

    def known(self, text: str) -> Prepared | None:
        """A document that was prepared and is remembered."""
        found = self._kept.get(text)
        return found[0] if found else None

    def prepare(self, text: str) -> Prepared:
        """Parse, price and validate a document, unless that was done. Raises: Unusable."""
        if (known := self._kept.get(text)) is not None:
            prepared, size = known
            if prepared.characters == size:
                self._kept.move_to_end(text)
            else:  # it was compiled meanwhile
                self._characters -= size
                self._keep(prepared)
            return prepared
        prepared = self._made(text)
        self._keep(prepared)
        return prepared

    def _made(self, text: str) -> Prepared:
        limits = self.limits
        try:
            document = parse(text, max_tokens=limits.tokens, max_lexical_tokens=limits.tokens)
        except GraphQLSyntaxError as error:
            raise Unusable(Why.SYNTAX, [error]) from error
        nodes = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        if not nodes:
            raise _unusable(Why.OPERATION_MISSING, "The document has no operation.")
        priced = self._priced(document)
        if errors := self._invalid(document):
            raise Unusable(Why.INVALID_DOCUMENT, errors)
        digest = hashlib.sha256(text.encode()).digest()
        operations = {}
        for node in nodes:
            name = node.name.value if node.name else None
            cost = priced.operations[name]
            operations[name] = Operation(self.schema, document, node, cost, digest)
        return Prepared(text, operations)

    def _invalid(self, document: DocumentNode) -> list[GraphQLError]:
        """What is wrong with a document. Strawberry's rule for one-of inputs fails on some."""
        try:
            return validate(self.graphql, document, self._rules)
        except (AttributeError, KeyError):
            return [GraphQLError("A one-of input here cannot be checked: send it as a variable.")]

    def _priced(self, document: DocumentNode) -> Priced:
        priced = price(self.graphql, document, self.limits)
        if priced.over:
            errors = [GraphQLError(str(excess)) for excess in priced.over]
            raise Unusable(Why.DOCUMENT_TOO_LARGE, errors)
        return priced

    def _keep(self, prepared: Prepared) -> None:
        size = prepared.characters
        self._kept.pop(prepared.text, None)
        self._kept[prepared.text] = prepared, size
        self._characters += size
        while len(self._kept) > 1 and (
            len(self._kept) > self._kept_documents or self._characters > self._kept_characters
        ):
            _, (_, gone) = self._kept.popitem(last=False)
            self._characters -= gone


def _is_one_of(kind: GraphQLNamedType) -> bool:
    return bool(getattr(kind.extensions.get("strawberry-definition"), "is_one_of", False))


def _unusable(why: Why, message: str) -> Unusable:
    return Unusable(why, [GraphQLError(message)])
