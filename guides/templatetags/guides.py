import json
from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from guides.structured_data import structured_data

register = template.Library()
NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


@register.filter
def at(mapping: Mapping[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.") or address


@register.filter
def is_unsure(row: Any, unsure: Container[str]) -> bool:
    """Whether something that the row rests on is known from one weak account only."""
    return any(key in unsure for key in row.facts)


LABEL_SERIAL, LABEL_OTHER = "S/N [BP1234 5678 9012]", "7 612 830 123"
LEFT, LETTER = 54, 8  # of the label's drawing


@register.filter
def label_line(pictures: Mapping[str, str] | str | None) -> dict[str, Any]:
    """Where the parts of a label's line are drawn; the part in brackets is the serial."""
    shown = pictures or {}
    assert not isinstance(shown, str)
    line = shown.get("label_serial") or LABEL_SERIAL
    other = shown.get("label_other", "") if shown.get("label_serial") else LABEL_OTHER
    before, _bracket, rest = line.partition("[")
    serial, _bracket, after = rest.partition("]")
    x, parts = LEFT, []
    for text in (before, serial, after):
        width = len(text) * LETTER
        if text.strip():
            parts.append({"text": text.strip(), "x": x, "width": len(text.strip()) * LETTER})
        x += width
    return {
        "serial": serial,
        "parts": parts,
        "mark_x": LEFT + len(before) * LETTER - 3,
        "mark_width": len(serial) * LETTER + 6,
        "other": other,
        "other_width": len(other) * LETTER,
    }


@register.simple_tag(takes_context=True)
def data_block(context: Context) -> SafeString:
    """JSON-LD. A block of data is not run, so the policy on scripts has nothing against it."""
    guide, crumbs, offer = (context.get(name) for name in ("guide", "crumbs", "offer"))
    data = structured_data(guide, crumbs or [], offer)
    text = json.dumps(data, ensure_ascii=False).translate(NO_MARKUP)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.filter
def blocks(body: str) -> list[tuple[str, str]]:
    """A legal text in parts: headings (lines starting with #), points (with -), and paragraphs."""
    found: list[tuple[str, str]] = []
    for paragraph in body.replace("\r\n", "\n").split("\n\n"):
        for line in paragraph.strip().split("\n"):
            if line.startswith("#"):
                found.append(("heading", line.lstrip("# ")))
            elif line.startswith("- "):
                found.append(("point", line.removeprefix("- ")))
            elif found and found[-1][0] != "heading" and not paragraph.strip().startswith(line):
                found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
            elif line:
                found.append(("text", line))
    return found
