"""Redraws a stranger's picture or PDF, in a process that can do nothing else.

    python -I orders/desk/photo_decoder.py < what-was-sent > pages

Decoders of pictures are old, large and written in C. So this process has no settings of the shop,
limits on memory and time, and before it reads the first byte it gives up all system calls but those
that read, write and allocate. It imports nothing of the shop. Its output is pixels that were
encoded here, as JPEG; nothing else of the file gets out.

Each page is preceded by its length in four bytes. A refusal has exit status 1, and its output is
only the word for which `orders/desk/photos.py` has a sentence.
"""

import ctypes
import errno
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pi_heif
import pypdfium2

# Pillow imports the plugins only when a file needs them, and then no file can be opened any more.
from PIL import (
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
# of HEIC, which iPhones and newer phones take; one thread more, whatever is said here
pi_heif.register_heif_opener(thumbnails=False, aux_images=False, decode_threads=1)

MEMORY = 512 * 2**20  # bytes of address space; a photo of 50 megapixels takes less than half of it
CPU_SECONDS = 8  # a photo of 50 megapixels takes one
# All that decoding needs once everything is imported: no file, network or other process. The rest
# fails with EPERM, and PDFium draws with its own fonts.
SYSTEM_CALLS = [
    *("read", "write", "close", "lseek", "exit", "exit_group", "getrandom", "clock_gettime"),
    *("mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("rseq", "set_robust_list"),  # a new thread's
]
# SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_FLTATR_CTL_TSYNC and SCMP_CMP_MASKED_EQ in seccomp.h
ALLOW, FAIL, ABSENT = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
ALL_THREADS, MASKED = 4, 7
CLONE_THREAD = 0x10000
PAGES = 3
# Baseline JPEGs are decoded at a fraction of their size. Others are held in memory whole.
PIXELS_OF_CAMERA = 50_000_000
PIXELS = 16_000_000
PIXELS_OF_HEIC = 25_000_000  # held in memory whole, without a filter for each line
HEIC = (b"heic", b"heix", b"mif1", b"heif")
SCANS = 50  # of a progressive JPEG; each is a pass over the whole picture, and cameras use ten
SIDE = 2400  # pixels; the smallest print on a label is read well from it
SIZE = 1_500_000  # bytes of a page that is kept
ATTEMPTS = ((SIDE, 85), (SIDE, 70), (1800, 70), (1200, 60))  # longer side, JPEG quality


class Condition(ctypes.Structure):
    """Compares one argument of a system call: scmp_arg_cmp in seccomp.h."""

    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    ]


class RefusedError(Exception):
    """Its text is one of the words in `orders/desk/photos.py`."""


def main() -> int:
    out = sys.stdout.buffer
    try:
        set_limits()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        out.write(b"closed")
        return 1
    try:
        pages = list(redraw(sys.stdin.buffer.read()))
    except RefusedError as refusal:
        out.write(str(refusal).encode())
        return 1
    except MemoryError:
        out.write(b"pixels")
        return 1
    for page in pages:
        out.write(struct.pack(">I", len(page)) + page)
    return 0


def set_limits(memory: int = MEMORY, cpu_seconds: int = CPU_SECONDS) -> None:
    """Give up memory, time and permissions. Raises OSError if the kernel cannot take them."""
    Image.preinit()
    with suppress(OSError):
        # if memory runs out, the kernel ends this process, not the shop's
        Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the photo
    give_up_system_calls()


def give_up_system_calls() -> None:
    """Leave SYSTEM_CALLS only, for good: any user may do that, and no one can take it back."""
    seccomp = ctypes.CDLL("libseccomp.so.2")  # on every Debian; raises OSError elsewhere
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(FAIL))
    seccomp.seccomp_attr_set(rules, ALL_THREADS, 1)

    def rule(action: int, name: bytes, *conditions: Condition) -> None:
        number = seccomp.seccomp_syscall_resolve_name(name)
        count = len(conditions)
        seccomp.seccomp_rule_add_array(
            rules, action, number, count, (Condition * count)(*conditions)
        )

    for name in SYSTEM_CALLS:
        rule(ALLOW, name.encode())
    # Threads, which the decoder of HEIC starts, but no process. The filter cannot look into what
    # clone3 is given; where it is absent, clone is called.
    rule(ALLOW, b"clone", Condition(0, MASKED, CLONE_THREAD, CLONE_THREAD))
    rule(ABSENT, b"clone3")
    if failed := seccomp.seccomp_load(rules):
        raise OSError(-failed, "seccomp filters are not available")


def redraw(content: bytes) -> Iterator[bytes]:
    """Redraw by the file's first bytes. Its name and the browser's content type prove nothing."""
    if content.startswith(b"\xff\xd8\xff"):
        yield encoded(picture(content, "JPEG"))
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield encoded(picture(content, "PNG"))
    elif content.startswith(b"%PDF-"):
        yield from map(encoded, pdf_pages(content))
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        yield encoded(picture(content, "WEBP"))
    elif content[4:8] == b"ftyp" and content[8:12] in HEIC:
        yield encoded(picture(content, "HEIF"))
    else:
        raise RefusedError("kind")


def picture(content: bytes, kind: str) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=[kind]) as image:
            check_size(image, content)
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE))  # decodes all of it
            return flat(ImageOps.exif_transpose(image))
    except (RefusedError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedError("pixels") from error
    except Exception as error:  # decoders raise whatever they stumble over
        raise RefusedError("broken") from error


def check_size(image: Image.Image, content: bytes) -> None:
    """Check the size in the header, before anything is decoded."""
    is_camera = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    most = PIXELS_OF_HEIC if image.format == "HEIF" else PIXELS
    if image.width * image.height > (PIXELS_OF_CAMERA if is_camera else most):
        raise RefusedError("pixels")
    if image.format in ("JPEG", "MPO") and not is_camera and content.count(b"\xff\xda") > SCANS:
        raise RefusedError("broken")


def pdf_pages(content: bytes) -> Iterator[Image.Image]:
    """Draw the pages of a PDF. Its scripts, forms and files are neither run nor kept."""
    try:
        with pypdfium2.PdfDocument(content) as pdf:
            if len(pdf) > PAGES:
                raise RefusedError("pages")
            if not len(pdf):
                raise RefusedError("broken")
            for page in pdf:
                scale = SIDE / max(*page.get_size(), 1)
                yield flat(page.render(scale=scale).to_pil())
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise RefusedError("locked" if is_locked else "broken") from error


def flat(image: Image.Image) -> Image.Image:
    """Copy the pixels to a new white image; comments, places and profiles stay behind."""
    page = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        page.paste(image, mask=image.getchannel("A"))
    else:
        page.paste(image.convert("RGB"))
    return page


def encoded(image: Image.Image) -> bytes:
    out = BytesIO()
    for side, quality in ATTEMPTS:
        image.thumbnail((side, side))
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= SIZE:
            break
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
