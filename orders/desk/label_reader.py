"""Reads text and barcodes on a photo of a label, in a process that can do nothing else.

    python -I orders/desk/label_reader.py < a-page-drawn-by-photo_decoder.py > what-was-read

Its input are pixels that photo_decoder.py encoded, never a customer's file. As that one, it has no
settings of the shop, limits on memory and time, and gives up all system calls but a few before it
reads the first byte. Its output is JSON: the barcodes, then the lines of text with how sure they
are. Without the packages of requirements-ocr.txt it reads barcodes only.
"""

import json
import os
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

# -I leaves this folder out; photo_decoder imports nothing of the shop either
sys.path.append(str(Path(__file__).parent))

import photo_decoder
import zxingcpp
from PIL import Image

MEMORY = 1536 * 2**20  # bytes of address space; a photo takes two thirds of it
CPU_SECONDS = 10
SIDE = 1280  # pixels; larger photos are read more slowly, not better
MOST_LINES = 60
LONGEST = 100  # characters of a line
FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.Code128])

Line = tuple[str, float]


def main() -> int:
    read_text = text_reader()
    photo_decoder.set_limits(MEMORY, CPU_SECONDS)
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=["JPEG"]) as page:
        image = page.convert("RGB")
    barcodes = [each.text for each in zxingcpp.read_barcodes(image.convert("L"), formats=FORMATS)]
    # what was found is not lost where the rest takes too long
    show({"barcodes": barcodes, "lines": []})
    image.thumbnail((SIDE, SIDE))
    show({"barcodes": barcodes, "lines": read_text(image)})
    return 0


def show(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def text_reader() -> Callable[[Image.Image], list[Line]]:
    """Load all models, by their paths: later, no file can be opened. Nothing is downloaded."""
    for library in ("OMP", "OPENBLAS"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    try:
        import cv2
        import numpy
        import rapidocr
    except Exception:  # not installed, or not yet wholly
        return lambda image: []
    cv2.setNumThreads(1)
    models = Path(rapidocr.__file__).parent / "models"
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": SIDE,
            # or it would enlarge the blank below to millions of pixels
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(next(models.glob("*_det_*.onnx"))),
            "Cls.model_path": str(next(models.glob("*_cls_*.onnx"))),
            "Rec.model_path": str(next(models.glob("*_rec_*.onnx"))),
        }
    )
    blank: Any = numpy.full((64, 256, 3), 255, numpy.uint8)
    engine(blank, use_det=True, use_cls=False, use_rec=False)
    engine(blank, use_det=False, use_cls=True, use_rec=True)

    def read(image: Image.Image) -> list[Line]:
        # OpenCV's order of colours
        found: Any = engine(
            numpy.asarray(image)[:, :, ::-1], use_det=True, use_cls=True, use_rec=True
        )
        lines = zip(found.txts or (), found.scores or (), strict=True)
        return [(str(text)[:LONGEST], round(float(score), 3)) for text, score in lines][:MOST_LINES]

    return read


if __name__ == "__main__":
    sys.exit(main())
