from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from guides.loading.guides import load_guides
from tests.steps.guide_files import write_acme


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff"))
    return client


@pytest.fixture
def acme(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])
