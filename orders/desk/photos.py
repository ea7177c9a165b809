"""A customer's photo or PDF, made safe to keep and to look at.

Only pictures that photo_decoder.py drew are kept: they contain no place where the photo was taken,
no script and no second file behind the first.
"""

import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Upload

REDRAW = Path(__file__).with_name("photo_decoder.py")
LASTS = 20  # seconds; less than a web process may take for an answer

SAYS = {
    "empty": gettext_lazy("This file is empty. Take the photo again, and send that."),
    "kind": gettext_lazy(
        "We can read photos (JPEG or PNG) and PDFs. This file is something else: take a photo with "
        "your phone, and send that."
    ),
    "heic": gettext_lazy(
        "This photo is in Apple's HEIC format, which we cannot read. Take a screenshot of it and "
        "send that, or choose “Most Compatible” in Settings, Camera, Formats and take a new one."
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
    try:
        # without our environment, which has our keys
        done = subprocess.run(
            [sys.executable, "-I", REDRAW],
            input=content,
            capture_output=True,
            timeout=LASTS,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal("pixels") from error
    if done.returncode:  # negative where it was killed, by its own limits or by a decoder's fault
        word = done.stdout.decode("ascii", "replace")
        raise _refusal(word if word in SAYS else "broken")
    return list(_pages(done.stdout))


def _refusal(word: str) -> UploadRefusedError:
    return UploadRefusedError(str(SAYS[word]))


def _pages(written: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(written):
        (length,) = struct.unpack_from(">I", written, at)
        yield written[at + 4 : at + 4 + length]
        at += 4 + length
