"""Schemas of everything that a compiled executor may get wrong; their values depend on a seed."""

from tests.graphql.nasty.chance import World
from tests.graphql.nasty.others import configured, handled
from tests.graphql.nasty.roots import event, schema

__all__ = ["World", "configured", "event", "handled", "schema"]
