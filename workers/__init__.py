"""Use cases on behalf of the clock and the outside world.

Imports no actor: an actor registers on the broker that is set when its module is imported.
"""
