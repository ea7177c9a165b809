"""The programs of the audit. Lighthouse and the HTML checker are npm packages, pinned beside this
file; Node.js, Java and Chromium are Debian's."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules"
PROGRAMS = {
    "node": "Node.js: apt-get install -y nodejs",
    "npm": "npm, which comes with Node.js or as Debian's package npm",
    "java": "Java, 17 or newer: apt-get install -y openjdk-17-jre-headless",
    "chromium": "Chromium: apt-get install -y --no-install-recommends chromium",
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class CannotRunError(Exception):
    """Why nothing can be said of a page, in words for the one who started the audit."""


@dataclass(frozen=True)
class Tools:
    chromium: str
    lighthouse: list[str]
    html_checker: list[str]


def tools() -> Tools:
    missing = [hint for program, hint in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        raise CannotRunError("\n  ".join(["These are missing:", *missing]))
    install_packages()
    return Tools(
        chromium=shutil.which("chromium") or "",
        lighthouse=["node", str(PACKAGES / "lighthouse" / "cli" / "index.js")],
        html_checker=["java", "-jar", str(PACKAGES / "vnu-jar" / "build" / "dist" / "vnu.jar")],
    )


def module(name: str) -> list[str]:
    """A tool that is installed beside this Python, and needs no PATH to be found."""
    return [sys.executable, "-m", name]


def install_packages() -> None:
    """As the lock file has them; only if they are not there yet, since it takes a minute."""
    installed, wanted = PACKAGES / ".package-lock.json", HERE / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        return
    print("Installing Lighthouse and the HTML checker", flush=True)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE)


def run(command: list[str], **options: object) -> str:
    """Its output; an error is passed on as the tool words it."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
            **options,  # type: ignore[call-overload]
        )
    except subprocess.CalledProcessError as error:
        said = str(error.stderr or error.stdout).strip()[-2000:]
        raise CannotRunError(f"{command[0]} failed with {error.returncode}:\n{said}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotRunError(f"{command[0]} did not end within ten minutes.") from error
    return str(done.stdout)
