"""What logs must not hold: the secret part of an order's link, and query strings."""

import logging
import re

_ORDER_LINK = re.compile(r"(/orders/[A-Za-z0-9-]+/)[^/\s\"'?#<>]{8,}")


def mask(text: str) -> str:
    """Cut the token out of every order link in a text: `/orders/RC-7K3D-92QF/***/`."""
    return _ORDER_LINK.sub(r"\1***", text)


class MaskingFormatter(logging.Formatter):
    """Masks the finished text, so that a traceback or a library's own line is masked as well."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
