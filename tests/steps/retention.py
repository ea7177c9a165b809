"""What holds after retention has run."""

from datetime import timedelta

from orders.invariants import find_violations
from orders.payments.reconcile import reconcile


def assert_books_agree() -> None:
    """No invariant is broken, and our payments are those that Stripe has."""
    assert list(find_violations(timedelta(0))) == []
    report = reconcile(4 * 366)
    assert report.is_clean and report.compared["payments"] > report.learned["payments"] == 0
