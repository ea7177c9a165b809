"""PELock's Radio Code Calculator Web API: one address, a form in, JSON out.

A question ends within SUPPLIER_LASTS, whatever the other side does. Time-outs of single reads do
not see to that, since an answer may drip byte by byte, its headers too; so the talk is
asynchronous, which lets one clock stop it anywhere. A calculation changes nothing over there, so
that what got no answer is asked again.

The key and the serial travel in the body, and stand in no log and no error.
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
SHORT = timedelta(seconds=2)  # asked to wait no longer than that, we wait
LARGEST = 64 * 1024  # bytes; a real answer has a few hundred
NO_LICENCE = {401, 402, 403}  # statuses that no order gets past


class Told(IntEnum):
    """The "error" of an answer."""

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


class TroubleError(Exception):
    """No answer this time. `after`: how long we were asked to wait; `is_passing`: worth another
    try at once."""

    def __init__(self, why: str, after: timedelta | None = None, is_passing: bool = True) -> None:
        super().__init__(why)
        self.why, self.after = why, after
        self.is_passing = is_passing and (after or SHORT) <= SHORT


class NonsenseError(Exception):
    """An answer, but none in the API's language. `for_all`: no question gets another."""

    def __init__(self, why: str, for_all: bool = False) -> None:
        super().__init__(why)
        self.why, self.for_all = why, for_all


def ask(command: str, **fields: str) -> dict[str, Any]:
    """What the API says, `error` being a number. Raises TroubleError and NonsenseError."""
    form = {"key": settings.PELOCK_API_KEY, "command": command} | fields
    # in a thread of its own: the caller's may have an event loop already
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _ask_in_time(form)).result()


class _Resolvers(ThreadPoolExecutor):
    """Threads that ask a name server, which nothing stops: where it is silent, nobody waits for
    their end."""

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
        raise TroubleError(f"no whole answer within {seconds:g} s") from None


async def _ask_again(form: Mapping[str, str], end: float) -> dict[str, Any]:
    for tried in range(TRIES - 1):
        try:
            return await _ask_once(form)
        except TroubleError as trouble:
            pause = _pause(trouble, tried)
            if not trouble.is_passing or asyncio.get_running_loop().time() + pause >= end:
                raise
        await asyncio.sleep(pause)
    return await _ask_once(form)


def _pause(trouble: TroubleError, tried: int) -> float:
    """In seconds; with jitter, lest all workers come back together."""
    told = trouble.after.total_seconds() if trouble.after else 0.0
    jitter = random.uniform(0.5, 1.5)  # noqa: S311
    return told + FIRST_PAUSE * (1 << tried) * jitter


async def _ask_once(form: Mapping[str, str]) -> dict[str, Any]:
    timeout = httpx.Timeout(
        settings.SUPPLIER_READ_LASTS.total_seconds(),
        connect=CONNECT_TIMEOUT,
    )
    # unpacked, a small answer may become a huge one
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        async with (
            httpx.AsyncClient(timeout=timeout, follow_redirects=False, headers=headers) as client,
            client.stream("POST", settings.PELOCK_API_URL, data=form) as response,
        ):
            _look_at_status(response)
            return _read(await _body(response))
    except httpx.TransportError as error:  # its text may hold what was sent
        raise TroubleError(type(error).__name__) from None


def _look_at_status(response: httpx.Response) -> None:
    status = response.status_code
    why = f"HTTP {status}"
    if status == 429:
        raise TroubleError(why, _wait(response), is_passing=False)
    if status >= 500 or status == 408:
        raise TroubleError(why, _wait(response))
    if status != 200:
        raise NonsenseError(why, for_all=status in NO_LICENCE)


def _wait(response: httpx.Response) -> timedelta | None:
    """Retry-After: seconds, or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 7:
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(0), parsedate_to_datetime(text) - datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone, or of no year
        return None


async def _body(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LARGEST:
            raise NonsenseError(f"more than {LARGEST // 1024} KiB")
    return body


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise NonsenseError("no JSON") from None
    if not isinstance(told, dict) or type(told.get("error")) is not int:
        raise NonsenseError("JSON without an error number")
    return told
