"""A GraphQL engine for strawberry schemas: docs/engine.md.

It imports nothing of the rest of this project.
"""

from boucle.graphql.engine import Engine, Operation, Prepared, Unusable, Why
from boucle.graphql.plan import CannotCompile, Plan, Result, compile_plan

__all__ = [
    "CannotCompile",
    "Engine",
    "Operation",
    "Plan",
    "Prepared",
    "Result",
    "Unusable",
    "Why",
    "compile_plan",
]
