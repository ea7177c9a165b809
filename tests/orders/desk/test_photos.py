"""Files that customers send: what is kept of them, and what is refused."""

import fcntl
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.checks import run_checks
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from orders.desk import photos
from orders.desk.photos import (
    REDRAW,
    SLOTS,
    UploadRefusedError,
    decoder_fault,
    read_upload,
)
from tests.steps.photos import (
    HEIC,
    SECRET,
    curved_pdf,
    evil_pdf,
    jpeg,
    locked_pdf,
    long_pdf,
    nested_pdf,
    pdf,
    picture,
    png,
    png_of,
    png_with,
    webp,
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
@pytest.mark.parametrize("content", [jpeg(), png(), webp(), HEIC, pdf()])
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
    assert "This is another kind of file" in refusal(content)


def test_an_empty_file_is_refused() -> None:
    assert "This file is empty" in refusal(b"")


CUT_OFF = {
    "JPEG": jpeg()[:-900],
    "PNG": png()[:200],
    "WebP": webp()[:60],
    "PDF": pdf()[:200],
    "PDF without pages": b"%PDF-1.7\n<<>>",
    "HEIC": HEIC[:300],
    "HEIC with a broken box": HEIC.replace(b"hvcC", b"\xff\xff\xff\xff"),
    "HEIC with too many pixels": HEIC.replace(
        (64).to_bytes(4) * 2, (20_000).to_bytes(4) + (10_000).to_bytes(4)
    ),
    "HEIC with a box larger than all": HEIC.replace(b"\0\0\0\x14ispe", b"\x7f\xff\xff\xffispe"),
    "HEIC without a picture": b"\0\0\0\x18ftypheic" + b"\0" * 100,
}


@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF)
def test_what_was_cut_off_is_refused(content: bytes) -> None:
    assert "cannot be read" in refusal(content)


@pytest.mark.parametrize("size", [(20_000, 10_000), (4001, 4001), (60_000, 1000)])
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
# A process of its own, since Linux counts the memory of the parent as that of a child.
MEASURE = """
import os, subprocess, sys
with open(sys.argv[1], "rb") as file:
    decoder = subprocess.Popen(sys.argv[2:], stdin=file, stdout=subprocess.DEVNULL, env={})
usage = os.wait4(decoder.pid, 0)[2]
print(usage.ru_maxrss // 1024, usage.ru_utime + usage.ru_stime)
"""


def run_after_limits(act: str, *arguments: str, before: str = "pass") -> str:
    """Run some Python in the state in which the decoder reads a file. Returns what it wrote."""
    start = f"import os, runpy, socket, sys; decoder = runpy.run_path({str(REDRAW)!r}); {before}"
    command = [sys.executable, "-I", "-c", f"{start}; decoder['set_limits'](); {act}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={})
    return done.stdout + done.stderr


BOMBS: dict[str, Callable[[], bytes]] = {
    "forms in forms": nested_pdf,
    "curves": curved_pdf,
    "long content": long_pdf,
    "text in a PNG": lambda: png_with(b"zTXt", b"a\0\0" + zlib.compress(bytes(600 * 2**20), 1)),
    "rows in a PNG": lambda: png_with(b"IDAT", zlib.compress(bytes(600 * 2**20), 1)),
    "progressive CMYK": lambda: jpeg(Image.new("CMYK", (4000, 4000)), progressive=True),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_takes_neither_600_mb_nor_15_seconds(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(BOMBS[name]())
    assert file.stat().st_size < 3 * 2**20
    command = [sys.executable, "-c", MEASURE, str(file), sys.executable, "-I", str(REDRAW)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    megabytes, seconds = map(float, done.stdout.split())
    assert megabytes < 600
    assert seconds < 15


def test_it_cannot_take_all_memory() -> None:
    assert "MemoryError" in run_after_limits("bytes(600 * 2**20)")


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/passwd')",
        "open(sys.argv[1], 'wb')",
        "open(f'/proc/{os.getppid()}/environ')",
        "os.listdir('/')",
        "os.stat('/etc/passwd')",
        "os.remove(sys.argv[1])",
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.kill(os.getppid(), 0)",
        "os.execv('/bin/true', ['true'])",
        "os.memfd_create('more')",
    ],
)
def test_it_reaches_no_file_no_network_and_no_process(act: str, tmp_path: Path) -> None:
    assert "Operation not permitted" in run_after_limits(act, str(tmp_path))


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests are run as such a user")
def test_no_special_user_is_needed_for_that() -> None:
    found = run_after_limits("open('/etc/passwd')", before="os.setgroups([]); os.setuid(65534)")
    assert "Operation not permitted" in found


def test_it_is_apart_before_it_reads_and_the_kernel_ends_it_first() -> None:
    command = [sys.executable, "-I", str(REDRAW)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waiting:
        status = Path(f"/proc/{waiting.pid}/status")
        until = time.monotonic() + 30
        while "Seccomp:\t2" not in status.read_text():
            assert time.monotonic() < until
            time.sleep(0.01)
        assert Path(f"/proc/{waiting.pid}/oom_score_adj").read_text() == "1000\n"
        out, _ = waiting.communicate(jpeg())
    assert out.startswith(b"\0\0")


def test_where_it_cannot_be_apart_nothing_is_decoded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    decoder = tmp_path / "photo_decoder.py"
    decoder.write_text(REDRAW.read_text().replace("libseccomp.so.2", "no-such-library.so"))
    monkeypatch.setattr(photos, "REDRAW", decoder)
    assert "We cannot read photos at the moment" in refusal(jpeg())
    assert "no-such-library.so" in caplog.text
    [warning] = [each for each in run_checks(include_deployment_checks=True)
                 if each.id == "orders.W003"]  # fmt: skip
    assert "no-such-library.so" in warning.msg


def test_checks_find_that_it_works_here() -> None:
    assert not decoder_fault()


# ------------------------------------------------------------------ a few at once
def test_more_than_two_at_once_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "WAITS", 0.2)
    with ExitStack() as others:
        taken = [others.enter_context(path.open("rb")) for path in SLOTS]
        for file in taken:
            fcntl.flock(file, fcntl.LOCK_EX)
        assert "Send this one again in a minute" in refusal(jpeg())
        fcntl.flock(taken[-1], fcntl.LOCK_UN)
        assert read(jpeg())
    assert read(jpeg())
