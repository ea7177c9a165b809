"""One mail as it came in, and the box that keeps them, in memory or in a SQLite file."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Mail:
    """`recipients` is the envelope's; what the headers say is in `header("To")`."""

    id: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    @property
    def subject(self) -> str:
        return self.header("Subject")

    @property
    def message_id(self) -> str:
        return self.header("Message-ID")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        for part in self.message.walk():
            if part.get_content_type() == f"text/{kind}" and isinstance(part, EmailMessage):
                return str(part.get_content()).replace("\r\n", "\n")
        return ""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at,
            "sender": self.sender,
            "recipients": list(self.recipients),
            "from": self.header("From"),
            "to": self.header("To"),
            "subject": self.subject,
            "message_id": self.message_id,
            "text": self.text,
            "html": self.html,
        }


class Box:
    """Every mail that was accepted, doubles too, in the order they came."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._last = 0
        self._file = self._open(path) if path else None

    def _open(self, path: str) -> sqlite3.Connection:
        file = sqlite3.connect(path, check_same_thread=False)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute(
            "CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " at REAL, sender TEXT, recipients TEXT, raw BLOB)"
        )
        for mail_id, at, sender, recipients, raw in file.execute("SELECT * FROM mail ORDER BY id"):
            self._mails.append(Mail(mail_id, at, sender, tuple(recipients.split("\n")), raw))
            self._last = mail_id
        return file

    def add(self, sender: str, recipients: Sequence[str], raw: bytes) -> Mail:
        with self._lock:
            self._last += 1
            mail = Mail(self._last, time.time(), sender, tuple(recipients), raw)
            self._mails.append(mail)
            if self._file:
                row = (mail.id, mail.at, sender, "\n".join(recipients), raw)
                with self._file:
                    self._file.execute("INSERT INTO mail VALUES (?, ?, ?, ?, ?)", row)
            return mail

    def all(self) -> list[Mail]:
        with self._lock:
            return list(self._mails)

    def find(self, mail_id: int) -> Mail | None:
        return next((mail for mail in self.all() if mail.id == mail_id), None)

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()
            if self._file:
                with self._file:
                    self._file.execute("DELETE FROM mail")

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
