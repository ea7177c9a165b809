"""A Debian machine to throw away: what is written on it lies in memory, over a file system that
is only read. It has processes, a network and a systemd of its own, and ends with who started it.
"""

import ctypes
import fcntl
import glob
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# How this machine reaches Debian's and Python's packages: the other one goes the same way.
PASSED_ON = (
    "PIP_",
    "SSL_CERT_",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTP",
    "http",
    "NO_PROXY",
)
FOUND_IN = (
    "/etc/resolv.conf",
    "/etc/pip.conf",
    os.path.expanduser("~root/.config/pip/pip.conf"),
    "/etc/ssl/certs/ca-certificates.crt",
    # Debian's package of authorities makes the list anew, out of its own and of what lies here
    *glob.glob("/usr/local/share/ca-certificates/*.crt"),
)
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
BOOT = """
set -eu
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 none sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
[ ! -d /opt ] || mount --bind -o ro /opt opt
pivot_root . mnt
umount --lazy /mnt
exec env -i container=throwaway PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
"""


class Machine:
    """Needs a mount namespace of its own, and `outside`: a file of the network that has packages.
    The process that makes it gives up that network, and shares the machine's."""

    def __init__(self, base: str, outside: int) -> None:
        self._outside = outside
        passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        self._environment = ENVIRONMENT | passed
        self._folder = tempfile.mkdtemp(prefix="machine-")
        self.root = Path(self._folder) / "root"
        lower = Path(base).resolve()
        sh("mount", "--make-rprivate", "/")
        sh("mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "machine", self._folder)
        for name in ("changed", "work", "root"):
            (Path(self._folder) / name).mkdir()
        layers = f"lowerdir={lower},upperdir={self._folder}/changed,workdir={self._folder}/work"
        sh("mount", "-t", "overlay", "-o", layers, "machine", str(self.root))
        for name in FOUND_IN:
            if Path(name).exists() and lower != Path("/"):
                target = self.root / name.removeprefix("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(name, target)
        # images for containers say by it that no package may start what it brings
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        self._make_sure_of_systemd()
        self._leave_the_network()
        self._boot()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self._init.kill()
        self._init.wait()
        # the mounts end with this process's namespace
        sh("umount", "--recursive", "--lazy", self._folder)
        os.rmdir(self._folder)

    def run(self, commands: str, *, fetches: bool = False) -> str:
        """As root, in one shell that stops at the first that fails. Returns what they print."""
        network = [f"--net=/proc/self/fd/{self._outside}"] if fetches else []
        done = subprocess.run(
            [*self._inside(*network), "bash", "-euo", "pipefail", "-c", commands],
            env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, pass_fds=[self._outside], check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{done.stdout[-6000:]}\nThis failed ({done.returncode}):\n{commands}")
        return done.stdout

    def talk(self, command: str, answers: dict[str, str]) -> None:
        """At a terminal, as an operator would: each answer once its question is there."""
        ours, theirs = os.openpty()
        waiting = list(answers.items())
        said = ""
        with subprocess.Popen(
            ["setsid", "--ctty", "--wait", *self._inside(), "bash", "-c", command],
            env=self._environment, stdin=theirs, stdout=theirs, stderr=theirs,
        ) as talk:  # fmt: skip
            os.close(theirs)
            with suppress(OSError):  # it hangs up
                while heard := os.read(ours, 4096):
                    said += heard.decode()
                    if waiting and waiting[0][0] in said:
                        said = said.partition(waiting[0][0])[2]
                        os.write(ours, waiting.pop(0)[1].encode() + b"\n")
        os.close(ours)
        if talk.returncode or waiting:
            raise SystemExit(f"{said}\nThis failed ({talk.returncode}): {command}")

    def _inside(self, *more: str) -> list[str]:
        spaces = ("--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", *more)
        return ["nsenter", f"--target={self._pid}", *spaces]

    def write(self, path: str, text: str) -> None:
        file = self.root / path.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, path: str) -> str:
        return (self.root / path.removeprefix("/")).read_text()

    # ------------------------------------------------------------------ its start
    def _make_sure_of_systemd(self) -> None:
        """A Debian machine has one; an image for containers has not."""
        if (
            not (self.root / "sbin/init").exists()
            or not (self.root / "usr/bin/dbus-daemon").exists()
        ):
            install = "apt-get update -qq && apt-get install -qq --yes --no-install-recommends"
            subprocess.run(
                ["nsenter", f"--net=/proc/self/fd/{self._outside}", "chroot", str(self.root),
                 "sh", "-c", f"{install} systemd-sysv dbus"],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[self._outside], check=True,
            )  # fmt: skip

    def _leave_the_network(self) -> None:
        """For one that has nothing but a loopback, so that no port is taken by anybody else."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x40000000):  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "no network of its own")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            up = struct.pack("16sh14x", b"lo", 0x1)  # IFF_UP
            fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS

    def _boot(self) -> None:
        self._init = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--uts", "--ipc",
             "sh", "-c", BOOT, "boot", str(self.root)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + 30
        while time.monotonic() < end:
            children = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text()
            self._pid = children.strip()
            if self._pid and Path(f"/proc/{self._pid}/comm").read_text().strip() in (
                "init",
                "systemd",
            ):
                state = "systemctl is-system-running || true"
                if self.run(state).strip() in ("running", "degraded"):
                    return
            time.sleep(0.1)
        os.killpg(self._init.pid, signal.SIGKILL)
        raise SystemExit("The machine's systemd does not start.")


def sh(*command: str) -> None:
    subprocess.run(command, check=True)
