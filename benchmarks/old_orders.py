# ruff: noqa: S608  (statements are put together from names of tables and columns)
"""Orders of former years, by the million: copies of one that really went the whole way.

All its rows are copied, in whatever tables they are: payment, mail, history, code, receipt,
consents, questions to sources, Stripe's events. What must be unique is made so; each copy lies a
minute before the one that was made before it.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

FEW = 10_000  # copies for which no index is worth being dropped
# what must differ from row to row; `n` is the copy, `src` the row that is copied
UNIQUE = {
    "orders_order.number": "'RC-' || lpad(n::text, 9, '0')",
    "orders_order.form_key": "gen_random_uuid()",
    "orders_order.serial_hash": "left(src.serial_hash, 9) || md5('serial' || n)",
    "orders_order.family_hash": "left(src.family_hash, 9) || md5('serial' || n)",
    "orders_order.email": "'old' || n || '@example.com'",
    "orders_order.mailbox": "'old' || n || '@example.com'",
    "orders_order.token_hash": "left(src.token_hash, 9) || md5('token' || n)",
    "orders_order.network": "'172.' || n / 65536 || '.' || n / 256 %% 256 || '.' || n %% 256",
    "orders_code.serial_hash": "left(src.serial_hash, 9) || md5('serial' || n)",
    "orders_code.family_hash": "left(src.family_hash, 9) || md5('serial' || n)",
    "orders_payment.uuid": "gen_random_uuid()",
    "orders_payment.session_id": "'cs_old_' || n",
    "orders_payment.intent_id": "'pi_old_' || n",
    "orders_email.to": "'old' || n || '@example.com'",
    "orders_email.message_id": "'<' || md5('mail' || src.id || n) || '@old>'",
    "orders_receipt.number": "1000000 + n",
    "orders_stripeevent.stripe_id": "'evt_old_' || src.id || '_' || n",
    "orders_stripeevent.object_id": "'obj_old_' || n",
    "orders_stripeevent.intent_id": "'pi_old_' || n",
    "orders_stripeevent.payment_uuid": "gen_random_uuid()",
}
# foreign keys to what is copied as well
COPIED_TOO = {"order_id": "orders_order", "payment_id": "orders_payment"}


@dataclass
class Table:
    """Of the order that is copied its rows in it, `ids`. Copies lie above `last`, as far apart as
    these, so that ids of what belongs together are found by counting. `columns` has their types."""

    name: str
    ids: list[int]
    last: int
    columns: dict[str, str]

    @property
    def span(self) -> int:
        return self.ids[-1] - self.ids[0] + 1

    def copied(self, column: str) -> str:
        """The id of the n-th copy of the row with the id in that column."""
        return f"src.{column} - {self.ids[0]} + {self.last} + 1 + (n - 1) * {self.span}"


class OldOrders:
    def __init__(self, database: str, number: str) -> None:
        """`number` is of the order that is copied."""
        self.database = database
        self.made = 0
        with psycopg.connect(database) as connection:
            self.tables = {table.name: table for table in find_tables(connection, number)}

    def make(self, until: int) -> float:
        """So that there are as many. Returns the seconds it took, statistics included."""
        began = time.perf_counter()
        biggest_first = sorted(self.tables.values(), key=lambda table: -len(table.ids))
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda table: self._fill(table, until), biggest_first))
        self.made = until
        return time.perf_counter() - began

    def _fill(self, table: Table, until: int) -> None:
        """Without its indexes and with its triggers off: what is copied was checked when it was
        new. The indexes are made anew, which is quicker than keeping them up."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            for setting in QUICKLY:
                connection.execute(setting)
            again = drop_indexes(connection, table.name) if until - self.made > FEW else []
            connection.execute(self._copies(table), [self.made + 1, until])
            for index in again:
                connection.execute(index)
            connection.execute(f"VACUUM ANALYZE {table.name}")

    def _copies(self, table: Table) -> bytes:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        values = ", ".join(self._value(table, *column) for column in table.columns.items())
        rows = f"{table.name} src, generate_series(%s::int, %s::int) n"
        ids = ", ".join(map(str, table.ids))
        statement = f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {rows}"
        return f"{statement} WHERE src.id IN ({ids})".encode()

    def _value(self, table: Table, column: str, kind: str) -> str:
        if (unique := UNIQUE.get(f"{table.name}.{column}")) is not None:
            return unique
        if column == "id":
            return table.copied("id")
        if column in COPIED_TOO:
            return self.tables[COPIED_TOO[column]].copied(column)
        if kind == "timestamp with time zone":
            return f"src.\"{column}\" - (n + 1440) * interval '1 minute'"
        return f'src."{column}"'


QUICKLY = (
    "SET session_replication_role = replica",
    "SET maintenance_work_mem = '512MB'",
    "SET statement_timeout = 0",
)


def drop_indexes(connection: Connection, table: str) -> list[str]:
    """Returns how to make them again; those of constraints stay."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conname = indexname)", [table],
    ).fetchall()  # fmt: skip
    for name, _definition in found:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    return [definition for _name, definition in found]


def find_tables(connection: Connection, number: str) -> Iterator[Table]:
    """All that has rows of the order, which are copied."""
    ((order,),) = connection.execute(
        "SELECT id FROM orders_order WHERE number = %s", [number]
    ).fetchall()
    ((uuid,),) = connection.execute(
        "SELECT uuid::text FROM orders_payment WHERE order_id = %s", [order]
    ).fetchall()
    belonging = connection.execute(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'order_id' AND table_name LIKE 'orders_%'"
    ).fetchall()
    wheres = {name: f"order_id = {order}" for (name,) in belonging}
    wheres["orders_order"] = f"id = {order}"
    wheres["orders_stripeevent"] = f"payment_uuid = '{uuid}'"
    for name, where in wheres.items():
        rows = connection.execute(f"SELECT id FROM {name} WHERE {where} ORDER BY id".encode())
        if ids := [pk for (pk,) in rows.fetchall()]:
            yield Table(name, ids, last_id(connection, name), columns_of(connection, name))


def last_id(connection: Connection, table: str) -> int:
    """And room for new orders, which get the ids below the copies."""
    ((last,),) = connection.execute(f"SELECT max(id) FROM {table}".encode()).fetchall()
    return int(last) + 100_000


def columns_of(connection: Connection, table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            [table],
        ).fetchall()
    )
