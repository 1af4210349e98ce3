"""Who may read orders."""

from domain.accounts.roles import Role
from resolvers.orders import reading
from schema.rules import CUSTOMER, AnyOf, Scope, Staff

READ = AnyOf(
    (
        CUSTOMER,
        Scope(reading.READ),
        Staff(frozenset({Role.COUNTRY_TEAM.value, Role.STAFF_SUPPORT.value})),
    )
)
MERCHANT = Scope(reading.READ)
