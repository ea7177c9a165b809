"""Django's commands with the settings and the database of the demo: make manage ARGS="shell"."""

import os
import sys

from sandbox.demo.addresses import ROOT, environment


def main() -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]]
    os.execve(sys.executable, command, environment())  # noqa: S606


if __name__ == "__main__":
    main()
