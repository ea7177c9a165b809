"""Django's own page for a fault, without what the fault was about.

It is shown while DEBUG is on, to whoever asks; and whatever hands on a report of an exception makes
the same one. It would print every local variable, the form, the cookies, the address and what the
exception says, which quotes rows. What is left leads to the fault: its kind, and the lines that it
came by.
"""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from shop.observability.logs import words_of


class KindsOnly(SafeExceptionReporterFilter):
    # beside Django's: addresses that hold a password
    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|URL|DSN|DATABASES|SELLER|EMAIL", re.I
    )

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Of each variable what it is, not what it holds."""
        return {name: type(value) for name, value in tb_frame.f_locals.items()}.items()


class BareReporter(ExceptionReporter):
    def __init__(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(None, *args, **kwargs)
        self.filter = KindsOnly()
        # lines of the template, with a message that repeats the exception
        self.template_info = None

    def get_traceback_data(self) -> dict[str, Any]:
        data = super().get_traceback_data()
        if self.exc_value:
            data["exception_value"] = words_of(self.exc_value)
        return data | {"unicode_hint": "", "exception_notes": ""}

    def get_exception_traceback_frames(self, *args: Any, **kwargs: Any) -> Any:
        for frame in super().get_exception_traceback_frames(*args, **kwargs):
            cause = frame["exc_cause"]
            yield frame | {"exc_cause": cause and type(cause).__name__}
