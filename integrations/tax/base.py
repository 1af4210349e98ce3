"""The port to providers of sales tax."""

from typing import Protocol

from domain.orders.sales_tax import SalesTaxAnswer, SalesTaxQuestion


class TaxProvider(Protocol):
    """Computes the sales tax of the lines of a purchase."""

    @property
    def name(self) -> str:
        """The name under which its answers are kept."""
        ...

    async def quote(self, question: SalesTaxQuestion) -> SalesTaxAnswer:
        """The tax of each line; a question with the same reference has the same answer.

        Raises: NoSalesTax, and nothing else.
        """
        ...
