"""A GraphQL engine for strawberry schemas. It knows nothing of what the schema is about."""

from boucle.graphql.plan import CannotCompile, Plan, Result, compile_plan

__all__ = ["CannotCompile", "Plan", "Result", "compile_plan"]
