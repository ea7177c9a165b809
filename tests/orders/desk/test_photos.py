"""Files that customers send: what is kept of them, and what is refused."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from orders.desk.photos import REDRAW, UploadRefusedError, read_upload
from tests.steps.photos import (
    SECRET,
    evil_pdf,
    jpeg,
    locked_pdf,
    pdf,
    picture,
    png,
    png_of,
)


def read(content: bytes, name: str = "photo.jpg") -> list[Image.Image]:
    pages = read_upload(SimpleUploadedFile(name, content))
    assert all(SECRET not in page for page in pages)
    assert all(len(page) <= 1_500_000 for page in pages)
    return [Image.open(BytesIO(page)) for page in pages]


def refusal(content: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(UploadRefusedError) as refused:
        read_upload(SimpleUploadedFile(name, content))
    return str(refused.value)


def zipped() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("../../shop/settings.py", SECRET)
    return out.getvalue()


# ------------------------------------------------------------------ what is kept
@pytest.mark.parametrize("content", [jpeg(), png(), pdf()])
def test_whatever_is_sent_a_jpeg_is_kept(content: bytes) -> None:
    (page,) = read(content)
    assert page.format == "JPEG"


def test_neither_place_nor_comment_nor_profile_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x8825] = {2: (52.0, 30.0, 0.0)}
    sent = jpeg(exif=exif, comment=SECRET, xmp=SECRET, icc_profile=SECRET)
    (page,) = read(sent)
    assert SECRET in sent
    assert not page.getexif()
    assert page.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_that_was_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    (page,) = read(jpeg(exif=exif))
    assert page.size == (300, 400)
    assert page.getpixel((290, 10)) < (60, 60, 60)  # type: ignore[operator]


def test_a_large_photo_becomes_smaller() -> None:
    (page,) = read(jpeg(Image.effect_noise((4000, 3000), 90)))
    assert max(page.size) <= 2400


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1"])
def test_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    (page,) = read(png(image.convert(mode) if mode in ("LA", "RGBA") else picture((40, 40), mode)))
    assert page.mode == "RGB"
    assert page.getpixel((35, 35)) >= (250, 250, 250)  # type: ignore[operator]


def test_each_page_of_a_pdf_is_kept() -> None:
    assert len(read(pdf(3))) == 3


def test_a_pdf_is_drawn_without_its_scripts_and_files() -> None:
    sent = evil_pdf()
    (page,) = read(sent)
    assert b"/JavaScript" in sent
    assert b"/EmbeddedFiles" in sent
    assert page.format == "JPEG"


@pytest.mark.parametrize("tail", [zipped(), b"<script>alert(1)</script>" + SECRET])
@pytest.mark.parametrize("start", [jpeg(), png(), pdf()])
def test_what_hides_behind_a_photo_is_left_behind(start: bytes, tail: bytes) -> None:
    read(start + tail)


def test_the_name_counts_for_nothing() -> None:
    (page,) = read(jpeg(), name="../../../etc/passwd.svg")
    assert page.format == "JPEG"


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + jpeg(),
        b"\n" + pdf(),
        b"MZ" + b"\0" * 100,
        zipped(),
        zipped() + jpeg(),
        b"BP123456789012",
    ],
)
def test_what_is_no_photo_is_refused_whatever_its_name(content: bytes) -> None:
    assert "This file is something else" in refusal(content)


def test_an_empty_file_is_refused() -> None:
    assert "This file is empty" in refusal(b"")


def test_heic_is_told_by_its_name() -> None:
    assert "HEIC" in refusal(b"\0\0\0\x18ftypheic" + b"\0" * 100)


@pytest.mark.parametrize("content", [jpeg()[:-900], png()[:200], pdf()[:200], b"%PDF-1.7\n<<>>"])
def test_what_was_cut_off_is_refused(content: bytes) -> None:
    assert "cannot be read" in refusal(content)


@pytest.mark.parametrize("size", [(20_000, 20_000), (4001, 4001), (60_000, 1000)])
def test_a_picture_of_too_many_pixels_is_refused(size: tuple[int, int]) -> None:
    content = png_of(*size)
    assert len(content) < 200_000
    assert "larger than we can read" in refusal(content)


def test_a_picture_that_is_drawn_too_often_is_refused() -> None:
    content = jpeg(progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    assert "cannot be read" in refusal(content[:-2] + scan * 100 + content[-2:])


def test_a_locked_pdf_is_refused() -> None:
    assert "locked with a password" in refusal(locked_pdf())


def test_a_pdf_of_many_pages_is_refused() -> None:
    assert "more than three pages" in refusal(pdf(4))


def test_a_file_that_is_too_big_is_refused(settings: Any) -> None:
    settings.UPLOAD_MOST_MB = 1
    assert "larger than 1 MB" in refusal(jpeg() + b"\0" * 2**20)


# ------------------------------------------------------------------ the process that draws
@pytest.mark.parametrize("act", ["bytes(2 * 2**30)", "open(sys.argv[1], 'wb', 0).write(b'x')"])
def test_it_can_neither_take_all_memory_nor_write_a_file(act: str, tmp_path: Path) -> None:
    start = f"import runpy, sys; runpy.run_path({str(REDRAW)!r})['set_limits']();"
    command = [sys.executable, "-I", "-c", f"{start} {act}", str(tmp_path / "written")]
    done = subprocess.run(command, capture_output=True, env={})
    assert re.search(rb"MemoryError|File too large", done.stderr)
