"""A card for the glove box: car, radio, serial, code and steps on one sheet in black on white."""

from io import BytesIO

import segno
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from orders.instructions import advice_for
from orders.models import Order
from orders.receipts.pdf import INK, Pdf
from orders.serials import grouped

WIDTH = 166  # mm between the margins
SIZES = (11.0, 9.5, 8.0, 6.5)  # points; long steps need a smaller one to stay on one sheet
QR = 32  # mm


class NoCodeError(LookupError):
    """The order shows no code now."""


class Card:
    """Raises NoCodeError where the order's page would show no code."""

    def __init__(self, order: Order) -> None:
        code = order.shown_code
        if code is None:
            raise NoCodeError
        advice = advice_for(order)
        self.order, self.code = order, code.digits
        self.tries = advice.tries
        self.facts = [
            (label, text)
            for label, text in (
                (_("Car"), order.car or order.make),
                (_("Radio"), order.radio.name),
                (_("Serial number"), grouped(order.serial)),
                (_("Order"), order.number),
            )
            if text
        ]
        self.ways = [(way.title, way.steps, way.caution) for way in advice.procedures]
        if advice.staff_steps:
            self.ways.insert(0, (_("For your radio"), advice.staff_steps, ""))
        self._qr = segno.make(settings.SITE_URL + order.secret_link(), error="m")

    @property
    def qr_svg(self) -> str:
        return self._qr.svg_inline(scale=4, border=0, dark="#000", light=None, omitsize=True)

    def pdf(self) -> bytes:
        """Draw it in the largest size that fits on one sheet."""
        for size in SIZES:
            pdf = self._draw(size)
            if pdf.page_no() == 1:
                break
        return bytes(pdf.output())

    def _draw(self, size: float) -> Pdf:
        pdf = Pdf()
        pdf.set_title(_("Radio code"))
        png = BytesIO()
        self._qr.save(png, kind="png", scale=8, border=0)
        top = pdf.get_y()
        pdf.image(png, x=pdf.w - pdf.r_margin - QR, y=top, w=QR, h=QR)
        pdf.write_text(_("Radio code"), 13, bold=True)
        pdf.write_text(self.code, 40, bold=True, after=2)
        pdf.set_y(max(pdf.get_y(), top + QR + 4))
        pdf.write_pairs(self.facts, (42, WIDTH - 42), "L")
        pdf.draw_rule(INK)
        for title, steps, caution in self.ways:
            pdf.write_text(title, size + 1, bold=True, after=1)
            for number, step in enumerate(steps, start=1):
                pdf.write_text(f"{number}.  {step}", size)
            pdf.write_text(caution, size, after=3)
        if self.tries:
            pdf.write_text(self.tries, size, bold=True, after=2)
        pdf.write_text(_("The square opens your order's page: keep this card private."), size)
        return pdf


def card_response(card: Card) -> HttpResponse:
    """A download, as of receipts."""
    name = f"radio-code-{card.order.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(card.pdf(), content_type="application/pdf", headers=headers)
