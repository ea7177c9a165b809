"""Files of unusual structure through both upload views, each in a process that is measured.

Lists of codes go through the admin's form and then to the worker's task, photos and PDFs through
the page on which a customer answers. Nothing of it stays in the database.
"""

import json
import os
import resource
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.test import Client

from orders.models import Import, ImportStatus, Question
from orders.tasks import import_codes
from tests.hostile.attacks import Attack
from tests.hostile.odd_photos import animated, document, photo
from tests.hostile.odd_sheets import spreadsheet, text_list
from tests.hostile.onslaught import Report, wrong_with
from tests.steps.code_lists import UPLOAD

MEMORY, SECONDS = 600, 15  # megabytes and CPU seconds that no file may take
PATIENCE = 120  # seconds on a machine that does other things too
MAKERS = {
    "list.xlsx": spreadsheet, "list.csv": text_list,
    "label.pdf": document, "label.jpg": photo, "label.png": animated,
}  # fmt: skip
SHARES = [6, 1, 5, 2, 1]
READ = (ImportStatus.READ, ImportStatus.STOPPED)


def made(seed: str, number: int) -> tuple[str, bytes]:
    """The name of a file, and what is in it."""
    rng = Random(f"{seed}/{number}/file")
    [name] = rng.choices(list(MAKERS), SHARES)
    return name, MAKERS[name](rng)


class Uploads:
    def __init__(self, root: User) -> None:
        self.staff, self.stranger = (Client(raise_request_exception=False) for _ in range(2))
        self.staff.force_login(root)
        open_question = Question.objects.filter(closed_at=None).latest("pk")
        self.answer = open_question.order.secret_link() + "answer/"

    def send(self, number: int, name: str, content: bytes) -> tuple[int, list[str]]:
        """Its status and what is wrong with it."""
        with transaction.atomic():
            try:
                return self._send(number, name, content)
            finally:
                transaction.set_rollback(True)

    def _send(self, number: int, name: str, content: bytes) -> tuple[int, list[str]]:
        file = SimpleUploadedFile(name, content)
        address = f"10.9.{number >> 8 & 255}.{number & 255}"
        is_list = name.startswith("list")
        path = UPLOAD if is_list else self.answer
        client = self.staff if is_list else self.stranger
        fields = {"file": file} if is_list else {"photo": file, "form_key": str(uuid.uuid4())}
        answer: Any = client.post(path, fields, REMOTE_ADDR=address)
        wrong = wrong_with(answer, Attack(number, "POST", path), 0)
        if is_list and answer.status_code == 302:
            job = Import.objects.latest("pk")
            import_codes(job.pk)
            job.refresh_from_db()
            if job.status not in READ:
                wrong.append(f"the worker could not read it: {job.status}")
        return answer.status_code, wrong


class Used(NamedTuple):
    said: Any
    megabytes: int
    seconds: float


def in_process(act: Callable[[], Any]) -> Used:
    """Do it in a process of its own; what it used counts those that it started."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.alarm(PATIENCE)
            # a machine on which other things run, too
            resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
            os.write(writing, json.dumps(act()).encode()[:60_000])
        except BaseException as error:
            os.write(writing, json.dumps([0, [f"{error!r}"[:500]]]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _pid, status, usage = os.wait4(pid, 0)
    found = json.loads(said) if said else [0, [f"ended with {status}"]]
    return Used(found, usage.ru_maxrss // 1024, usage.ru_utime + usage.ru_stime)


def send_files(seed: str, root: User, numbers: Iterable[int]) -> Report:
    uploads, report = Uploads(root), Report()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "odd"

        def make(number: int) -> Any:
            name, content = made(seed, number)
            file.write_bytes(content)
            return [name, len(content)]

        for number in numbers:
            connections.close_all()  # a process has its own
            name, size = in_process(lambda number=number: make(number)).said  # type: ignore[misc]
            attack = Attack(number, "POST", str(name), f"{size} bytes")
            if not isinstance(name, str):
                report.note(attack, 0, [f"not made: {size}"], 0)
                continue
            used = in_process(lambda: uploads.send(number, name, file.read_bytes()))  # noqa: B023
            status, wrong = used.said
            if used.megabytes > MEMORY:
                wrong.append(f"{used.megabytes} MB")
            if used.seconds > SECONDS:
                wrong.append(f"{used.seconds:.0f} s of CPU")
            report.note(attack, status, wrong, used.seconds)
    return report
