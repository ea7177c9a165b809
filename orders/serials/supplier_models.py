"""The supplier's models that the shop may ask for, and the serials it accepts for each.

The supplier is PELock's Radio Code Calculator. It also calculates "nissan-glove-box", the PIN of an
immobiliser, with which a car can be driven away. That one is not in this list, so that no file,
form or database row can make the shop ask for it.
"""

import re

from django.db import models


class SupplierModel(models.TextChoices):
    RENAULT_DACIA = "renault-dacia", "Renault and Dacia"
    CHRYSLER_PANASONIC_TM9 = "chrysler-panasonic-tm9", "Chrysler Panasonic TM9"
    CHRYSLER_DODGE_VP = "chrysler-dodge-vp", "Chrysler and Dodge VP"
    FORD_M_SERIES = "ford-m-series", "Ford M"
    FORD_V_SERIES = "ford-v-series", "Ford V"
    FORD_TRAVELPILOT = "ford-travelpilot", "Ford TravelPilot EX, FX, NX"
    FIAT_STILO_BRAVO_VISTEON = "fiat-stilo-bravo-visteon", "Fiat Stilo and Bravo Visteon"
    FIAT_DAIICHI = "fiat-daiichi", "Fiat Daiichi"
    FIAT_VP = "fiat-vp", "Fiat Continental VP1 and VP2"
    TOYOTA_ERC = "toyota-erc", "Toyota ERC"
    JEEP_CHEROKEE = "jeep-cherokee", "Jeep Cherokee"
    ECLIPSE_ESN = "eclipse-esn", "Eclipse ESN"
    JAGUAR_ALPINE = "jaguar-alpine", "Jaguar Alpine"


# Whole serials: the supplier compares lengths exactly.
SHAPES = {
    SupplierModel.RENAULT_DACIA: r"[A-Z]\d{3}",
    SupplierModel.CHRYSLER_PANASONIC_TM9: r"\d{4}",
    SupplierModel.CHRYSLER_DODGE_VP: r"[0-9A-Z]{4}",
    SupplierModel.FORD_M_SERIES: r"\d{6}",
    SupplierModel.FORD_V_SERIES: r"\d{6}",
    SupplierModel.FORD_TRAVELPILOT: r"\d{7}",
    SupplierModel.FIAT_STILO_BRAVO_VISTEON: r"[0-9A-Z]{6}",
    SupplierModel.FIAT_DAIICHI: r"[0-9A-Z]{4}",
    SupplierModel.FIAT_VP: r"[0-9A-Z]{4}",
    SupplierModel.TOYOTA_ERC: r"[0-9A-Z]{16}",
    SupplierModel.JEEP_CHEROKEE: r"[0-9A-Z]{10}\d{4}",
    SupplierModel.ECLIPSE_ESN: r"[0-9A-Z]{6}",
    SupplierModel.JAGUAR_ALPINE: r"\d{5}",
}


def is_taken(model: SupplierModel, serial: str) -> bool:
    """Return whether the supplier accepts this serial for that model."""
    return re.fullmatch(SHAPES[model], serial, re.ASCII) is not None
