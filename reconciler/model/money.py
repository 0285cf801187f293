"""Money as Decimal with its currency, rounded half up to cents per line (R4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency; arithmetic refuses to mix currencies with a ValueError."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def share(self, part: int, whole: int) -> Money:
        """Return `part / whole` of this, rounded half up to cents once (R4: per line)."""
        return Money(self.amount * part / whole, self.currency).cents()

    def cents(self) -> Money:
        """Return this rounded half up to cents (R4)."""
        return Money(self.amount.quantize(CENT, rounding=ROUND_HALF_UP), self.currency)

    def __str__(self) -> str:
        return f"{self.cents().amount}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")


def total(amounts: Iterable[Money], *, currency: str) -> Money:
    """Return the sum of `amounts`, zero `currency` for none."""
    return sum(amounts, Money(Decimal("0.00"), currency))
