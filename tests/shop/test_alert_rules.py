"""The rules for Prometheus fit what we tell it, and each leads to what there is to do.

Expressions are read as far as their parts and brackets; Prometheus's own promtool reads and tries
them where it is installed: make check-alerts, tools/operations/alerts.yml.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from orders.models import (
    Alert,
    Attempt,
    Email,
    LastRun,
    Licence,
    LicenceStatus,
    Mail,
    Outcome,
    StepFailure,
    StripeEvent,
)
from tests.steps.factories import make_order

ROOT = Path(__file__).parent.parent.parent
GUIDE = (
    (ROOT / "docs/operations.md").read_text().partition("\n## What to do when an alert fires")[2]
)
GROUPS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
RULES = {rule["alert"]: rule for rule in GROUPS[0]["rules"]}
FUNCTIONS = {"histogram_quantile", "increase", "max", "min", "rate", "sum", "time"}
WORDS = {"and", "by", "or", "unless", "without"}
TOKEN = re.compile(
    r"\s+|(?P<name>[a-zA-Z_]\w*)|(?P<text>\"[^\"]*\")|\d+(\.\d+)?[smhd]?|[=!]~|[=!<>]=|[-+*/<>=,(){}\[\]]"
)


def parts(expression: str) -> list[re.Match[str]]:
    """Its tokens, or an error where something is none."""
    found, at = [], 0
    while at < len(expression):
        token = TOKEN.match(expression, at)
        assert token, f"not understood: {expression[at:]}"
        found.append(token)
        at = token.end()
    return found


def selectors(expression: str) -> dict[str, set[str]]:
    """Its metrics, each with the labels that it is asked for."""
    found = re.findall(
        r"\b([a-z]\w*)(?:\{([^}]*)\})?(?![\w(])", re.sub(r"by \([^)]*\)", "", expression)
    )
    return {
        name: set(re.findall(r"(\w+)\s*[=!]", labels))
        for name, labels in found
        if name.startswith("shop_") or labels
    }


def says_what_to_do(name: str) -> bool:
    """How urgent it is, what is wrong, and where that is written."""
    rule = RULES[name]
    section = GUIDE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    return (
        rule["labels"]["severity"] in {"page", "ticket"}
        and bool(rule["annotations"]["summary"])
        and rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        and len(section.strip().splitlines()) >= 2
        and "`" in section
    )


def test_every_rule_says_what_to_do() -> None:
    assert [name for name in RULES if not says_what_to_do(name)] == []


def brackets_are_closed(expression: str) -> bool:
    depth: list[str] = []
    pairs = {")": "(", "}": "{", "]": "["}
    for token in parts(expression):
        if token[0] in pairs.values():
            depth.append(token[0])
        elif token[0] in pairs and (not depth or depth.pop() != pairs[token[0]]):
            return False
    return not depth


def test_every_expression_is_whole() -> None:
    assert [name for name, rule in RULES.items() if not brackets_are_closed(rule["expr"])] == []


def test_every_function_is_one_of_prometheus() -> None:
    called = {
        name
        for rule in RULES.values()
        for name in re.findall(r"(\w+)\s*(?:by \([^)]*\)\s*)?\(", rule["expr"])
    }
    assert called - WORDS <= FUNCTIONS


def test_what_the_shop_mails_to_staff_is_written_as_well() -> None:
    mailed = [Alert.Kind(kind).label for kind in Alert.Kind]
    assert [label for label in mailed if f"\n### Mailed: {label}\n" not in GUIDE] == []


@pytest.mark.django_db
def test_all_that_the_rules_ask_for_is_told(client: Client) -> None:
    fill_the_shop()
    client.get("/search/")
    told: dict[str, set[str]] = {"up": {"job"}}  # Prometheus's own
    for family in text_string_to_metric_families(client.get("/metrics").content.decode()):
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    asked = [pair for rule in RULES.values() for pair in selectors(rule["expr"]).items()]
    assert len(asked) >= len(RULES)
    assert [(name, labels) for name, labels in asked if not labels <= told.get(name, set())] == []
    assert [name for name, _labels in asked if name not in told] == []


def fill_the_shop() -> None:
    """A row for each metric that is only shown when there is one."""
    now: Any = timezone.now()
    order = make_order(status="with_staff", deadline_at=now + timedelta(hours=1))
    order.history.create(subject="order", subject_id=order.pk, move="ready", status="ready")
    Attempt.objects.create(
        order=order, source="supplier", outcome=Outcome.FOUND, duration_ms=1, started_at=now
    )
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to="a@b.example").bounce("unknown")
    StripeEvent.objects.create(stripe_id="evt_1", is_live=False, due_at=now)
    Licence.objects.create(pk=1, status=LicenceStatus.ACTIVE, ends_on=now.date())
    LastRun.note(LastRun.SWEEP)
    StepFailure.note("watch_desk")
