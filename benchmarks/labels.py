"""How many serials are read from photos of labels: `make bench-labels`.

Draws labels of radios as they are, with part numbers, names and codes beside the serial, degrades
them as a phone does, and has each go through the shop's decoder and reader. Right is a photo from
which the one serial is proposed; where a label has two, none or both are. Prints each that is not.
"""

import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from benchmarks.pages import SETTINGS, prepare
from tests.servers import Servers

BP, CM, CL = "BP538469512132", "CM123456780123", "CL038461950283"
VW, GM = "VWZ1Z2H7442601", "GM020317618699"
# brand, lines of the label, its barcode, the serial
LABELS = [
    ("nissan", ["BLAUPUNKT", "28185 BC20A", "S/N BP538469512132", "7 612 830 042"], "", BP),
    ("nissan", ["Clarion PN-2424M", CL, "28185 AX60A"], CL, CL),
    ("ford", ["6000 CD", "4M5T-18C815-AA", "Serial No. M471638", "12V PORTUGAL"], "", "M471638"),
    ("ford", ["SONY", "7M5T-18C939-EF", "V061308"], "V061308", "V061308"),
    ("renault-dacia", ["PHILIPS 22DC259/62E", "8200607914", "281155216RT V323"], "", "V323"),
    ("volkswagen", ["RCD 310", "5M0 035 186 J", VW, "7 647 230 360"], VW, VW),
    ("fiat", ["BLAUPUNKT", "Fiat 199 MP3", "735442580", "7 647 316 316"], "", ""),
    ("vauxhall-opel", ["CD 30 MP3", "13 357 122", f"Ser.No. {GM}"], "", GM),
]
TWO = ("nissan", [BP, "28185 BC20A", CM], [BP, CM])


def main() -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": folder})
        prepare()
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        import django

        django.setup()
        run()


def ways() -> dict[str, list[Callable[[Image.Image], Image.Image]]]:
    from tests.steps.labels import aside, blurred, dark, glare, noisy, small, turned

    return {
        "sharp": [],
        "blurred": [blurred(2)],
        "very blurred": [blurred(3)],
        "turned by 12°": [turned(12)],
        "upside down": [turned(180)],
        "from the side": [aside(0.18)],
        "with glare": [glare((0.45, 0.4), 225)],
        "dark and noisy": [dark(0.3), noisy(15)],
        "small, turned and blurred": [turned(-5), small(800), blurred(0.9)],
    }


def run() -> None:
    from orders.desk import photos

    photos.LASTS = 60  # seconds: how fast this machine is at the moment is not what is measured
    right: Counter[str] = Counter()
    seconds: list[float] = []
    count = 0
    for brand, lines, barcode, serial in LABELS:
        for way, steps in ways().items():
            found, took = read(brand, lines, barcode, steps)
            count += 1
            seconds.append(took)
            wanted = [serial] if serial else []
            right[way] += found == wanted
            if found != wanted:
                print(f"  {brand}, {way}: {found or 'nothing'} instead of {serial or 'nothing'}")
    brand, lines, both = TWO
    for way, steps in ways().items():
        found, took = read(brand, lines, "", steps)
        count += 1
        right[way] += sorted(found) == both
        if sorted(found) != both:
            print(f"  two serials, {way}: {found}")
    print()
    for way, number in right.items():
        print(f"| {way} | {number} of {len(LABELS) + 1} |")
    print(f"| all | {right.total()} of {count}: {right.total() / count:.0%} |")
    print(f"Seconds of CPU for one: {sum(seconds) / len(seconds):.1f}, at most {max(seconds):.1f}")


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read(
    brand: str, lines: list[str], barcode: str, steps: list[Callable[[Image.Image], Image.Image]]
) -> tuple[list[str], float]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from orders.desk.label_photos import READER, last_of
    from orders.desk.photos import read_upload, run_alone
    from orders.models import catalogue
    from orders.serials.label import serials_on_label
    from tests.steps.labels import as_jpeg, label, on_a_radio

    image = on_a_radio(label(lines, barcode))
    for step in steps:
        image = step(image)
    if keep := os.environ.get("LABELS_KEPT"):
        image.save(Path(keep) / f"{brand}-{time.monotonic_ns()}.png")
    [page] = read_upload(SimpleUploadedFile("label.jpg", as_jpeg(image)))
    began = cpu_of_children()
    found = last_of(run_alone(READER, page).stdout)
    took = cpu_of_children() - began
    brands = catalogue()
    grammar = brands.by_slug[brand]
    read = serials_on_label(found["barcodes"], found["lines"], grammar, brands)
    return read, took


if __name__ == "__main__":
    main()
