"""What a receipt says: the same words for its page and its PDF. Never the code or a serial."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders.models import Receipt, ReceiptKind
from orders.money import country_name
from orders.payments.methods import method_name

Pairs = list[tuple[str, str]]  # a label and its text


class Sheet:
    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        self.title, self.total_label = {
            ReceiptKind.RECEIPT: (_("Receipt"), _("You paid")),
            ReceiptKind.CREDIT_NOTE: (_("Credit note"), _("You get back")),
            ReceiptKind.CANCELLATION: (_("Cancellation"), _("Not refunded after all")),
        }[ReceiptKind(receipt.kind)]
        self.heading = f"{self.title} {receipt.number_text}"
        self.facts = self._facts()
        self.seller = self._seller()
        self.amounts = self._amounts()
        self.remarks = self._remarks()
        self.consents = self._consents()

    def _facts(self) -> Pairs:
        receipt = self.receipt
        facts = [
            (_("Date"), date_format(timezone.localtime(receipt.issued_at), "j F Y")),
            (_("Cancels credit note"), _named(receipt.cancels)),
            (_("For receipt"), _named(None if receipt.cancels else receipt.sale)),
            (_("Order"), receipt.order.number),
            (_("Paid with"), capfirst(method_name(receipt.payment.method))),
            (_("Buyer's country"), country_name(receipt.buyer_country)),
        ]
        return [(label, text) for label, text in facts if text]

    def _seller(self) -> list[str]:
        """As the settings said on that day; empty settings are left out."""
        seller = self.receipt.seller
        lines = [seller["name"], *seller["address"].splitlines()]
        if number := seller["vat_number"]:
            lines.append(_("VAT number %(number)s") % {"number": number})
        return [line for line in [*lines, seller["email"], seller["phone"]] if line.strip()]

    def _amounts(self) -> Pairs:
        """Empty where there is no VAT."""
        receipt, vat = self.receipt, _("VAT")
        if not receipt.amount_vat:
            return []
        if receipt.vat_rate:
            vat = _("VAT %(rate)s %%") % {"rate": f"{receipt.vat_rate.normalize():f}"}
        return [(_("Net"), receipt.net_text), (vat, receipt.vat_text)]

    def _remarks(self) -> list[str]:
        remarks = []
        if note := self.receipt.cancels:
            words = _(
                "The refund of credit note %(number)s did not reach you: your bank sent it back to "
                "us. That note no longer counts. A new refund gets a credit note of its own."
            )
            remarks.append(words % {"number": note.number_text})
        if not self.receipt.amount_vat:
            remarks.append(_("The price contains no VAT."))
        return remarks

    def _consents(self) -> Pairs:
        words = _("Agreed on %(at)s; version %(version)s.")
        pairs = []
        for consent in self.receipt.order.consents.all() if self.receipt.is_receipt else ():
            at = date_format(timezone.localtime(consent.given_at), "j F Y, H:i T")
            pairs.append((consent.text, words % {"at": at, "version": consent.version}))
        return pairs


def _named(other: Receipt | None) -> str:
    words = _("%(number)s of %(amount)s")
    return words % {"number": other.number_text, "amount": other.amount_text} if other else ""
