"""Client of PELock's Radio Code Calculator Web API: one address, a form in, JSON out.

A request ends within SUPPLIER_LASTS, whatever the server does. Time-outs of single reads do not
ensure that, since an answer may arrive byte by byte, headers included. So the request is
asynchronous, and one timer can stop it anywhere. A calculation changes nothing at the supplier, so
requests without an answer are repeated.

The key and the serial are sent in the body, and appear in no log and no error.
"""

import asyncio
import json
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import IntEnum
from typing import Any

import httpx
from django.conf import settings

TRIES = 3
CONNECT_TIMEOUT = 5.0  # seconds
FIRST_PAUSE = 0.2  # seconds
SHORT = timedelta(seconds=2)  # of a Retry-After that we wait for
LARGEST = 64 * 1024  # bytes; a real answer has a few hundred
NO_LICENCE = {401, 402, 403}  # statuses that every order would get


class ErrorCode(IntEnum):
    """The "error" of a reply."""

    SUCCESS = 0
    WRONG_INPUT = 1
    UNKNOWN_COMMAND = 2
    UNKNOWN_MODEL = 3
    SERIAL_LENGTH = 4
    SERIAL_SHAPE = 5
    SERIAL_NOT_SUPPORTED = 6
    EXTRA_LENGTH = 7
    EXTRA_SHAPE = 8
    LICENCE = 100


class NoAnswerError(Exception):
    """The supplier gave no answer this time.

    `after`: how long it asked us to wait; `is_passing`: another try at once may succeed.
    """

    def __init__(self, why: str, after: timedelta | None = None, is_passing: bool = True) -> None:
        super().__init__(why)
        self.why, self.after = why, after
        self.is_passing = is_passing and (after or SHORT) <= SHORT


class BadAnswerError(Exception):
    """The answer does not follow the API. `for_all`: every request would get it."""

    def __init__(self, why: str, for_all: bool = False) -> None:
        super().__init__(why)
        self.why, self.for_all = why, for_all


def ask(command: str, **fields: str) -> dict[str, Any]:
    """Return the reply; its `error` is a number. Raises NoAnswerError and BadAnswerError."""
    form = {"key": settings.PELOCK_API_KEY, "command": command} | fields
    # in its own thread: the caller's may already have an event loop
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _ask_in_time(form)).result()


class _Resolvers(ThreadPoolExecutor):
    """Threads that resolve names: they cannot be stopped, so we do not wait for their end."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


async def _ask_in_time(form: Mapping[str, str]) -> dict[str, Any]:
    seconds = settings.SUPPLIER_LASTS.total_seconds()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_Resolvers())
    end = loop.time() + seconds
    try:
        async with asyncio.timeout_at(end):
            return await _ask_again(form, end)
    except TimeoutError:
        raise NoAnswerError(f"no whole answer within {seconds:g} s") from None


async def _ask_again(form: Mapping[str, str], end: float) -> dict[str, Any]:
    for tried in range(TRIES - 1):
        try:
            return await _ask_once(form)
        except NoAnswerError as error:
            pause = _pause(error, tried)
            if not error.is_passing or asyncio.get_running_loop().time() + pause >= end:
                raise
        await asyncio.sleep(pause)
    return await _ask_once(form)


def _pause(error: NoAnswerError, tried: int) -> float:
    """Return seconds, with jitter so that workers do not return at the same time."""
    asked = error.after.total_seconds() if error.after else 0.0
    jitter = random.uniform(0.5, 1.5)  # noqa: S311
    return asked + FIRST_PAUSE * (1 << tried) * jitter


async def _ask_once(form: Mapping[str, str]) -> dict[str, Any]:
    timeout = httpx.Timeout(
        settings.SUPPLIER_READ_LASTS.total_seconds(),
        connect=CONNECT_TIMEOUT,
    )
    # a small compressed answer may unpack to a huge one
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        async with (
            httpx.AsyncClient(timeout=timeout, follow_redirects=False, headers=headers) as client,
            client.stream("POST", settings.PELOCK_API_URL, data=form) as response,
        ):
            _check_status(response)
            return _read(await _body(response))
    except httpx.TransportError as error:  # its text may quote the request
        raise NoAnswerError(type(error).__name__) from None


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    why = f"HTTP {status}"
    if status == 429:
        raise NoAnswerError(why, _wait(response), is_passing=False)
    if status >= 500 or status == 408:
        raise NoAnswerError(why, _wait(response))
    if status != 200:
        raise BadAnswerError(why, for_all=status in NO_LICENCE)


def _wait(response: httpx.Response) -> timedelta | None:
    """Read Retry-After, which is seconds or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 7:
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(0), parsedate_to_datetime(text) - datetime.now(UTC))
    except (
        ValueError,
        TypeError,
        OverflowError,
    ):  # not a date, without a time zone, or out of range
        return None


async def _body(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LARGEST:
            raise BadAnswerError(f"more than {LARGEST // 1024} KiB")
    return body


def _read(body: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        raise BadAnswerError("no JSON") from None
    if not isinstance(reply, dict) or type(reply.get("error")) is not int:
        raise BadAnswerError("JSON without an error number")
    return reply
