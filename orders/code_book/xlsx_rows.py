"""Rows of Excel files, read while they are unpacked, within limits.

A few kilobytes unpack to gigabytes, and a library that builds objects of what it reads takes
hundreds of times as much: docs/decisions/lists-of-codes.md.
"""

import re
import zlib
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from orders.code_book.rows import MOST_COLUMNS, BadListError, BadRowError, Cell, Row, clean

MOST_ROWS = 100_000  # empty ones count
MOST_UNPACKED = 20 * 1024 * 1024  # bytes
MOST_TAGS = 2_500_000  # opening and closing: 100,000 rows of three columns
MOST_PARTS = 2_000
CHUNK = 256 * 1024  # bytes
MOST_DIGITS = 15  # Excel rounds what is longer
ON = ("1", "true")
DATE = "a date"
DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # Excel's own formats
IS_DATE = re.compile("[dmyhs]", re.IGNORECASE)
ASIDE = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')  # of a format: texts, gaps, colours
LONGEST_FORMAT = 255
# what zipfile and expat raise for files that are broken, or made to break their reader
DAMAGED = (
    BadZipFile, ExpatError, zlib.error, LookupError, ValueError, TypeError, EOFError,
    OverflowError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip

# An opening tag with its attributes, or a closing one with the text before it.
Tag = tuple[str, dict[str, str] | None, str]


class Workbook:
    """`sheets` are the visible ones: their parts of the archive, and names."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises BadListError."""
        self.tags = 0
        try:
            self.archive = ZipFile(file)
            parts = self.archive.infolist()
            if all(part.filename != "xl/workbook.xml" for part in parts):
                raise BadListError(_("This is an archive, but no Excel file (.xlsx)."))
            # no more is unpacked of a part than the archive says of it
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise too_much()
            if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
                raise damaged()  # the other methods may take any amount of memory
            self.parts: dict[str, str] = {}  # by what the workbook calls them
            for values in self._attributes("xl/_rels/workbook.xml.rels", "Relationship"):
                part = values["Target"]
                part = part[1:] if part.startswith("/") else f"xl/{part}"
                self.parts[values["Id"]] = self.parts[values["Type"].rsplit("/")[-1]] = part
            self.sheets: dict[str, str] = {}
            for values in self._attributes("xl/workbook.xml", "sheet"):
                part = self.parts[next(values[key] for key in values if key.endswith(":id"))]
                if values.get("state", "visible") == "visible" and "/worksheets/" in part:
                    self.sheets[part] = values["name"]
        except DAMAGED as error:
            raise damaged() from error
        if not self.sheets:
            raise BadListError(_("All sheets of this Excel file are hidden."))

    def _attributes(self, part: str, name: str) -> Iterator[dict[str, str]]:
        return (values for tag, values, _text in self._tags(part) if tag == name and values)

    def _tags(self, part: str) -> Iterator[Tag]:
        tags: list[Tag] = []
        text: list[str] = []

        def start(name: str, values: dict[str, str]) -> None:
            tags.append((name.rpartition(":")[2], values, ""))
            text.clear()

        def end(name: str) -> None:
            tags.append((name.rpartition(":")[2], None, "".join(text)))
            text.clear()

        def refuse(*_of: object) -> None:
            raise damaged()  # entities multiply, and no list needs one

        parser = ParserCreate(intern=None)  # which would keep each name
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = text.append
        parser.StartDoctypeDeclHandler = refuse
        with self.archive.open(part) as file:
            while chunk := file.read(CHUNK):
                parser.Parse(chunk, len(chunk) < CHUNK)
                self.tags += len(tags)
                # a chunk without any is of a tag that is read anew with each chunk
                if self.tags > MOST_TAGS or not (tags or text):
                    raise too_much()
                yield from tags
                tags.clear()

    # ------------------------------------------------------------------ rows
    def rows(self, part: str) -> Iterator[Row]:
        """Raises BadListError."""
        try:
            yield from self._rows(part)
        except DAMAGED as error:
            raise damaged() from error

    def _rows(self, part: str) -> Iterator[Row]:
        hidden: set[int] = set()  # columns
        cell: dict[str, str] = {}
        cells: list[Cell] = []
        content, is_hidden, line, place = "", False, 0, 0
        for tag, values, text in self._tags(part):
            if tag == "row" and values is not None:
                before, line = line, int(values.get("r", line + 1))
                if line <= before:
                    raise damaged()
                if line > MOST_ROWS:
                    words = _("A spreadsheet may have %(most)s rows. Save a longer one as CSV.")
                    raise BadListError(words % {"most": f"{MOST_ROWS:,}"})
                cells, place, is_hidden = [], 0, values.get("hidden") in ON
            elif tag == "c" and values is not None:
                place = column(values["r"]) if "r" in values else place + 1
                cell, content = values, ""
            elif tag == "f":
                cell["t"], content = "formula", "="
            elif tag in ("v", "t") and values is None:
                content += text
            elif tag == "c" and content and place <= MOST_COLUMNS and place not in hidden:
                cells += [""] * (place - len(cells))
                cells[place - 1] = self._cell(cell, content)
            elif tag == "row" and any(cells):
                trouble = BadRowError(_("This row is hidden. Show it, or delete it."))
                yield Row(line, trouble if is_hidden else cells)
            elif tag == "col" and values and values.get("hidden") in ON:
                last = min(int(values["max"]), MOST_COLUMNS)
                hidden |= set(range(int(values["min"]), last + 1))

    def _cell(self, cell: dict[str, str], content: str) -> Cell:
        shown_as, is_struck = self.styles[int(cell["s"])] if "s" in cell else ("", False)
        if is_struck:
            return BadRowError(
                _("This cell is struck out. Delete its row, or the line through it.")
            )
        match cell.get("t", "n"):
            case "s":
                return self.texts[int(content)]
            case "inlineStr" | "str":
                return clean(content)
            case "n" if shown_as != DATE:
                return number(content, shown_as)
            case "n" | "d":
                return BadRowError(_("Excel took this for a date. Format the column as text."))
        return BadRowError(_("This is a formula or an error. Save the list with its values."))

    @cached_property
    def texts(self) -> list[Cell]:
        """Texts stand in a part of their own, each once."""
        texts: list[Cell] = []
        content = ""
        for tag, values, text in self._tags(self.parts["sharedStrings"]):
            if tag == "t" and values is None:
                content += text
            elif tag == "si" and values is None:
                texts.append(clean(content))
                content = ""
        return texts

    @cached_property
    def styles(self) -> list[tuple[str, bool]]:
        """Of each style the format of its numbers, and whether it strikes out."""
        formats = dict.fromkeys(map(str, DATES), DATE)
        fonts: list[bool] = []
        styles: list[tuple[str, bool]] = []
        section = ""
        for tag, values, _text in self._tags(self.parts["styles"]):
            if values is None:
                continue
            if tag in ("fonts", "cellStyleXfs", "cellXfs", "dxfs"):
                section = tag
            elif tag == "numFmt":
                code = values["formatCode"][:LONGEST_FORMAT]
                formats[values["numFmtId"]] = DATE if IS_DATE.search(ASIDE.sub("", code)) else code
            elif tag == "font" and section == "fonts":
                fonts.append(False)
            elif tag == "strike" and section == "fonts":
                fonts[-1] = values.get("val", "1") in ON
            elif tag == "xf" and section == "cellXfs":
                font = int(values.get("fontId", 0))
                is_struck = font < len(fonts) and fonts[font]
                styles.append((formats.get(values.get("numFmtId", "0"), ""), is_struck))
        return styles


def damaged() -> BadListError:
    return BadListError(_("This Excel file is damaged. Save it once more, or as CSV."))


def too_much() -> BadListError:
    return BadListError(_("This Excel file unpacks to more than a list of codes. Save it as CSV."))


@lru_cache(maxsize=1024)
def _place(letters: str) -> int:
    place = 0
    for letter in letters[:4]:
        place = place * 26 + ord(letter) - 64
    if place < 1:
        raise ValueError("A cell that is in no column")
    return place


def column(cell: str) -> int:
    """B7 is in the second."""
    return _place(cell.rstrip("0123456789"))


def number(content: str, shown_as: str) -> Cell:
    """A number as it is shown: 307 with the format 0000 is 0307."""
    value = float(content)
    digits = str(int(value)) if value == int(value) else str(value)
    if len(digits) > MOST_DIGITS:
        return BadRowError(_("Excel rounded this number. Format the column as text."))
    return digits.zfill(len(shown_as)) if set(shown_as) == {"0"} else digits
