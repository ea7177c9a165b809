"""Files as customers send them, and hostile ones."""

import zlib
from base64 import b64decode
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

SECRET = b"the-place-where-it-was-taken"
# 64 by 48 pixels with SECRET in its EXIF; what encodes HEIC is in no package of ours
HEIC = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAbxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB4AABAAAAAAAAADcAAgAAAAACFwABAAAAAAAAAEIAAAA4aWluZgAAAAAA"
    "AgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA+2lwcnAAAADb"
    "aXBjbwAAAHZodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAq"
    "QgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQAN"
    "AAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAADnBp"
    "eGkAAAAAAQgAAAAYaXBtYQAAAAAAAAABAAEFgQIDBYQAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAIFtZGF0AAAA"
    "MygBrwQY/eV3H12cNm/+38SFBatVIhHWHORWNlN+fiqH/tTpnwjOmIr/fuOkxaGR5iD6qAAAAAZFeGlmAABNTQAqAAAA"
    "CAABAQ4AAgAAAB0AAAAaAAAAAHRoZS1wbGFjZS13aGVyZS1pdC13YXMtdGFrZW4AAA=="
)


def picture(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 4), "black")
    return image


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    out = BytesIO()
    (image or picture()).save(out, "JPEG", **options)
    return out.getvalue()


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    out = BytesIO()
    (image or picture()).save(out, "PNG", **options)
    return out.getvalue()


def webp(image: Image.Image | None = None, **options: Any) -> bytes:
    out = BytesIO()
    (image or picture()).save(out, "WEBP", **options)
    return out.getvalue()


def pdf(pages: int = 1, **options: Any) -> bytes:
    out = BytesIO()
    first, *others = (picture() for _page in range(pages))
    first.save(out, "PDF", save_all=True, append_images=others, **options)
    return out.getvalue()


def evil_pdf() -> bytes:
    """With a script that runs when it is opened, and a file inside."""
    writer = PdfWriter(clone_from=BytesIO(pdf()))
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    writer.add_attachment("inside.html", SECRET)
    return written(writer)


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=BytesIO(pdf()))
    writer.encrypt("password", algorithm="RC4-128")
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Of so many pixels, in a few kilobytes."""
    return png(Image.new("1", (width, height)))


# ------------------------------------------------------------------ small files that become large
def nested_pdf(depth: int = 7, times: int = 12) -> bytes:
    """Make forms of which each draws the next one many times."""
    inner = b"0 0 m 10 10 l S " * times
    forms = [_stream(inner, b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]")]
    for place in range(depth - 1):
        draws = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F %d 0 R>>>>"
        forms.append(_stream(b"/F Do " * times, draws % (5 + place)))
    return _page(b"/F Do", *forms, resources=b"/XObject<</F %d 0 R>>" % (4 + depth))


def curved_pdf(curves: int = 200_000) -> bytes:
    return _page(b"0 0 m " + b"600 0 0 800 300 400 c 0 800 600 0 1 2 c " * (curves // 2) + b"S")


def long_pdf(megabytes: int = 600) -> bytes:
    return _page(b" " * (megabytes * 2**20))


def png_with(chunk: bytes, content: bytes) -> bytes:
    """Make a small picture with one more chunk, of content that unpacks to whatever size."""
    rows = zlib.compress(b"\0" * (301 * 100))
    head = (100).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    chunks = ((b"IHDR", head), (chunk, content), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
        for name, data in chunks
    )


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    head = b"<<%s/Filter/FlateDecode/Length %d>>" % (entries, len(packed))
    return head + b"\nstream\n" + packed + b"\nendstream"


def _page(content: bytes, *others: bytes, resources: bytes = b"") -> bytes:
    """Make a PDF of one page by hand: its objects are 1 to 4, `others` follow."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%s>>>>"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page % resources, _stream(content), *others,
    )  # fmt: skip
    body, offsets = b"%PDF-1.7\n", b""
    for number, each in enumerate(objects, start=1):
        offsets += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, offsets)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(body))
    return body + table + trailer
