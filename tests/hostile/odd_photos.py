"""PDFs and pictures of unusual structure."""

import zlib
from io import BytesIO
from random import Random

from PIL import Image

from tests.steps.photos import jpeg, nested_pdf, pdf, png, png_with

NUMBERS = [b"0", b"1", b"-1", b"600", b"14400", b"1e30", b"99999999999", b"0.0001", b"null",
           b"-600", b"[1 2]", b"(a)", b"4 0 R", b"/N", b"2147483648"]  # fmt: skip
FILTERS = [b"/FlateDecode", b"/ASCIIHexDecode", b"/ASCII85Decode", b"/RunLengthDecode",
           b"/LZWDecode", b"/DCTDecode", b"/JPXDecode", b"/JBIG2Decode", b"/CCITTFaxDecode",
           b"/Crypt", b"/Nonsense"]  # fmt: skip
SIDES = [1, 2, 7, 300, 4000, 8000, 30_000, 65_500]


def document(rng: Random) -> bytes:
    if rng.random() < 0.25:
        nested = nested_pdf(rng.choice([2, 5, 8]), rng.choice([2, 9]))
        return spoilt(rng, rng.choice([pdf(), pdf(3), nested]))
    box = b" ".join(rng.choice([b"0", b"600", *NUMBERS]) for _ in range(4))
    resources, objects = rng.choice(DRAWN)(rng)
    content = rng.choice(CONTENTS)(rng)
    kids = rng.choice([b"3 0 R"] * 9 + [b"2 0 R", b"3 0 R " * 4, b"9 0 R", b"[3 0 R]", b""])
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %s/Resources<<%s>>%s>>" % (
        box if rng.random() < 0.3 else b"0 0 600 800",
        rng.choice([b"4 0 R", b"4 0 R", b"[%s]" % (b"4 0 R " * 500), b"3 0 R", b"[[4 0 R]]"]),
        resources,
        rng.choice([b"", b"", b"/Rotate %s" % rng.choice(NUMBERS), b"/UserUnit 1e9",
                    b"/Annots[<</Subtype/Widget/Rect[0 0 9 9]/AP<</N 5 0 R>>>>]"]),
    )  # fmt: skip
    catalog = b"<</Type/Catalog/Pages 2 0 R%s>>" % rng.choice([
        b"", b"", b"/OpenAction<</S/JavaScript/JS(while(1){})>>", b"/AcroForm<</XFA 4 0 R>>",
        b"/Names 1 0 R", b"/Outlines<</First 1 0 R>>",
    ])  # fmt: skip
    count = rng.choice([b"1", b"1", *NUMBERS])
    pages = b"<</Type/Pages/Kids[%s]/Count %s>>" % (kids, count)
    return spoilt(rng, whole(rng, [catalog, pages, page, stream(rng, content), *objects]))


def stream(rng: Random, content: bytes, entries: bytes = b"") -> bytes:
    """Packed, sometimes many times over, or with a filter that it has not."""
    chain = [b"/FlateDecode"] * rng.choice([1, 1, 1, 2, 20])
    for _ in chain:
        content = zlib.compress(content)
    if rng.random() < 0.15:
        chain.append(rng.choice(FILTERS))
    length = rng.choice([b"%d" % len(content)] * 8 + [b"0", b"4 0 R", b"-1", b"99999999"])
    parts = (entries, b" ".join(chain), length, content)
    return b"<<%s/Filter[%s]/Length %s>>\nstream\n%s\nendstream" % parts


def whole(rng: Random, objects: list[bytes]) -> bytes:
    body, offsets = b"%PDF-1.7\n", b""
    for number, each in enumerate(objects, start=1):
        offsets += b"%010d 00000 n \n" % rng.choice([len(body)] * 30 + [0, 5])
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, offsets)
    more = rng.choice([b""] * 6 + [b"/Prev %d" % len(body), b"/Prev 0", b"/Encrypt<</Filter/X>>"])
    trailer = b"trailer\n<</Size %s/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF"
    size = rng.choice([b"%d" % count] * 8 + NUMBERS[:6])
    return body + table + trailer % (size, more, len(body))


# ------------------------------------------------------------------ what is drawn, and from what
def much_of_it(rng: Random) -> bytes:
    each = rng.choice([
        b"0 0 m 600 800 l S ", b"600 0 0 800 300 400 c ", b"/F Do ", b"q ", b"Q ",
        b"BT /T 9 Tf (x) Tj ET ", b"/P gs ",
        b"/Pattern cs /P scn 0 0 600 800 re f ", b"/S sh ", b"0 0 600 800 re W n ",
        b"[1 1e-9] 0 d 0 0 m 600 800 l S ", b"1e30 0 0 1e-30 0 0 cm ", b"9 w 0 0 m 1e9 1e9 l S ",
    ])  # fmt: skip
    return b"0 0 m " + each * rng.choice([1, 100, 5000, 60_000])


def deep(rng: Random) -> bytes:
    depth = rng.choice([100, 5000, 200_000])
    return rng.choice([b"[", b"<<", b"q ", b"(", b"BX ", b"<</A"]) * depth


def empty(rng: Random) -> bytes:
    return b" " * rng.choice([0, 1, 50_000_000])


def noise(rng: Random) -> bytes:
    return rng.randbytes(rng.choice([10, 5000]))


CONTENTS = [much_of_it, much_of_it, much_of_it, deep, empty, noise]
Drawn = tuple[bytes, list[bytes]]
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<<%s>>"


def circle_of_forms(rng: Random) -> Drawn:
    first, second = FORM % b"/XObject<</F 6 0 R>>", FORM % b"/XObject<</F 5 0 R>>"
    draw = b"/F Do " * rng.choice([1, 2, 12])
    return b"/XObject<</F 5 0 R>>", [stream(rng, draw, first), stream(rng, draw, second)]


def picture_object(rng: Random) -> Drawn:
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    bits = rng.choice([1, 1, 8, 8, 16, 3])
    size = min(width * height * bits // 8 + 1, 60_000_000)
    mask = rng.choice([b"", b"", b"/SMask 5 0 R", b"/Mask 5 0 R", b"/Mask[0 0]"])
    colours = rng.choice([
        b"/DeviceGray", b"/DeviceRGB", b"/DeviceCMYK", b"[/Indexed/DeviceRGB 255 4 0 R]",
        b"[/ICCBased 5 0 R]", b"/None",
    ])  # fmt: skip
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace"
    entries = entries % (width, height, bits) + colours + mask
    return b"/XObject<</F 5 0 R>>", [stream(rng, bytes(size), entries)]


def pattern(rng: Random) -> Drawn:
    """Tiles of next to nothing, which draw themselves."""
    step = rng.choice([b"1e-6", b"0.01", b"1", b"0", b"-1"])
    tile = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]"
    tile += b"/XStep %s/YStep %s/Resources<</Pattern<</P 5 0 R>>>>" % (step, step)
    return b"/Pattern<</P 5 0 R>>", [stream(rng, b"/Pattern cs /P scn 0 0 9 9 re f", tile)]


def shading(rng: Random) -> Drawn:
    function = rng.choice([
        b"<</FunctionType 4/Domain[0 1 0 1]/Range[0 1]/Length 0>>",
        b"<</FunctionType 3/Domain[0 1]/Functions[6 0 R 6 0 R]/Bounds[0.5]/Encode[0 1 0 1]>>",
        b"<</FunctionType 2/Domain[0 1]/N 1e9>>",
    ])  # fmt: skip
    kind = rng.choice([b"1", b"2", b"3", b"4", b"7", b"99"])
    shade = (
        b"<</ShadingType %s/ColorSpace/DeviceGray/Coords[0 0 1e9 1e9 0 0]/Function 6 0 R>>" % kind
    )
    return b"/Shading<</S 5 0 R>>", [shade, function]


def font(rng: Random) -> Drawn:
    """Letters that are drawn with the same letters."""
    made = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]"
        b"/CharProcs<</x 6 0 R>>/Encoding<</Differences[0/x 120/x]>>/FirstChar 0/LastChar 255"
        b"/Widths[9]/Resources<</Font<</T 5 0 R>>>>>>"
    )
    return b"/Font<</T 5 0 R>>", [made, stream(rng, b"BT /T 9 Tf (xxxxxxxx) Tj ET")]


def nothing(rng: Random) -> Drawn:
    return b"", [b"[" * rng.choice([1, 500, 100_000])]


DRAWN = [circle_of_forms, picture_object, picture_object, pattern, shading, font, nothing]


# ------------------------------------------------------------------ pictures
def photo(rng: Random) -> bytes:
    mode = rng.choice(["RGB", "L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    while width * height > 40_000_000:
        width, height = max(width // 2, 1), max(height // 3, 1)
    image = Image.new(mode, (width, height))
    match rng.randrange(5):
        case 0:
            name = rng.choice([b"zTXt", b"iCCP", b"IDAT", b"eXIf", b"acTL", b"tRNS"])
            packed = b"a\0\0" + zlib.compress(bytes(20_000_000))
            found = png_with(name, rng.choice([b"", packed, rng.randbytes(90)]))
        case 1 | 2:
            found = png(image.convert("RGB") if mode == "CMYK" else image, compress_level=1)
        case _:
            image = image.convert(rng.choice(["RGB", "L", "CMYK"]))
            more = {"progressive": True} if rng.random() < 0.4 else {}
            found = jpeg(image, quality=rng.choice([1, 50]), **more)
            if rng.random() < 0.3:
                exif = b"\xff\xe1\xff\xffExif\0\0" + rng.randbytes(65_527)
                found = found[:2] + exif * rng.choice([1, 30]) + found[2:]
            if rng.random() < 0.2:  # another size than it has
                place = max(found.find(b"\xff\xc0"), found.find(b"\xff\xc2"))
                found = found[: place + 5] + rng.randbytes(4) + found[place + 9 :]
            if rng.random() < 0.2:
                scan = found[found.find(b"\xff\xda") : -2]
                found = found[:-2] + scan[:20_000] * rng.choice([2, 40, 300]) + found[-2:]
    return spoilt(rng, found)


def animated(rng: Random) -> bytes:
    """Of another kind than its first bytes say, or of many frames."""
    out = BytesIO()
    frames = [Image.new("RGB", (200, 200), (n, 0, 0)) for n in range(rng.choice([2, 60]))]
    kind = rng.choice(["GIF", "TIFF", "WEBP", "BMP", "PNG", "MPO"])
    more = {} if kind == "BMP" else {"save_all": True, "append_images": frames[1:]}
    frames[0].save(out, kind, **more)
    head = rng.choice([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"])
    return spoilt(rng, head + out.getvalue())


def spoilt(rng: Random, content: bytes) -> bytes:
    match rng.randrange(8):
        case 0:
            return content[: rng.randrange(len(content))]
        case 1:
            for _ in range(rng.choice([1, 20])):
                place = rng.randrange(len(content))
                content = content[:place] + rng.randbytes(1) + content[place + 1 :]
        case 2:
            return content + rng.randbytes(2000)
    return content
