"""Checks the settings before web, worker and beat start."""

import ctypes
import sys

import django
from django.core.checks import ERROR, CheckMessage, run_checks

PR_SET_DUMPABLE = 4


def hide_from_other_processes() -> None:
    """Refuse other processes of the same user this one's memory and environment, with its keys.

    Children inherit it until they start another program. Linux only.
    """
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def stop_unless_configured() -> None:
    """Print the errors that `manage.py check` shows, and exit.

    `manage.py` runs the system checks by itself; gunicorn and Celery do not.
    """
    django.setup()
    errors = [
        message for message in run_checks() if message.level >= ERROR and not message.is_silenced()
    ]
    if errors:
        sys.stderr.write(report(errors))
        sys.stderr.flush()
        # 78 is EX_CONFIG: systemd's RestartPreventExitStatus can name it.
        raise SystemExit(78)


def report(errors: list[CheckMessage]) -> str:
    lines = [f"The shop does not start: {len(errors)} checks failed."]
    for error in errors:
        lines.append(f"{error.id}: {error.msg}")
        if error.hint:
            lines.append(f"    {error.hint}")
    return "\n".join(lines) + "\n"
