"""A plan: an operation compiled once to Python functions, and run many times."""

from boucle.graphql.plan.plan import Plan, Result, compile_plan
from boucle.graphql.plan.source import CannotCompile

__all__ = ["CannotCompile", "Plan", "Result", "compile_plan"]
