"""The text part of a mail, folded to a readable width."""

import re
import textwrap

WIDTH = 74
STEP = re.compile(r"( *\d+\. | *)")  # a step hangs under its number, the rest under its indent


def folded(text: str) -> str:
    """Fold long lines; addresses stay whole, so that they can be opened."""
    lines = (line for raw in text.splitlines() for line in _fold(raw.rstrip()))
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n") + "\n"


def _fold(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    start = STEP.match(line)
    hang = " " * len(start[0]) if start else ""
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )
