"""Run with `python -m sandbox.inbox`; every flag can also be set by an environment variable."""

import argparse
import os

from sandbox.inbox.inbox import Inbox
from sandbox.server import run_until_signalled


def arguments() -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox.inbox", description=__doc__)
    parser.add_argument("--host", default=env("SANDBOX_INBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_INBOX_PORT", "8025")))
    parser.add_argument(
        "--smtp-port", type=int, default=int(env("SANDBOX_INBOX_SMTP_PORT", "8026"))
    )
    parser.add_argument("--data", default=env("SANDBOX_INBOX_DATA"), help="SQLite file")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    inbox = Inbox(host=given.host, smtp_port=given.smtp_port, port=given.port, data=given.data)
    print(f"Inbox on {inbox.url}, SMTP on port {inbox.smtp_port}", flush=True)
    run_until_signalled(inbox)


if __name__ == "__main__":
    main()
