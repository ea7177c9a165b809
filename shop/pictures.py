"""The picture that goes with a link to a page: the radio's face, its display showing the name.

Drawn with Pillow from the same strokes as the display on the pages, so it needs no font.
"""

import re
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from shop.templatetags.face import LETTERS, PITCH, STROKES, plain

SIZE = 1200, 630
FINE = 2  # drawn at twice the size, then shrunk: smooth edges
NIGHT, FACE, SCREEN, EDGE = "#0b1019", "#141c2b", "#070b13", "#2a3345"
LIT, UNLIT = "#ffb84d", "#171f2f"
CELL = 18  # height of a character, in the strokes' own units
LEAN = 0.087  # tan 5°, as on the pages


@lru_cache(maxsize=64)
def face_card(name: str, line: str) -> bytes:
    """A PNG of 1200 × 630: the name large on the display, a line small above it."""
    image = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), NIGHT)
    draw = ImageDraw.Draw(image)
    _box(draw, (40, 40, 1160, 590), 36, FACE)
    _box(draw, (100, 95, 1100, 420), 20, SCREEN)
    _write(draw, line, (600, 150), height=34, widest=900)
    _write(draw, name, (600, 300), height=140, widest=920, cells=8)
    for number in range(1, 7):
        left = 100 + (number - 1) * 170
        _box(draw, (left, 460, left + 150, 550), 14, NIGHT)
        _write(draw, str(number), (left + 75, 505), height=40, widest=100)
    small = image.resize(SIZE, Image.Resampling.LANCZOS).quantize(32)
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _box(
    draw: ImageDraw.ImageDraw, edges: tuple[int, int, int, int], radius: int, fill: str
) -> None:
    fine = [edge * FINE for edge in edges]
    draw.rounded_rectangle(fine, radius * FINE, fill=fill, outline=EDGE, width=2 * FINE)


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    centre: tuple[int, int],
    height: int,
    widest: int,
    cells: int = 0,
) -> None:
    """A text in segments, as high as wanted or as its width allows; the other strokes unlit."""
    shown = plain(text).center(cells)
    scale = min(height / CELL, widest / (len(shown) * PITCH)) * FINE
    left = centre[0] * FINE - (len(shown) * PITCH - (PITCH - 10)) * scale / 2
    top = centre[1] * FINE - CELL * scale / 2
    for is_lit in (False, True):
        for cell, character in enumerate(shown):
            for segment in LETTERS.get(character, "") if is_lit else STROKES:
                points = [
                    (left + (x + cell * PITCH + LEAN * (CELL / 2 - y)) * scale, top + y * scale)
                    for x, y in _stroke(segment)
                ]
                draw.line(points, fill=LIT if is_lit else UNLIT, width=round(1.7 * scale))


def _stroke(segment: str) -> list[tuple[float, float]]:
    """Both ends of a stroke that is written as the pages' SVG has it: M, then h, v or l."""
    match = re.fullmatch(r"M([\d.]+) ([\d.]+)([hvl])([\d.-]+) ?([\d.-]*)", STROKES[segment])
    assert match, segment
    x, y, first = float(match[1]), float(match[2]), float(match[4])
    if match[3] == "h":
        return [(x, y), (x + first, y)]
    if match[3] == "v":
        return [(x, y), (x, y + first)]
    return [(x, y), (x + first, y + float(match[5]))]
