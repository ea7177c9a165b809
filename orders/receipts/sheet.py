"""What stands on the sheet: the same words for the page and the PDF. Never the code or a serial."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders.models import Receipt, ReceiptKind
from orders.payments.methods import name_of


@dataclass(frozen=True)
class Sheet:
    """Pairs are a label and what stands beside it. `amounts` is empty where there is no VAT."""

    title: str
    number: str
    facts: list[tuple[str, str]]
    seller: list[str]
    description: str
    amounts: list[tuple[str, str]]
    total: tuple[str, str]
    remarks: list[str]
    consents: list[tuple[str, str]]

    @property
    def heading(self) -> str:
        return f"{self.title} {self.number}"


def sheet_of(receipt: Receipt) -> Sheet:
    title, total = {
        ReceiptKind.RECEIPT: (_("Receipt"), _("You paid")),
        ReceiptKind.CREDIT_NOTE: (_("Credit note"), _("You get back")),
        ReceiptKind.CANCELLATION: (_("Cancellation"), _("Not returned after all")),
    }[ReceiptKind(receipt.kind)]
    return Sheet(
        title=title,
        number=receipt.number_text,
        facts=_facts(receipt),
        seller=_seller(receipt.seller),
        description=receipt.description,
        amounts=_amounts(receipt),
        total=(total, receipt.amount_text),
        remarks=_remarks(receipt),
        consents=_consents(receipt) if receipt.is_receipt else [],
    )


def day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y")


def _facts(receipt: Receipt) -> list[tuple[str, str]]:
    facts = [(_("Date"), day(receipt.issued_at))]
    if receipt.cancels:
        facts.append((_("Cancels credit note"), _of(receipt.cancels)))
    elif sale := receipt.sale:
        facts.append((_("For receipt"), _of(sale)))
    facts.append((_("Order"), receipt.order.number))
    if receipt.payment.method:
        facts.append((_("Paid with"), capfirst(name_of(receipt.payment.method))))
    if receipt.buyer_country:
        facts.append((_("Buyer's country"), receipt.buyer_country))
    return facts


def _of(other: Receipt) -> str:
    return _("%(number)s of %(amount)s") % {
        "number": other.number_text,
        "amount": other.amount_text,
    }


def _seller(seller: dict[str, str]) -> list[str]:
    """As the settings said on that day; what they left out is left out."""
    lines = [seller["name"], *seller["address"].splitlines()]
    if number := seller["vat_number"]:
        lines.append(_("VAT number %(number)s") % {"number": number})
    return [line for line in [*lines, seller["email"], seller["phone"]] if line.strip()]


def _amounts(receipt: Receipt) -> list[tuple[str, str]]:
    if not receipt.amount_vat:
        return []
    vat = _("VAT")
    if receipt.vat_rate:
        vat = _("VAT %(rate)s %%") % {"rate": f"{receipt.vat_rate.normalize():f}"}
    return [(_("Without VAT"), receipt.net_text), (vat, receipt.vat_text)]


def _remarks(receipt: Receipt) -> list[str]:
    remarks = []
    if receipt.cancels:
        note = receipt.cancels.number_text
        remarks.append(
            _(
                "The money of credit note %(number)s did not reach you: it came back to us. That "
                "note no longer counts. A new refund gets a credit note of its own."
            )
            % {"number": note}
        )
    if not receipt.amount_vat:
        remarks.append(_("The price contains no VAT."))
    return remarks


def _consents(receipt: Receipt) -> list[tuple[str, str]]:
    return [
        (
            consent.text,
            _("Agreed on %(at)s; version %(version)s.")
            % {
                "at": date_format(timezone.localtime(consent.given_at), "j F Y, H:i T"),
                "version": consent.version,
            },
        )
        for consent in receipt.order.consents.all()
    ]
