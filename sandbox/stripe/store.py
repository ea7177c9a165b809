"""The stand-in's books: objects by kind and id, in memory and, if asked, in a SQLite file."""

import json
import sqlite3
from collections import defaultdict
from typing import Any

Json = dict[str, Any]


class Store:
    """Not safe for threads by itself: the world's lock is held around every use.

    Objects are handed out live. A caller that changes one calls `put` again so that it is written.
    """

    def __init__(self, path: str | None = None) -> None:
        self._kinds: dict[str, dict[str, Json]] = defaultdict(dict)
        self._dirty: dict[tuple[str, str], None] = {}
        self._file = self._open(path) if path else None

    def _open(self, path: str) -> sqlite3.Connection:
        file = sqlite3.connect(path, check_same_thread=False)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute(
            "CREATE TABLE IF NOT EXISTS book ("
            " seq INTEGER PRIMARY KEY, kind TEXT, id TEXT, body TEXT, UNIQUE (kind, id))"
        )
        for kind, object_id, body in file.execute("SELECT kind, id, body FROM book ORDER BY seq"):
            self._kinds[kind][object_id] = json.loads(body)
        return file

    def put(self, kind: str, item: Json) -> Json:
        self._kinds[kind][item["id"]] = item
        self._dirty[kind, item["id"]] = None
        return item

    def find(self, kind: str, object_id: str | None) -> Json | None:
        return self._kinds[kind].get(object_id) if object_id else None

    def all(self, kind: str) -> list[Json]:
        """Oldest first."""
        return list(self._kinds[kind].values())

    def kinds(self) -> list[str]:
        return sorted(self._kinds)

    def remove(self, kind: str, object_id: str) -> None:
        self._kinds[kind].pop(object_id, None)
        self._dirty[kind, object_id] = None

    def commit(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if not self._file or not dirty:
            return
        with self._file:
            for kind, object_id in dirty:
                self._write(self._file, kind, object_id)

    def _write(self, file: sqlite3.Connection, kind: str, object_id: str) -> None:
        item = self.find(kind, object_id)
        if item is None:
            file.execute("DELETE FROM book WHERE kind = ? AND id = ?", (kind, object_id))
            return
        file.execute(
            "INSERT INTO book (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, object_id, json.dumps(item)),
        )

    def clear(self) -> None:
        self._kinds.clear()
        self._dirty.clear()
        if self._file:
            with self._file:
                self._file.execute("DELETE FROM book")

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
