"""A plan: an operation compiled once to Python functions, and run many times."""

from boucle.graphql.plan.fields import CannotCompile
from boucle.graphql.plan.plan import Plan, Result, compile_plan

__all__ = ["CannotCompile", "Plan", "Result", "compile_plan"]
