"""A stand-in for the supplier of codes, PELock's Radio Code Calculator. Its codes are made up."""

from sandbox.supplier.stand_in import SupplierStandIn

__all__ = ["SupplierStandIn"]
