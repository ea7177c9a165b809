"""Installs what reads text on photos of labels, once the shop is open: it is large."""

import signal
import subprocess

from sandbox.demo.addresses import ROOT
from sandbox.demo.processes import LOGS
from sandbox.demo.supervisor import DIE_WITH_PARENT, kill_group


class Installation:
    """Runs beside the demo. Until it has ended, staff read the photos, and so without a network."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (LOGS / "label-reading.log").open("wb") as log:
            self.child = subprocess.Popen(
                [*DIE_WITH_PARENT, str(ROOT / ".ci" / "ocr")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def look(self) -> None:
        """Print once what came of it."""
        if self.child is None or self.child.poll() is None:
            return
        if self.child.returncode:
            print("Text on photos of labels is not read: see var/log/label-reading.log", flush=True)
        else:
            print("Text on photos of labels is read.", flush=True)
        self.child = None

    def stop(self) -> None:
        if self.child is not None:
            kill_group(self.child.pid, signal.SIGTERM)
            self.child.wait()
