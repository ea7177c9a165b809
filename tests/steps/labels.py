"""Photos of labels, drawn and then degraded as a phone in a dark car would."""

import math
from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from orders.lib import fonts

FOLDER = next(iter(fonts.__path__))
SIZE = (1000, 560)
# Code 39: five bars and four gaps a character; 1 is wide.
CODE_39 = {
    "0": "000110100", "1": "100100001", "2": "001100001", "3": "101100000", "4": "000110001",
    "5": "100110000", "6": "001110000", "7": "000100101", "8": "100100100", "9": "001100100",
    "A": "100001001", "B": "001001001", "C": "101001000", "D": "000011001", "E": "100011000",
    "F": "001011000", "G": "000001101", "H": "100001100", "I": "001001100", "J": "000011100",
    "K": "100000011", "L": "001000011", "M": "101000010", "N": "000010011", "O": "100010010",
    "P": "001010010", "Q": "000000111", "R": "100000110", "S": "001000110", "T": "000010110",
    "U": "110000001", "V": "011000001", "W": "111000000", "X": "010010001", "Y": "110010000",
    "Z": "011010000", "*": "010010100",
}  # fmt: skip


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{FOLDER}/NotoSans-{'Bold' if bold else 'Regular'}.ttf", size)


def label(lines: list[str], barcode: str = "") -> Image.Image:
    """A label of a radio: its lines, and one of them as a barcode below."""
    image = Image.new("RGB", SIZE, "#efece4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((12, 12, SIZE[0] - 12, SIZE[1] - 12), outline="#333333", width=4)
    step = min(84, (SIZE[1] - (190 if barcode else 60)) // len(lines))
    for number, line in enumerate(lines):
        draw.text((44, 30 + number * step), line, "#1c1c1c", font=font(min(46, step - 18)))
    if barcode:
        _bars(draw, barcode, 44, SIZE[1] - 150)
    return image


def _bars(draw: ImageDraw.ImageDraw, text: str, left: int, top: int) -> None:
    unit = 3
    for char in f"*{text}*":
        for place, wide in enumerate(CODE_39[char]):
            width = unit * (3 if wide == "1" else 1)
            if place % 2 == 0:
                draw.rectangle((left, top, left + width - 1, top + 110), "#111111")
            left += width
        left += unit


# ------------------------------------------------------------------ what a camera makes of it
def on_a_radio(image: Image.Image) -> Image.Image:
    """The label on a dark case, somewhat aside."""
    case = Image.new("RGB", (1400, 1000), "#4a4c50")
    case.paste(image, (210, 190))
    return case


def turned(degrees: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="#4a4c50")


def aside(share: float) -> Callable[[Image.Image], Image.Image]:
    """Taken from the left: the far edge is shorter."""

    def act(image: Image.Image) -> Image.Image:
        width, height = image.size
        up = height * share
        corners = (0, 0, 0, height, width, height + up, width, -up)
        return image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)

    return act


def blurred(radius: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def dark(share: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.point(lambda value: round(value * share + 8))


def glare(place: tuple[float, float], strength: int) -> Callable[[Image.Image], Image.Image]:
    """A lamp's reflection."""

    def act(image: Image.Image) -> Image.Image:
        light = Image.new("L", image.size, 0)
        x, y = place[0] * image.width, place[1] * image.height
        ImageDraw.Draw(light).ellipse((x - 260, y - 120, x + 260, y + 120), fill=strength)
        light = light.filter(ImageFilter.GaussianBlur(70))
        return Image.composite(Image.new("RGB", image.size, "white"), image, light)

    return act


def noisy(amount: int, seed: int = 1) -> Callable[[Image.Image], Image.Image]:
    def act(image: Image.Image) -> Image.Image:
        random = Random(seed)
        width, height = image.size
        noise = Image.frombytes("L", (width // 2, height // 2),
                                random.randbytes((width // 2) * (height // 2)))  # fmt: skip
        noise = noise.resize(image.size, Image.Resampling.BILINEAR).convert("RGB")
        return Image.blend(image, noise, amount / 100)

    return act


def small(width: int) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize((width, math.ceil(image.height * width / image.width)))


def as_jpeg(image: Image.Image, quality: int = 80) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
