"""A figure as both engines must see it: a number, or why there is none, and its sample.

The arithmetic is the design's: no data wins over undefined, division by 0 is
undefined, the sample of a quotient is its denominator's and that of anything
else the smaller one. Formulas of metrics are written over figures, so that they
read like the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

VALUE, UNDEFINED, NO_DATA = "value", "undefined", "no_data"


@dataclass(frozen=True)
class Figure:
    """A number with the rows behind it; `n` is None for a constant, which limits no sample."""

    kind: str
    value: Fraction | None = None
    n: int | None = 0

    def __add__(self, other: Figure | int) -> Figure:
        return combine(self, other, lambda a, b: a + b)

    def __sub__(self, other: Figure | int) -> Figure:
        return combine(self, other, lambda a, b: a - b)

    def __mul__(self, other: Figure | int | Fraction) -> Figure:
        return combine(self, other, lambda a, b: a * b)

    def __rmul__(self, other: int) -> Figure:
        return combine(constant(other), self, lambda a, b: a * b)

    def __rtruediv__(self, other: int) -> Figure:
        return constant(other) / self

    def __truediv__(self, other: Figure | int | Fraction) -> Figure:
        below = other if isinstance(other, Figure) else constant(other)
        found = combine(self, below, lambda a, b: a / b if b else None)
        return found if below.n is None else Figure(found.kind, found.value, below.n)

    def or_zero(self) -> Figure:
        """0 where there is no number."""
        return self if self.kind == VALUE else constant(0)


def constant(number: int | Fraction) -> Figure:
    return Figure(VALUE, Fraction(number), None)


def combine(a: Figure, b: Figure | int | Fraction, apply: Callable[[Fraction, Fraction], Fraction | None]) -> Figure:
    if not isinstance(b, Figure):
        b = constant(b)
    n = min((one.n for one in (a, b) if one.n is not None), default=None)
    for kind in (NO_DATA, UNDEFINED):
        if kind in (a.kind, b.kind):
            return Figure(kind, None, n)
    value = apply(a.value, b.value)
    return Figure(UNDEFINED if value is None else VALUE, value, n)


def growth(now: Figure, before: Figure) -> Figure:
    """Relative change, which has no direction from a base of 0 or less."""
    change = now / before - 1
    if change.kind == VALUE and before.value < 0:
        return Figure(UNDEFINED, None, before.n)
    return change
