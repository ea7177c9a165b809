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


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_how_urgent_it_is_what_is_wrong_and_where_it_is_written(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"]["severity"] in {"page", "ticket"} and rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    section = GUIDE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    assert len(section.strip().splitlines()) >= 2 and "`" in section, f"### {name}"


@pytest.mark.parametrize("name", RULES)
def test_an_expression_is_whole(name: str) -> None:
    depth: list[str] = []
    pairs = {")": "(", "}": "{", "]": "["}
    tokens = parts(RULES[name]["expr"])
    for token in tokens:
        if token[0] in pairs.values():
            depth.append(token[0])
        elif token[0] in pairs:
            assert depth.pop() == pairs[token[0]]
    assert depth == []
    called = set(re.findall(r"(\w+)\s*(?:by \([^)]*\)\s*)?\(", RULES[name]["expr"]))
    assert called - WORDS <= FUNCTIONS


@pytest.mark.parametrize("kind", Alert.Kind)
def test_what_the_shop_mails_to_staff_is_written_as_well(kind: str) -> None:
    assert f"\n### Mailed: {Alert.Kind(kind).label}\n" in GUIDE


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
    """A row for each metric that is only told when there is one."""
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
