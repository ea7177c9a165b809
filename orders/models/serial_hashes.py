"""How rows about one serial are found: by its hash within a family of codes."""

from typing import Any, NamedTuple

from django.db.models import Q

from orders.lib import crypto


def code_family(radio: Any) -> str:
    """Return the family of a radio's codes. One that names none shares its codes with no other."""
    return str(radio.family or f"radio_{radio.pk}")


class SerialHashes(NamedTuple):
    """All hashes under which rows about a serial may be stored, the newest of each first."""

    family: list[str]
    brand: list[str]  # by which version 1.0 finds them

    @classmethod
    def of(cls, radio: Any, serial: str, brand: int | None = None) -> "SerialHashes":
        """Hash a canonical serial of this radio; `brand` is the order's, where it differs."""
        return cls(
            crypto.hashes_in_family(code_family(radio), serial),
            crypto.hashes_of_serial(brand or radio.brand_id, serial),
        )

    @property
    def columns(self) -> dict[str, str]:
        """Return what a new row stores."""
        return {"family_hash": self.family[0], "serial_hash": self.brand[0]}

    @property
    def rows(self) -> Q:
        """Select the rows. Those of processes of version 1.0 have no family until a sweep."""
        return Q(family_hash__in=self.family) | Q(family_hash="", serial_hash__in=self.brand)


NO_HASHES = SerialHashes([], [])
