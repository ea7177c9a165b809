"""Files as customers send them, and as nobody should."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

SECRET = b"the-place-where-it-was-taken"


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
