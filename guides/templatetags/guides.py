import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from guides.models import Confidence, Fact
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
def known(keys: Iterable[str], facts: Mapping[str, Fact]) -> list[Fact]:
    """The facts that a row names."""
    return [facts[key] for key in keys if key in facts]


@register.filter
def sureness(facts: Fact | Iterable[Fact]) -> str:
    """How well a row is known: as well as its weakest fact, and from the car's maker only if all of
    it is. What is well sourced needs no word."""
    facts = [facts] if isinstance(facts, Fact) else list(facts)
    levels = {fact.confidence for fact in facts}
    if Confidence.LOW in levels:
        return _("Weakly sourced: we could not confirm it.")
    if facts and all(fact.is_from_maker for fact in facts):
        return _("From a manufacturer's manual.")
    if Confidence.MEDIUM in levels:
        return _("From one source.")
    return ""


@register.simple_tag(takes_context=True)
def data_block(context: Context) -> SafeString:
    """JSON-LD. A block of data is not run, so the policy on scripts has nothing against it."""
    guide, crumbs, questions, offer = (
        context[name] for name in ("guide", "crumbs", "questions", "offer")
    )
    data = structured_data(guide, crumbs, questions, offer)
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
