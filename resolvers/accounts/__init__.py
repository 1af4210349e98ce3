"""Who asks: keys, tokens, sign-in, sessions."""

from resolvers.accounts.callers import caller_of

__all__ = ["caller_of"]
