"""Draws a receipt as a PDF on A4. The same row always gives the same bytes; none are stored."""

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, FontFace
from fpdf.fonts import TTFFont

from orders.lib.letters import EUROPEAN, FONTS, LATIN, drawable, letters_of
from orders.models import Receipt
from orders.receipts.sheet import Pairs, Sheet

SIGN = Path(__file__).with_name("sign.svg")  # the one of the pages
INK, QUIET, LINE, ACCENT = "#1a1814", "#4f493e", "#e2dacb", "#803608"
LEFT, TOP = 22.0, 20.0  # mm
LABELS, AMOUNTS = (42, 124), (126, 40)  # mm of the columns
LEADING = 1.45 * 25.4 / 72  # mm of a line for each point of its font


def file_name(receipt: Receipt) -> str:
    return f"receipt-{receipt.number_text}.pdf"


def pdf_response(receipt: Receipt) -> HttpResponse:
    """A download: the pages' security policy would stop a browser's PDF viewer."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name(receipt)}"'}
    return HttpResponse(draw(receipt), content_type="application/pdf", headers=headers)


def draw(receipt: Receipt) -> bytes:
    sheet, pdf = Sheet(receipt), Pdf()
    pdf.set_creation_date(receipt.issued_at)
    pdf.set_title(sheet.heading)
    pdf.set_author(sheet.seller[0] if sheet.seller else "")
    pdf.set_lang(get_language() or settings.LANGUAGE_CODE)
    if settings.DEMO:
        pdf.write_text(_("This is a demo: no money moves."), 10, QUIET, after=6)
    pdf.image(SIGN, w=16, h=10.2)
    pdf.set_xy(LEFT + 20, pdf.get_y() - 8.6)
    pdf.write_text(receipt.seller["shop"], 16, bold=True, after=13)
    pdf.write_text(sheet.title, 24, bold=True)
    pdf.write_text(receipt.number_text, 13, ACCENT, bold=True, after=6)
    pdf.write_pairs(sheet.facts, LABELS, "L")
    pdf.ln(7)
    pdf.write_text(_("Sold by"), 11, ACCENT, bold=True, after=1.5)
    for at, line in enumerate(sheet.seller):
        pdf.write_text(line, 11, bold=at == 0)
    pdf.ln(7)
    pdf.draw_rule(INK)
    pdf.write_text(receipt.description, 12)
    pdf.draw_rule(LINE)
    if sheet.amounts:
        pdf.write_pairs(sheet.amounts, AMOUNTS, "R")
        pdf.ln(1.8)
    pdf.write_pairs([(sheet.total_label, receipt.amount_text)], AMOUNTS, "R", bold=True)
    pdf.draw_rule(INK)
    pdf.ln(2)
    for remark in sheet.remarks:
        pdf.write_text(remark, 11, after=2)
    if sheet.consents:
        pdf.ln(5)
        pdf.write_text(_("What you agreed to"), 11, ACCENT, bold=True, after=1.5)
    for text, when in sheet.consents:
        pdf.write_text(text, 9.5)
        pdf.write_text(when, 9.5, QUIET, after=2)
    return bytes(pdf.output())


class Pdf(FPDF):
    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_display_mode("fullpage")
        self.set_margins(LEFT, TOP)
        self.set_auto_page_break(True, margin=TOP)
        self.c_margin = 0  # text starts where the rules do
        self.load_font(LATIN)
        self.add_page()

    def load_font(self, name: str) -> None:
        for style, weight in (("", "Regular"), ("B", "Bold")):
            self.add_font(name, style, FONTS / f"{name}-{weight}.ttf")
        for font in self.fonts.values():
            assert isinstance(font, TTFFont)
            # No glyph is changed; to measure each anew takes half of the time of a drawing.
            font.ttfont.recalcBBoxes = False

    def drawable(self, text: str) -> str:
        """Load all of Europe's letters once one is needed; most receipts have Latin ones only."""
        text = drawable(text)
        if EUROPEAN.lower() not in self.fonts and not letters_of(LATIN).issuperset(text):
            self.load_font(EUROPEAN)
            self.set_fallback_fonts([EUROPEAN])
        return text

    def write_text(
        self, text: str, size: float, colour: str = INK, bold: bool = False, after: float = 0
    ) -> None:
        self.set_font(LATIN, "B" if bold else "", size)
        self.set_text_color(colour)
        self.multi_cell(
            0, size * LEADING, self.drawable(text), align="L", new_x="LMARGIN", new_y="NEXT"
        )
        self.ln(after)

    def write_pairs(
        self, pairs: Pairs, columns: tuple[int, int], align: str, bold: bool = False
    ) -> None:
        size = 15 if bold else 11
        self.set_font(LATIN, "B" if bold else "", size)
        self.set_text_color(INK)
        with self.table(
            borders_layout="NONE", first_row_as_headings=False, line_height=size * LEADING,
            col_widths=columns, text_align=("L", align), v_align="TOP",
        ) as table:  # fmt: skip
            for label, text in pairs:
                row = table.row()
                row.cell(self.drawable(label), style=FontFace(color=INK if bold else QUIET))
                row.cell(self.drawable(text))

    def draw_rule(self, colour: str) -> None:
        self.set_draw_color(colour)
        self.set_line_width(0.25)
        self.ln(1.8)
        self.line(LEFT, self.get_y(), self.w - LEFT, self.get_y())
        self.ln(1.8)
