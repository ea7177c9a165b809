"""Methods by which a code follows from the serial: one file a family of codes.

They are pure functions. Whether a shop uses one is decided per family: `orders/models/family.py`.
"""

from orders.retrieval.calculators import ford_m, nissan_bp, renault_precode
from orders.retrieval.calculators.base import Calculator, Computed

__all__ = ["CALCULATORS", "Calculator", "Computed", "compute"]

CALCULATORS: dict[str, Calculator] = {
    "ford_m": Calculator(ford_m.compute, ships_released=True),
    "renault_precode": Calculator(renault_precode.compute, ships_released=True),
    "nissan_bp": Calculator(
        nissan_bp.compute,
        ships_released=False,
        kinds=(nissan_bp.WITH_X, nissan_bp.EXCEPTION),
    ),
}


def compute(family: str, serial: str) -> Computed | None:
    """Compute the code of a canonical serial; None where no method applies."""
    calculator = CALCULATORS.get(family)
    return calculator.compute(serial) if calculator else None
