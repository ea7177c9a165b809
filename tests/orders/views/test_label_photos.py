"""Photos of the label on the order form: read by the machine, compared by the customer."""

import json
import re
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from orders.desk import label_photos
from orders.desk.label_photos import READER, drop_label_photos, read_photo
from orders.models import LabelPhoto, Order, Radio, Status
from orders.retrieval.chain import hand_to_staff
from tests.steps.factories import SERIAL, make_car_model, make_order, make_radio, make_staff
from tests.steps.order_form import URL, answers
from tests.steps.photos import HEIC, SECRET, evil_pdf, jpeg, png_of
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db
PHOTO = URL + "photo/"
OTHER = "BP538469512132"


@pytest.fixture(autouse=True)
def on_sale() -> None:
    make_radio()
    make_car_model()


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the machine reads: at once, as no worker runs here."""
    lines: list[Any] = [[f"S/N {SERIAL}", 0.99]]

    def run(script: Path, content: bytes, *slot: Any) -> "subprocess.CompletedProcess[bytes]":
        assert (script, content[:2]) == (READER, b"\xff\xd8")
        out = json.dumps({"barcodes": [], "lines": lines}).encode()
        return subprocess.CompletedProcess([], 0, out, b"")

    monkeypatch.setattr(label_photos, "run_alone", run)
    monkeypatch.setattr(label_photos, "publish", lambda task, pk: read_photo(pk))
    monkeypatch.setattr(label_photos, "WAITS", 5)
    return lines


def file(content: bytes | None = None, name: str = "label.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg() if content is None else content)


def send(client: Client, path: str = PHOTO, *files: SimpleUploadedFile, **fields: Any) -> Any:
    return client.post(path, answers(**({"label_photo": files or file()} | fields)))


def needs_photo() -> None:
    Radio.objects.update(needs=["photo"])


# ------------------------------------------------------------------ from the photo to the order
def test_a_photo_fills_in_the_serial_to_be_compared(client: Client) -> None:
    page = send(client, serial="").text
    assert f'value="{SERIAL}"' in page
    assert "Read from your photo: please compare" in page
    assert 'value="anna@example.com"' in page
    assert not Order.objects.exists()


def test_with_javascript_only_the_photos_come_back(client: Client) -> None:
    headers = {"HX-Request": "true"}
    page = client.post(PHOTO, answers(serial="", label_photo=file()), headers=headers).text
    assert page.strip().startswith("<fieldset")
    assert f'data-fill="{SERIAL}"' in page
    page = client.post(PHOTO, answers(serial="BP1", label_photo=file()), headers=headers).text
    assert "data-fill" not in page
    assert f'value="{SERIAL}"' in page  # offered


def test_nothing_is_ordered_before_it_is_compared(client: Client, stripe: Stripe) -> None:
    fields = answers(photo_serial=SERIAL)
    refused = client.post(URL, fields)
    assert refused.status_code == 422
    assert "Compare the serial number with the label" in refused.text
    assert client.post(URL, fields | {"is_compared": "on"}).status_code == 303


def test_the_order_takes_its_photos_along_and_the_desk_shows_them(
    client: Client, stripe: Stripe
) -> None:
    needs_photo()
    fields = answers()
    client.post(PHOTO, fields | {"label_photo": file()})
    assert client.post(URL, fields).status_code == 303
    order = Order.objects.get()
    photo = order.label_photos.get()
    Order.objects.update(status=Status.PLACED, placed_at=timezone.now())
    order.refresh_from_db()
    hand_to_staff(order, only_if=Q())
    assert not order.questions.exists()  # as the photo is there
    client.force_login(make_staff("vera", "enter_code", "view_order"))
    url = f"/admin/orders/order/{order.pk}/desk/label/{photo.pk}/"
    assert url in client.get(f"/admin/orders/order/{order.pk}/desk/").text
    shown = client.get(url)
    assert shown.content == photo.content
    assert "no-store" in shown["Cache-Control"]
    assert client.get(url.replace(f"/{photo.pk}/", "/999/")).status_code == 404


def test_a_photo_may_be_sent_with_the_order_itself(client: Client, stripe: Stripe) -> None:
    needs_photo()
    refused = client.post(URL, answers())
    assert refused.status_code == 422
    assert "This radio needs a photo of its label" in refused.text
    assert send(client, URL).status_code == 303
    assert Order.objects.get().label_photos.count() == 1


def test_whoever_chooses_another_reading_keeps_the_photos(client: Client) -> None:
    [key] = re.findall(r'name="form_key" value="([^"]+)"', client.get(URL).text)
    send(client, serial="", form_key=key)
    filled = client.post(URL + "filled/", answers(form_key=key, use=SERIAL)).text
    assert f'value="{key}"' in filled and "We have your photo" in filled
    stranger = Client().post(URL + "filled/", answers(form_key=key, use=SERIAL)).text
    assert f'value="{key}"' not in stranger


def test_several_serials_are_offered_and_none_is_filled_in(client: Client, read: Any) -> None:
    read.append([OTHER, 0.9])
    read[0][0] = SERIAL
    page = send(client, serial="").text
    assert "Your photo seems to say" in page
    assert f'value="{OTHER}"' in page and "data-fill" not in page


# ------------------------------------------------------------------ what is refused, and how much
@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (file(b"<svg onload='alert(1)'/>", "label.svg"), "This is another kind of file"),
        (file(b"GIF89a" + jpeg()), "This is another kind of file"),
        (file(b"PK\x03\x04" + jpeg()), "This is another kind of file"),
        (file(png_of(20_000, 10_000), "label.png"), "larger than we can read"),
        (file(HEIC.replace(b"hvcC", b"\xff\xff\xff\xff")), "cannot be read"),
        (file(b""), "This file is empty"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(
    client: Client, sent: SimpleUploadedFile, says: str
) -> None:
    assert says in send(client, PHOTO, sent).text
    sent.seek(0)
    assert says in send(client, URL, sent).text
    assert not Order.objects.exists()
    assert not LabelPhoto.objects.exclude(content_encrypted="").exists()


def test_neither_name_nor_place_nor_script_is_kept(client: Client) -> None:
    name = "../../etc/passwd.jpg"
    send(client, PHOTO, file(evil_pdf(), name), file(HEIC, name))
    kept = [photo.content for photo in LabelPhoto.objects.all()]
    assert [each[:2] for each in kept] == [b"\xff\xd8"] * 2
    assert not any(SECRET in each or b"passwd" in each for each in kept)


def test_a_file_beyond_the_limit_is_not_taken_in(client: Client, settings: Any) -> None:
    settings.UPLOAD_MOST_MB = 1
    assert "larger than 1 MB" in send(client, PHOTO, file(jpeg() + bytes(2**20))).text


def test_three_photos_are_enough(client: Client) -> None:
    fields = answers(label_photo=[file(), file(), file()])
    assert "We have 3 photos" in client.post(PHOTO, fields).text
    assert "which is enough" in client.post(PHOTO, fields | {"label_photo": file()}).text
    assert LabelPhoto.objects.count() == 3


def test_a_network_sends_ten_in_an_hour_and_orders_all_the_same(
    client: Client, stripe: Stripe
) -> None:
    needs_photo()
    send(client)
    photo = LabelPhoto.objects.get()
    for _ in range(9):
        photo.pk, photo.form_key = None, uuid.uuid4()
        photo.save()
    assert "more photos from your network" in send(client).text
    assert client.post(URL, answers()).status_code == 303
    LabelPhoto.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert "We have your photo" in send(client).text


# ------------------------------------------------------------------ how long it is kept
def test_without_a_paid_order_photos_go_after_an_hour(client: Client, settings: Any) -> None:
    settings.UPLOADS_KEPT_DAYS = 90
    for order in (None, make_order(), make_order(status="with_staff")):
        send(client)
        LabelPhoto.objects.filter(order=None, drop_at__gt=timezone.now()).update(order=order)
    drop_label_photos()
    assert LabelPhoto.objects.count() == 3
    past = timezone.now() - timedelta(hours=1)
    LabelPhoto.objects.update(created_at=past, drop_at=past)
    drop_label_photos()
    drop_label_photos()
    assert LabelPhoto.objects.get().order.status == Status.WITH_STAFF  # type: ignore[union-attr]
    past -= timedelta(days=90)
    LabelPhoto.objects.update(created_at=past, drop_at=timezone.now())
    drop_label_photos()
    assert not LabelPhoto.objects.exists()


# ------------------------------------------------------------------ the reading
@pytest.mark.parametrize(
    "ending",
    [
        subprocess.CompletedProcess([], -9, b"", b""),
        subprocess.CompletedProcess([], 1, b'{"barcodes": 7}\n[', b"MemoryError"),
        subprocess.TimeoutExpired([], 10, output=b'{"barc'),
    ],
)
def test_a_reader_that_its_limits_end_costs_the_reading_only(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch, ending: Any
) -> None:
    def run(*args: Any) -> Any:
        if isinstance(ending, Exception):
            raise ending
        return ending

    monkeypatch.setattr(label_photos, "run_alone", run)
    fields = answers()
    page = client.post(PHOTO, fields | {"label_photo": file()}).text
    assert "We have your photo" in page and "No serial number could be read" in page
    assert client.post(URL, fields).status_code == 303
    assert Order.objects.get().label_photos.get().read_at


def test_barcodes_that_were_read_before_it_ended_count(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = json.dumps({"barcodes": [SERIAL], "lines": []}).encode() + b'\n{"barc'
    done = subprocess.CompletedProcess[bytes]([], -9, out, b"")
    monkeypatch.setattr(label_photos, "run_alone", lambda *args: done)
    assert "Read from your photo" in send(client, serial="").text


def test_without_a_worker_the_form_waits_no_longer_than_that(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_photos, "publish", lambda task, pk: None)
    monkeypatch.setattr(label_photos, "WAITS", 0.3)
    page = send(client, serial="").text
    assert "We have your photo" in page
    photo = LabelPhoto.objects.get()
    LabelPhoto.objects.update(drop_at=timezone.now() + timedelta(minutes=59))
    read_photo(photo.pk)  # too late for the form that waited
    photo.refresh_from_db()
    assert photo.read_at is None
