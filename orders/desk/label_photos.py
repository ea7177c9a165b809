"""Photos on the order form: kept for an hour, read by the machine, and then the order's.

Reading costs seconds and much memory, so it has a queue of its own, and one at a time on a machine.
A message or a worker that is lost costs the reading only: staff see the photo.
"""

import json
import logging
import subprocess
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from orders.desk.photos import UploadRefusedError, run_alone, take_slot
from orders.leases import publish
from orders.lib import crypto
from orders.models import LabelPhoto, Order

logger = logging.getLogger(__name__)

READER = Path(__file__).with_name("label_reader.py")
MOST_PHOTOS = 3  # of one form
PER_NETWORK = 10  # in an hour
KEPT = timedelta(hours=1)
WAITS = 10  # seconds for a reading; who waits longer types faster
LOOKS_EVERY = 0.2  # seconds
TASK = "orders.tasks.read_label"
# As many threads of a web process wait for a reading at once; the others answer customers.
waiting_rooms = BoundedSemaphore(2)


# ------------------------------------------------------------------ keeping
def photos_of(form_key: uuid.UUID) -> QuerySet[LabelPhoto]:
    """Return the photos of a form that has no order yet."""
    return LabelPhoto.objects.filter(form_key=form_key, order=None).exclude(content_encrypted="")


def files_left(form_key: uuid.UUID) -> int:
    return MOST_PHOTOS - photos_of(form_key).filter(page=1).count()


def sent_too_many(network: str) -> bool:
    lately = LabelPhoto.objects.filter(network=network, created_at__gt=timezone.now() - KEPT)
    return bool(network) and lately.filter(page=1).count() >= PER_NETWORK


def begin_photo(form_key: uuid.UUID, network: str) -> LabelPhoto:
    """Count a file before it is decoded, which takes time."""
    drop_at = timezone.now() + KEPT
    return LabelPhoto.objects.create(form_key=form_key, network=network, drop_at=drop_at)


def keep_photo(first: LabelPhoto, pages: Sequence[bytes]) -> None:
    """Store the pages of a file, and have them read."""
    others = (
        LabelPhoto(form_key=first.form_key, network=first.network, page=page)
        for page in range(2, len(pages) + 1)
    )
    photos = [first, *others]
    with transaction.atomic():
        for photo, content in zip(photos, pages, strict=True):
            photo.content_encrypted = crypto.encrypt_bytes(content)
            photo.drop_at = timezone.now() + KEPT
            photo.save()
    for photo in photos:
        publish(TASK, photo.pk)


def has_photos(order: Order) -> bool:
    return order.label_photos.exclude(content_encrypted="").exists()


def give_to_order(form_key: uuid.UUID, order: Order) -> None:
    LabelPhoto.objects.filter(form_key=form_key, order=None).update(order=order)


def drop_label_photos() -> None:
    """Delete photos without a paid order after an hour, the others after UPLOADS_KEPT_DAYS."""
    now = timezone.now()
    due = LabelPhoto.objects.filter(drop_at__lte=now)
    since = now - timedelta(days=settings.UPLOADS_KEPT_DAYS)
    paid = due.filter(order__placed_at__isnull=False, created_at__gt=since)
    # looked at daily, as the setting may change
    paid.exclude(content_encrypted="").update(drop_at=now + timedelta(days=1))
    due.delete()


# ------------------------------------------------------------------ reading
def wait_until_read(form_key: uuid.UUID) -> None:
    """Wait until all photos of a form are read, but no longer than a customer would."""
    if not waiting_rooms.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + WAITS
        while photos_of(form_key).filter(read_at=None).exists() and time.monotonic() < until:
            time.sleep(LOOKS_EVERY)
    finally:
        waiting_rooms.release()


def read_photo(pk: int) -> None:
    """Read a photo while its customer waits; later it is of no use."""
    since = timezone.now() + KEPT - timedelta(seconds=WAITS)
    waiting = LabelPhoto.objects.filter(pk=pk, read_at=None, drop_at__gt=since)
    photo = waiting.exclude(content_encrypted="").first()
    if photo is None:
        return
    try:
        with take_slot([READER], waits=WAITS) as slot:
            done = run_alone(READER, photo.content, slot)
    except (UploadRefusedError, subprocess.TimeoutExpired) as trouble:
        logger.warning("photo %s was not read: %s", pk, type(trouble).__name__)
        written = getattr(trouble, "stdout", None) or b""
    else:
        written = done.stdout
        if done.returncode:  # negative where its limits ended it
            logger.warning("photo %s was not read to its end: %s", pk, done.returncode)
    text = crypto.encrypt(json.dumps(read)) if (read := last_of(written)) else ""
    LabelPhoto.objects.filter(pk=pk).update(text_encrypted=text, read_at=Now())


def last_of(written: bytes) -> dict[str, list[str]]:
    """Return what the reader found until it ended. It was given a stranger's pixels."""
    for line in reversed(written.splitlines()):
        try:
            found = json.loads(line)
            return {
                "barcodes": [str(each)[:100] for each in found["barcodes"]][:20],
                "lines": [str(text)[:100] for text, _score in found["lines"]][:60],
            }
        except (ValueError, TypeError, KeyError):
            continue  # cut off
    return {}
