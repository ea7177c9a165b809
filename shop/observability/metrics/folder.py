"""Where the web processes of one server write what they count: a folder that ends with them.

Never one that was there, in which another server may be counting. A server that was killed leaves
its folder behind; the next one drops it. Who lives is told by a lock on the folder, which the
kernel takes from the dead, and which the processes that a server forks hold with it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "shop-metrics-held-"


def new_folder() -> str:
    drop_the_dead()
    while True:
        folder = tempfile.mkdtemp(prefix=PREFIX)
        try:
            fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # held until the process ends
        except FileNotFoundError:
            continue
        # another server may have come between, and found it without a lock
        if os.path.isdir(folder):
            return folder


def drop_the_dead() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # gone meanwhile, or another user's
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its server lives
        finally:
            os.close(handle)
