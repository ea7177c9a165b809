"""A folder for the metrics of one server's web processes, deleted when it ends.

A killed server leaves its folder behind; the next one deletes it. A lock on the folder shows that
its server runs: the kernel releases it with the last process that the server forked.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "shop-metrics-held-"


def new_folder() -> str:
    delete_unlocked()
    while True:
        folder = tempfile.mkdtemp(prefix=PREFIX)
        try:
            fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # held until the process ends
        except FileNotFoundError:
            continue
        # another server may have deleted it before it was locked
        if os.path.isdir(folder):
            return folder


def delete_unlocked() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # deleted by another server, or another user's
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its server runs
        finally:
            os.close(handle)
