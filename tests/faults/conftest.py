from collections.abc import Iterator

import pytest

from sandbox.inbox import Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running
