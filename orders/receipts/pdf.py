"""The sheet on A4. Made when it is asked for and stored nowhere; the same row gives the same bytes.

Its fonts come along, reduced to the letters used: PDF's own know no Polish and no Greek.
"""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, Align, XPos, YPos
from fpdf.fonts import TTFFont

from orders.models import Receipt
from orders.receipts.sheet import Sheet, sheet_of

FONTS = Path(__file__).parent / "fonts"
NOTO = "Noto Sans"
LATIN, EUROPEAN = "NotoSans-Latin", "NotoSans"  # the files' names
INK, QUIET, LINE, ACCENT, TINT, NIGHT, AMBER = (
    "#1a1814", "#4f493e", "#e2dacb", "#803608", "#fbf8f2", "#0b1019", "#ffb84d",
)  # fmt: skip
LEFT, TOP, WIDTH = 22.0, 20.0, 166.0  # mm, on a sheet of 210
LABELS = 42.0  # width of the column of labels
MONEY = 40.0  # width of the column of amounts
LEADING = 1.45  # lines, in font sizes
MM = 25.4 / 72  # of a point


def file_name(receipt: Receipt) -> str:
    return f"receipt-{receipt.number_text}.pdf"


def pdf_response(receipt: Receipt) -> HttpResponse:
    """To save: shown in place, a browser's own viewer would be under the shop's strict policy."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name(receipt)}"'}
    return HttpResponse(draw(receipt), content_type="application/pdf", headers=headers)


def draw(receipt: Receipt) -> bytes:
    """With the fonts of Latin letters alone, which are read in half the time. Where one letter is
    not among them, anew with all."""
    pdf = _drawn(receipt, LATIN)
    if any(font.missing_glyphs for font in _fonts(pdf)):
        for font in _fonts(pdf):
            font.close()
        pdf = _drawn(receipt, EUROPEAN)
    return bytes(pdf.output())


def _drawn(receipt: Receipt, fonts: str) -> FPDF:
    sheet = sheet_of(receipt)
    pdf = _blank(receipt, sheet, fonts)
    if settings.DEMO:
        _write(pdf, _("This is a demo: no money moves."), 10, colour=QUIET, after=6)
    _head(pdf, str(receipt.seller["shop"]), sheet)
    _pairs(pdf, sheet.facts)
    _section(pdf, _("Sold by"))
    for at, line in enumerate(sheet.seller):
        _write(pdf, line, 11, bold=at == 0)
    _gap(pdf, 9)
    _money(pdf, sheet)
    for remark in sheet.remarks:
        _write(pdf, remark, 11, after=2)
    if sheet.consents:
        _section(pdf, _("What you agreed to"))
    for text, when in sheet.consents:
        _write(pdf, text, 9.5)
        _write(pdf, when, 9.5, colour=QUIET, after=2)
    return pdf


def _blank(receipt: Receipt, sheet: Sheet, fonts: str) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_margins(LEFT, TOP, 210 - LEFT - WIDTH)
    pdf.set_auto_page_break(True, margin=TOP)
    pdf.c_margin = 0  # text starts where the rules do
    pdf.set_creation_date(receipt.issued_at)
    pdf.set_title(sheet.heading)
    pdf.set_author(sheet.seller[0] if sheet.seller else "")
    pdf.set_lang(get_language() or settings.LANGUAGE_CODE)
    pdf.set_display_mode("fullpage")
    pdf.add_font(NOTO, "", FONTS / f"{fonts}-Regular.ttf")
    pdf.add_font(NOTO, "B", FONTS / f"{fonts}-Bold.ttf")
    for font in _fonts(pdf):
        # letters are left out and none is changed: looking at each anew takes half of the time
        font.ttfont.recalcBBoxes = False
    pdf.add_page()
    return pdf


def _fonts(pdf: FPDF) -> list[TTFFont]:
    return [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]


def _head(pdf: FPDF, shop: str, sheet: Sheet) -> None:
    """The shop's sign and name, then what this sheet is."""
    top = pdf.get_y()
    _sign(pdf, LEFT, top)
    pdf.set_xy(LEFT + 20, top + 1.6)
    _write(pdf, shop, 16, bold=True, after=13)
    _write(pdf, sheet.title, 24, bold=True)
    _write(pdf, sheet.number, 13, colour=ACCENT, bold=True, after=6)


def _sign(pdf: FPDF, x: float, y: float) -> None:
    """The sign of the pages' head: a display with an E and a triangle, 44 × 28 units there."""
    unit = 16 / 44
    pdf.set_fill_color(NIGHT)
    pdf.rect(x, y, 44 * unit, 28 * unit, style="F", round_corners=True, corner_radius=6 * unit)
    pdf.set_draw_color(AMBER)
    pdf.set_line_width(2 * unit)
    for x1, y1, x2, y2 in ((9, 8, 19, 8), (9, 14, 16, 14), (9, 20, 19, 20), (8, 9, 8, 13),
                           (8, 15, 8, 19)):  # fmt: skip
        pdf.line(x + x1 * unit, y + y1 * unit, x + x2 * unit, y + y2 * unit)
    pdf.set_fill_color(AMBER)
    corners = ((26, 8), (36, 14), (26, 20))
    pdf.polygon([(x + cx * unit, y + cy * unit) for cx, cy in corners], style="F")


def _pairs(pdf: FPDF, pairs: list[tuple[str, str]]) -> None:
    for label, text in pairs:
        _write(pdf, label, 11, colour=QUIET, width=LABELS, is_end=False)
        _write(pdf, text, 11, width=WIDTH - LABELS)


def _section(pdf: FPDF, title: str) -> None:
    _gap(pdf, 7)
    _write(pdf, title, 11, bold=True, colour=ACCENT, after=1.5)


def _money(pdf: FPDF, sheet: Sheet) -> None:
    _rule(pdf, INK)
    _row(pdf, sheet.description, "", 12)
    _rule(pdf, LINE)
    _gap(pdf, 1)
    for label, amount in sheet.amounts:
        _row(pdf, label, amount, 11, colour=QUIET, around=0.4)
    _row(pdf, *sheet.total, 15, bold=True)
    _rule(pdf, INK)
    _gap(pdf, 4)


def _row(
    pdf: FPDF,
    text: str,
    amount: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = INK,
    around: float = 1.8,  # mm above and below
) -> None:
    top = pdf.get_y() + around
    pdf.set_y(top)
    _write(pdf, text, size, bold=bold, colour=colour, width=WIDTH - MONEY)
    bottom = pdf.get_y()
    pdf.set_xy(LEFT + WIDTH - MONEY, top)
    _write(pdf, amount, size, bold=bold, colour=colour, width=MONEY, align=Align.R)
    pdf.set_y(max(bottom, pdf.get_y()) + around)


def _rule(pdf: FPDF, colour: str) -> None:
    pdf.set_draw_color(colour)
    pdf.set_line_width(0.25)
    pdf.line(LEFT, pdf.get_y(), LEFT + WIDTH, pdf.get_y())


def _gap(pdf: FPDF, height: float) -> None:
    pdf.set_y(pdf.get_y() + height)


def _write(
    pdf: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = INK,
    width: float = 0,  # 0: to the right margin
    align: Align = Align.L,
    after: float = 0,
    is_end: bool = True,  # the next text starts on a new line, at the left
) -> None:
    """Text that wraps. Accents are one letter with their vowel: the fonts place no marks."""
    pdf.set_font(NOTO, "B" if bold else "", size)
    pdf.set_text_color(colour)
    left, top, room = pdf.get_x(), pdf.get_y(), width or pdf.epw
    for line in _lines(pdf, unicodedata.normalize("NFC", text), room):
        pdf.cell(room, size * LEADING * MM, line, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)
    if is_end:
        pdf.set_x(LEFT)
    else:
        pdf.set_xy(left + room, top)
    if after:
        _gap(pdf, after)


def _lines(pdf: FPDF, text: str, room: float) -> Iterator[str]:
    """Each word is measured once. fpdf2's multi_cell measures its line anew for every letter, and
    took a third of the time that a receipt takes."""
    space = pdf.get_string_width(" ")
    for paragraph in text.split("\n"):
        line, taken = "", 0.0
        for word in _cut(pdf, paragraph, room):
            wide = pdf.get_string_width(word)
            if line and taken + space + wide > room:
                yield line
                line, taken = word, wide
            else:
                line, taken = (f"{line} {word}", taken + space + wide) if line else (word, wide)
        yield line


def _cut(pdf: FPDF, text: str, room: float) -> Iterator[str]:
    """Words, and the parts of one that is longer than a line."""
    for word in filter(None, text.split(" ")):  # but not where a space must not break
        while pdf.get_string_width(word) > room:
            most = next(
                n for n in range(len(word), 0, -1) if pdf.get_string_width(word[:n]) <= room
            )
            yield word[:most]
            word = word[most:]
        yield word
