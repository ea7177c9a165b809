"""SMTP or a mail provider, as the environment says: read anew by a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

READ = "import json, shop.settings as s; print(json.dumps([s.EMAIL_BACKEND, s.ANYMAIL]))"


def read(**environment: str) -> tuple[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", READ], capture_output=True, text=True, check=True,
        cwd=settings.BASE_DIR, env=os.environ | environment,
    )  # fmt: skip
    backend, anymail = json.loads(done.stdout)
    return backend, anymail


def test_without_a_provider_mails_go_by_smtp() -> None:
    backend, anymail = read(ANYMAIL_POSTMARK_SERVER_TOKEN="left-over")
    assert backend == "django.core.mail.backends.smtp.EmailBackend"
    assert "left-over" not in anymail.values()


def test_a_provider_has_its_keys_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file")
    backend, anymail = read(
        EMAIL_PROVIDER="postmark", ANYMAIL_POSTMARK_SERVER_TOKEN_FILE=str(file),
        ANYMAIL_POSTMARK_MESSAGE_STREAM="codes", ANYMAIL_DEBUG_API_REQUESTS="true",
        ANYMAIL_MAILGUN_API_KEY="another", MAIL_WEBHOOK_SECRET="mails:new,mails:old",
    )  # fmt: skip
    assert backend == "anymail.backends.postmark.EmailBackend"
    assert anymail["POSTMARK_SERVER_TOKEN"] == "from-a-file"
    assert anymail["POSTMARK_MESSAGE_STREAM"] == "codes"
    assert anymail["WEBHOOK_SECRET"] == ["mails:new", "mails:old"]
    assert not {"DEBUG_API_REQUESTS", "MAILGUN_API_KEY"} & set(anymail)
