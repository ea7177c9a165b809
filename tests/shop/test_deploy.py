"""What is written down for production: units for systemd, containers, and the guide's commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from orders.tasks import reconcile
from sandbox.demo.addresses import read_settings
from tests.steps.settings_files import names_read
from tools.operations.guide import blocks

ROOT = settings.BASE_DIR
UNITS = ROOT / "deploy/systemd"
PROCESSES = "2"  # of a worker, as its unit says


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def unit(name: str) -> str:
    return (UNITS / name).read_text()


def command(name: str, queue: str = "") -> str:
    """Of a unit, from Python on, as systemd would run it."""
    line: str
    [line] = re.findall(r"^ExecStart=\S+/python (.+)$", unit(name), re.MULTILINE)
    words = {"%%h": "%h", "%i": queue, "${PROCESSES}": PROCESSES}
    for word, meaning in words.items():
        line = line.replace(word, meaning)
    return line


def queues() -> set[str]:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return routed | {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_containers_run_the_commands_of_the_units() -> None:
    services = compose()["services"]
    for queue in queues():
        assert services[queue]["command"] == "python " + command("encore-worker@.service", queue)
    assert services["beat"]["command"] == "python " + command("encore-beat.service")
    [words] = re.findall(r"^CMD (\[.+\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    words_kept = [word for word in yaml.safe_load(words) if not word.startswith("--bind")]
    assert shlex.join(words_kept) == "python " + command("encore-web.service")


def test_each_queue_has_workers_of_its_own() -> None:
    """Slow mail must not keep a code waiting, nor the hourly comparison the sweep."""
    [started] = [line for block in blocks("install") for line in block.commands.splitlines()
                 if line.startswith("systemctl enable --now")]  # fmt: skip
    assert set(re.findall(r"encore-worker@(\w+)", started)) == queues()
    assert f"Environment=PROCESSES={PROCESSES}\n" in unit("encore-worker@.service")
    # why one process is too few
    assert (reconcile.time_limit or 0) > settings.SWEEP_EVERY.total_seconds()


def test_a_worker_may_finish_its_task_when_it_is_stopped() -> None:
    [seconds] = re.findall(r"TimeoutStopSec=(\d+)", unit("encore-worker@.service"))
    assert int(seconds) > settings.CELERY_TASK_TIME_LIMIT
    for queue in queues():
        assert compose()["services"][queue]["stop_grace_period"] == f"{seconds}s"


def test_every_setting_that_is_named_for_production_exists() -> None:
    named = set(re.findall(r"^ +-e \"s\|\^(\w+)=", (ROOT / "docs/operations.md").read_text(), re.M))
    for file in ENVIRONMENTS:
        named |= set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / file).read_text(), re.M))
    named |= set(compose()["x-shop"]["environment"])
    assert named and named <= names_read()


ENVIRONMENTS = ("web.env", "worker.env", "keyless.env")
BY_SMTP = {"EMAIL_URL": "smtp://localhost:25"}
BY_PROVIDER = {
    "EMAIL_URL": "", "EMAIL_PROVIDER": "postmark", "ANYMAIL_POSTMARK_SERVER_TOKEN": "invented",
    "MAIL_WEBHOOK_SECRET": "user:0123456789abcdef",
}  # fmt: skip
KEYS = {"shop.E001", "shop.E010", "shop.E013", "shop.E020", "shop.E022"}


@pytest.mark.parametrize(("file", "mail", "missed"), [
    ("web.env", BY_SMTP, {"shop.E030"}),
    ("worker.env", BY_PROVIDER, {"shop.E013", "shop.E035"}),
    ("keyless.env", BY_SMTP, KEYS | {"shop.E030"}),
    ("keyless.env", BY_PROVIDER, KEYS | {"shop.E035"}),
])  # fmt: skip
def test_only_the_checks_of_withheld_secrets_are_silenced(
    file: str, mail: dict[str, str], missed: set[str]
) -> None:
    withheld = read_settings(ROOT / "deploy" / file)
    silenced = set(withheld.pop("SILENCED_SYSTEM_CHECKS").split(","))
    environment = read_settings(ROOT / "tests/production.env") | mail | withheld
    assert set(refused(environment)) == missed
    assert silenced - {"shop.E030", "shop.E035"} <= missed <= silenced


def refused(environment: dict[str, str]) -> list[str]:
    """The checks that keep a process with these settings from starting."""
    code = "from shop.start import stop_unless_configured; stop_unless_configured()"
    kept = {name: os.environ[name] for name in ("PATH", "DJANGO_SETTINGS_MODULE")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=kept | environment, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in (0, 78), done.stderr
    return re.findall(r"^(\w+\.E\d+): ", done.stderr, re.MULTILINE)


SECRETS = {
    "SECRET_KEY", "CODE_KEYS", "HASH_KEYS", "EMAIL_URL", "MAIL_WEBHOOK_SECRET", "PELOCK_API_KEY",
    "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
}  # fmt: skip


def test_a_service_gets_the_secrets_that_it_needs_and_no_others() -> None:
    given = {
        name: SECRETS - {key for key, value in read_settings(ROOT / "deploy" / name).items()
                         if not value}
        for name in ENVIRONMENTS
    }  # fmt: skip
    assert given == {
        "web.env": SECRETS - {"EMAIL_URL"},
        "worker.env": SECRETS - {"STRIPE_WEBHOOK_SECRET", "MAIL_WEBHOOK_SECRET"},
        "keyless.env": set(),
    }
    services = {
        "encore-web.service": "web.env", "encore-worker@.service": "worker.env",
        "encore-beat.service": "keyless.env", "encore-backup.service": "keyless.env",
    }  # fmt: skip
    for name, file in services.items():
        read = re.findall(r"^EnvironmentFile=(.+)$", unit(name), re.MULTILINE)
        assert read == ["/etc/encore.env", f"/srv/encore/current/deploy/{file}"]
    containers = compose()["services"]
    for name in ("web", "beat", *queues()):
        file = services[
            f"encore-{name}.service" if name not in queues() else "encore-worker@.service"
        ]
        assert containers[name]["env_file"] == ["encore.env", f"deploy/{file}"]
    assert "env_file" not in containers["db"] | containers["redis"] | containers["proxy"]
    assert "postgres:" not in containers["beat"]["environment"]["DATABASE_URL"]


def test_no_container_has_rights_that_it_does_not_need() -> None:
    rights = {"proxy": ["NET_BIND_SERVICE"]}
    for name, service in compose()["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == rights.get(name, []), name


def test_images_have_exact_versions() -> None:
    named = [service["image"] for service in compose()["services"].values()]
    named += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    foreign = {image for image in named if not image.startswith("encore:")}
    assert len(foreign) == 4
    for image in foreign:
        assert re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?(-[a-z-]+)?", image)


def test_every_path_that_units_and_guide_name_is_there() -> None:
    text = "".join(file.read_text() for file in UNITS.rglob("*") if file.is_file())
    text += "".join(block.commands for name in SECTIONS for block in blocks(name))
    paths = set(re.findall(r"/srv/encore/(?:current|source|releases/[\w.]+)/([\w./-]+)", text))
    for path in paths - {".venv/bin/python"}:
        assert (ROOT / path).exists(), path


SECTIONS = ("install", "backup", "rehearsal", "upgrade", "rollback", "restore", "staff", "limits")


def test_the_guide_installs_the_editor_that_it_uses() -> None:
    """An empty Debian has none. Nor may the user postgres enter the folder of root."""
    guide = (ROOT / "docs/operations.md").read_text()
    [installed] = re.findall(r"apt-get install --yes (git .+)", guide)
    editors = set(re.findall(r"`(\w+) /etc/encore\.env`", guide))
    assert editors and editors <= set(installed.split())
    assert guide.index("cd /  #") < guide.index("runuser -u postgres")


def test_the_scripts_and_the_guides_commands_are_shell() -> None:
    scripts = [ROOT / "deploy" / name for name in ("encore", "release", "switch")]
    texts = [script.read_text() for script in [*scripts, ROOT / ".ci/operations"]]
    for text in texts + [block.commands for name in SECTIONS for block in blocks(name)]:
        done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
        assert not done.returncode, (done.stderr, text)


@pytest.mark.parametrize(
    "rest",
    ["//encore@/{}?host=/run/postgresql", "//encore:pw@10.0.0.1:5432/{}", "//u@[::1]/{}?a=b"],
)
def test_a_restored_database_is_named_whatever_the_address_is_like(rest: str) -> None:
    """The old one's name, with or without what stands behind it, gives way to the new one's."""
    text = "".join(block.commands for block in blocks("restore"))
    [expression] = re.findall(r'^sed .*"(s\|.*)" /etc/encore.env$', text, re.MULTILINE)
    assert renamed(expression.replace("$restored", "new"), rest) == rest.format("new")


def renamed(expression: str, rest: str) -> str:
    line = "DATABASE_URL=postgres:" + rest.format("encore_20261122_030000")
    command = ["sed", "--regexp-extended", expression]
    done = subprocess.run(command, input=line, text=True, capture_output=True, check=True)
    return done.stdout.removeprefix("DATABASE_URL=postgres:")


def test_cron_finds_what_the_command_calls() -> None:
    """It looks in /usr/bin and /bin alone: an operator may have it run `encore sweep`."""
    lines = (ROOT / "deploy/encore").read_text().splitlines()
    commands = "\n".join(line for line in lines if line[:1] != "#")
    called = set(re.findall(r"(?<![\w./-])[a-z]\w+", commands))
    seen, unseen = (
        {file.name for file in Path(folder).iterdir()} for folder in ("/usr/bin", "/usr/sbin")
    )
    assert {"dirname", "readlink"} <= called & seen
    assert not called & (unseen - seen)


def test_the_nightly_backup_writes_to_the_folder_that_the_guide_makes() -> None:
    """All else is read-only for it, and this folder is so for the web."""
    text = "".join(block.commands for block in blocks("backup"))
    [made] = re.findall(r"^install .* (/\S+)$", text, re.MULTILINE)
    [named] = re.findall(r"BACKUP_DIR=(/[\w/]+)", text)
    service = unit("encore-backup.service")
    assert f"\nReadWritePaths=-{made}\n" in service and named == made
    assert command("encore-backup.service") == "manage.py backup"
    assert "systemctl enable --now encore-backup.timer" in text
    for file in UNITS.rglob("*"):
        if file.is_file() and file.name != "encore-backup.service":
            assert "ReadWritePaths" not in file.read_text()


def test_systemd_brings_back_all_but_the_backup() -> None:
    """A service that runs once must not have it: systemd would refuse the unit."""
    for name in ("encore-web.service", "encore-worker@.service", "encore-beat.service"):
        assert "\nRestart=always\n" in unit(name)
    assert "\nType=oneshot\n" in unit("encore-backup.service")
    for name in ("encore-backup.service", "encore-.service.d/common.conf"):
        assert "\nRestart=" not in unit(name)


def test_a_process_that_the_kernel_ends_for_its_memory_ends_no_service() -> None:
    for name in ("encore-web.service", "encore-worker@.service"):
        assert "\nOOMPolicy=continue\n" in unit(name)


def test_nothing_secret_gets_into_the_image() -> None:
    kept = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {line[1:] for line in kept} == set(copied)
    assert all(Path(ROOT / name).exists() for name in copied)
    assert "USER encore" in (ROOT / "Dockerfile").read_text()


# ------------------------------------------------------------------ what deploy/release takes
class Source:
    """A clone as on the shop's machine, of a repository with a commit to release."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signers = folder / "etc/encore.signers"
        self.signers.parent.mkdir()
        self.git("init", "--quiet", "origin")
        self.git("-C", "origin", "commit", "--quiet", "--allow-empty", "--message=First")
        self.commit = self.git("-C", "origin", "rev-parse", "HEAD").strip()
        self.git("clone", "--quiet", "origin", "source")

    def git(self, *words: str) -> str:
        named = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER")
                 for what in ("NAME", "EMAIL")}  # fmt: skip
        return subprocess.run(
            ["git", *words], cwd=self.folder, env=os.environ | named, text=True,
            stdout=subprocess.PIPE, check=True,
        ).stdout  # fmt: skip

    def sign(self, tag: str, key: str) -> None:
        if not (self.folder / key).exists():
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / key)]
            subprocess.run(made, check=True)
        signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.folder / key}")
        self.git("-C", "origin", *signing, "tag", "--sign", "--message=Release", tag)

    def trust(self, key: str) -> None:
        self.signers.write_text(f"release@example.com {(self.folder / f'{key}.pub').read_text()}")

    def released(self, version: str) -> str:
        """What it would make a folder of, or nothing where it refuses."""
        script = (ROOT / "deploy/release").read_text().replace("/srv/encore", str(self.folder))
        script = script.replace("/etc/", f"{self.signers.parent}/")
        checks = script.partition("git -C $source worktree add")[0]
        command = ["sh", "-c", f'{checks} echo "$kind $commit $checked"', "release", version]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        assert done.returncode in (0, 2), done.stderr
        return done.stdout.strip()


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path)


def test_a_whole_commit_hash_proves_itself(source: Source) -> None:
    whole = f"commit {source.commit} named by its whole hash"
    assert source.released(source.commit) == whole
    source.signers.touch()
    assert source.released(source.commit) == whole
    source.git("-C", "origin", "commit", "--quiet", "--allow-empty", "--message=Other")
    source.git("-C", "origin", "tag", source.commit)  # a tag that passes itself off as the commit
    assert source.released(source.commit) == whole


def test_without_signers_the_release_says_that_nothing_was_verified(source: Source) -> None:
    source.git("-C", "origin", "tag", "1.0.0")
    assert source.released("1.0.0") == f"tag {source.commit} not verified"
    assert source.released(source.commit[:7]) == f"commit {source.commit} not verified"


def test_with_signers_it_takes_their_tags_alone(source: Source) -> None:
    source.git("-C", "origin", "tag", "1.0.0")
    source.sign("1.1.0", "ours")
    source.sign("1.2.0", "others")
    source.git("-C", "origin", "tag", "1.3.0", "1.1.0")  # an old release under a new name
    source.trust("ours")
    assert source.released("1.1.0") == f"tag {source.commit} signed"
    for version in ("1.0.0", "1.2.0", "1.3.0", source.commit[:7], "", "HEAD"):
        assert not source.released(version), version
