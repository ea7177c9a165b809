"""A customer's photo or PDF, made safe to keep and to look at.

Only pictures that photo_decoder.py drew are kept: they contain no place where the photo was taken,
no script and no second file behind the first.
"""

import fcntl
import logging
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Upload

logger = logging.getLogger(__name__)

REDRAW = Path(__file__).with_name("photo_decoder.py")
LASTS = 10  # seconds; with the wait, less than a web process may take for an answer
# One upload is decoded for each of these at a time. They are locked, not written: any files will do
# that all web processes of a machine can open.
SLOTS = (REDRAW, Path(__file__))
WAITS = 5  # seconds for a slot

SAYS = {
    "empty": gettext_lazy("This file is empty. Take the photo again, and send that."),
    "kind": gettext_lazy(
        "We can read photos (JPEG, PNG, HEIC or WebP) and PDFs. This is another kind of file: take "
        "a photo with your phone, and send that."
    ),
    "broken": gettext_lazy(
        "This file cannot be read. It may have been cut off on its way: send it again, or take a "
        "new photo."
    ),
    "pixels": gettext_lazy(
        "This picture is larger than we can read. Send it as your phone usually takes photos."
    ),
    "locked": gettext_lazy(
        "This PDF is locked with a password. Send it without one, or send a photo."
    ),
    "busy": gettext_lazy(
        "We are reading other customers' files at the moment. Send this one again in a minute."
    ),
    "closed": gettext_lazy(
        "We cannot read photos at the moment. Please reply to our e-mail instead, with the photo."
    ),
    "pages": gettext_lazy(
        "This PDF has more than three pages. Send the one with the label, or a photo of it."
    ),
}


class UploadRefusedError(ValueError):
    """Its text says what the customer can do instead."""


def drop_old_photos() -> None:
    """Delete photos that were kept long enough; their rows stay."""
    before = timezone.now() - timedelta(days=settings.UPLOADS_KEPT_DAYS)
    old = Upload.objects.filter(created_at__lte=before).exclude(content_encrypted="")
    old.update(content_encrypted="")


def too_big() -> UploadRefusedError:
    words = _("This file is larger than %d MB. Send a smaller photo, or a part of it.")
    return UploadRefusedError(words % settings.UPLOAD_MOST_MB)


def read_upload(file: UploadedFile) -> list[bytes]:
    """Return the pages of an upload as JPEGs. Raises UploadRefusedError."""
    if (file.size or 0) > settings.UPLOAD_MOST_MB * 2**20:
        raise too_big()
    content = file.read()
    if not content:
        raise _refusal("empty")
    with take_slot(SLOTS, WAITS) as slot:
        done = _decode(content, slot)
    if done.returncode:  # negative where it was killed, by its own limits or by a decoder's fault
        word = done.stdout.decode("ascii", "replace")
        if word == "closed":
            logger.error("Photos are not decoded: %s", done.stderr.decode("utf-8", "replace"))
        raise _refusal(word if word in SAYS else "broken")
    return list(_pages(done.stdout))


def decoder_fault() -> str:
    """Return why this machine decodes no photos, or nothing if it does."""
    try:
        done = _decode(b"")
    except UploadRefusedError as error:  # it took too long
        return str(error)
    return done.stderr.decode("utf-8", "replace").strip() if done.stdout == b"closed" else ""


def _decode(content: bytes, *slot: IO[bytes]) -> "subprocess.CompletedProcess[bytes]":
    try:
        return run_alone(REDRAW, content, *slot)
    except subprocess.TimeoutExpired as error:
        raise _refusal("pixels") from error


def run_alone(
    script: Path, content: bytes, *slot: IO[bytes]
) -> "subprocess.CompletedProcess[bytes]":
    """Run a script that isolates itself, without our environment, which has our keys."""
    return subprocess.run(
        [sys.executable, "-I", script],
        input=content,
        capture_output=True,
        timeout=LASTS,
        env={},
        pass_fds=[file.fileno() for file in slot],  # the slot stays taken until it ends
    )


@contextmanager
def take_slot(paths: Sequence[Path], waits: float) -> Iterator[IO[bytes]]:
    """Take one of the machine's slots: two files at once may need a gigabyte. Raises "busy"."""
    until = time.monotonic() + waits
    while True:
        for path in paths:
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield file
                return
        if time.monotonic() >= until:
            raise _refusal("busy")
        time.sleep(0.05)


def _refusal(word: str) -> UploadRefusedError:
    return UploadRefusedError(str(SAYS[word]))


def _pages(written: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(written):
        (length,) = struct.unpack_from(">I", written, at)
        yield written[at + 4 : at + 4 + length]
        at += 4 + length
