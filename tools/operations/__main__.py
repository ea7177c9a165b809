"""Follows docs/operations.md to the letter on a machine to throw away; called by .ci/operations.

What the guide leaves to its reader is done here by hand, and nothing else: a name that leads
to the machine, a certificate, and the settings that only the reader knows.
"""

import argparse
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tools.operations import staff
from tools.operations.customer import Watcher, mailed, order_a_code
from tools.operations.guide import Block, blocks
from tools.operations.machine import Machine
from tools.operations.unattended import as_timer, prove_the_name

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "shop.example.com"
SHOP = f"https://{NAME}"
CERTIFICATE = f"/etc/letsencrypt/live/{NAME}"
CODE_OF = {"BP610342718805": "4711", "BP610342718806": "0815"}
NOT_THE_CODE = (".venv", "var", "static-collected", "node_modules", ".hypothesis", "*_cache",
                "__pycache__", ".git")  # fmt: skip
PUBLISHED = "https://git.example.com/encore.git"
FORBIDDEN = r"Traceback|/orders/RC-[^/]+/[^/* \"]{8,}|BP6103427188|@example\.com|\?session"
BEGAN = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(prog=".ci/operations", description=__doc__)
    parser.add_argument("--base", default="/", help="the file system that the machine begins with")
    parser.add_argument(
        "--outside", type=int, required=True, help="file of the network with packages"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        machine = stack.enter_context(Machine(given.base, given.outside))
        say("A machine with a systemd of its own")
        name_the_machine(machine)
        stripe = StripeStandIn(api_key="sk_test_operations").start()
        stack.callback(stripe.stop)
        inbox = stack.enter_context(Inbox())
        publish_the_code(machine)
        try:
            follow_the_guide(machine, stripe, inbox)
        except (SystemExit, AssertionError) as error:
            print(error)
            print(machine.run("journalctl --no-pager --unit='encore*' 2>&1 | tail -n 40 || true"))
            sys.exit(1)


def follow_the_guide(machine: Machine, stripe: StripeStandIn, inbox: Inbox) -> None:
    install(machine, stripe, inbox)
    trust = ssl.create_default_context(cafile=machine.root / f"{CERTIFICATE[1:]}/fullchain.pem")
    sell(machine, trust, inbox, "BP610342718805", "Installed, and a code was sold")
    back_up(machine)
    as_timer(machine, "encore-backup")
    say("A backup was made, by hand and as its timer would make it")
    with Watcher(f"{SHOP}/readyz/", trust) as watcher:
        bring_the_identity(machine)
        follow(machine, "rehearsal")
        say("It can be restored, while the shop goes on")
        follow(machine, "upgrade")
        sell(machine, trust, inbox, "BP610342718806", "Upgraded, and a code was sold")
        follow(machine, "rollback")
        # the first serial once more: at a third one of one buyer's, staff would have to look
        sell(machine, trust, inbox, "BP610342718805", "Rolled back, and a code was sold")
    say(f"{len(watcher.answers)} asked meanwhile, none was refused; "
        f"the slowest waited {watcher.slowest:.1f} s")  # fmt: skip
    release_a_commit(machine)
    restore(machine, trust, inbox)
    look_at_the_logs(machine)
    follow_a_request(machine, trust)
    ask_too_much(machine, trust)
    meet_the_staff(machine)


def install(machine: Machine, stripe: StripeStandIn, inbox: Inbox) -> None:
    for block in blocks("install"):
        if "sites-enabled" in block.commands:
            prove_the_name(machine, NAME)
            make_a_certificate(machine)
        output = carry_out(machine, block)
        if "apt-get" in block.commands:
            say("Debian's packages")
        if "/deploy/release" in block.commands:
            say("A release")
        if "/etc/encore.env" in block.commands:
            fill_in(machine, stripe, inbox)
        if secret := re.search(r"whsec_\w+", output):
            settle(machine, STRIPE_WEBHOOK_SECRET=secret[0])
    prove_the_name(machine, NAME)  # again, each time that the certificate is renewed
    say("Installed")


def back_up(machine: Machine) -> None:
    for block in blocks("backup"):
        output = carry_out(machine, block)
        if public_key := re.search(r"age1\w{58}", output):
            settle(machine, BACKUP_RECIPIENTS=public_key[0])


def release_a_commit(machine: Machine) -> None:
    """As for a copy of the repository without tags."""
    release = "/srv/encore/source/deploy/release"
    commit = machine.run("git -C /srv/encore/source rev-parse --short 1.1.0").strip()
    output = machine.run(f"{release} {commit}", fetches=True)
    assert f"Ready in /srv/encore/releases/{commit} (commit {commit}: " in output, output
    machine.run(f"git -C /srv/encore/source worktree remove --force /srv/encore/releases/{commit}")
    output = machine.run(f"! {release} no-such-version")
    assert "A tag (1.0.0 1.1.0 ) or a commit" in output, output
    say("A commit was released, and a version that there is not was refused")


def restore(machine: Machine, trust: ssl.SSLContext, inbox: Inbox) -> None:
    """From the backup of before the upgrade: what was sold since then is known to Stripe alone."""
    bring_the_identity(machine)
    follow(machine, "restore")
    unknown = "Alert.objects.filter(kind='no_order').count()"
    output = machine.run(
        f"encore shell -c \"from orders.models import Alert; print('unknown:', {unknown})\""
    )
    assert "unknown: 2" in output, f"Of two payments since the backup staff were told: {output}"
    sell(machine, trust, inbox, "BP610342718806", "Restored, and a code was sold")


def ask_too_much(machine: Machine, trust: ssl.SSLContext) -> None:
    with httpx.Client(base_url=SHOP, verify=trust, timeout=30) as client:
        answers = [client.get("/search/?q=a").status_code for _ in range(200)]
        assert answers[0] == 200 and answers[-1] == 429, answers
        follow(machine, "limits")
        assert client.get("/search/?q=a").status_code == 200
    say("Asked too much, and let in again")


def meet_the_staff(machine: Machine) -> None:
    if not staff.CHROMIUM:
        say("NOT TRIED: staff's way in, as there is no Chromium")
        return
    staff.hire(machine)
    with staff.browser(SHOP) as context:
        page = context.new_page()
        staff.lock_out(page)
        follow(machine, "staff")
        staff.sign_in(page)
        say("Staff were locked out, let in again, and signed in by a browser")
        code = staff.order_a_code(page, "BP610342718805", "by-browser@example.com")
        assert code == CODE_OF["BP610342718805"], "another code than the one that was sold"
        say("A code was sold to a browser")


def follow(machine: Machine, section: str) -> None:
    for block in blocks(section):
        carry_out(machine, block)


def carry_out(machine: Machine, block: Block) -> str:
    output = machine.run(block.commands, fetches=block.fetches)
    if missing := block.missing_in(output):
        raise SystemExit(f"{output}\nThe guide promises what did not come: {missing}")
    return output


def sell(machine: Machine, trust: ssl.SSLContext, inbox: Inbox, serial: str, words: str) -> None:
    email = f"{words.partition(',')[0].lower().replace(' ', '-')}@example.com"
    machine.write("/tmp-codes.csv", f"serial,code\n{serial},{CODE_OF[serial]}\n")
    machine.run("encore import_codes --brand=nissan - < /tmp-codes.csv")
    code = order_a_code(SHOP, trust, serial, email)
    assert code == CODE_OF[serial], "another code than the one that was sold"
    mailed(inbox, email, code)
    say(words)


# ------------------------------------------------------------------ what the reader does by hand
def fill_in(machine: Machine, stripe: StripeStandIn, inbox: Inbox) -> None:
    settle(
        machine,
        STRIPE_SECRET_KEY=stripe.api_key,
        STRIPE_API_BASE=stripe.url,
        EMAIL_URL=f"smtp://127.0.0.1:{inbox.smtp_port}",
        SELLER_NAME="'Encore Radio Codes'",
        SELLER_ADDRESS="'1 Example Street, 00000 Example Town'",
        SELLER_EMAIL=f"hello@{NAME}",
        LEGAL_TEXTS_CHECKED_ON="2026-11-29",
    )


def settle(machine: Machine, **settings: str) -> None:
    text = machine.read("/etc/encore.env")
    for name, value in settings.items():
        text, found = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert found == 1, name
    machine.write("/etc/encore.env", text)


def bring_the_identity(machine: Machine) -> None:
    """As scp would: the machine is its operator's own computer too."""
    machine.run("install --mode=600 ~/encore-backup.key /run/encore-backup.key")


def name_the_machine(machine: Machine) -> None:
    """In its own list of hosts, and in the one that this process and its stand-ins see."""
    hosts = f"127.0.0.1 localhost {NAME}\n::1 localhost\n"
    machine.write("/etc/hosts", hosts)
    subprocess.run(["mount", "--bind", machine.root / "etc/hosts", "/etc/hosts"], check=True)


def make_a_certificate(machine: Machine) -> None:
    """That the machine itself trusts, as it would trust one of an authority's."""
    machine.run(
        f"mkdir -p {CERTIFICATE} && openssl req -x509 -newkey rsa:2048 -nodes -days 2"
        f" -subj /CN={NAME} -addext subjectAltName=DNS:{NAME} -keyout {CERTIFICATE}/privkey.pem"
        f" -out {CERTIFICATE}/fullchain.pem 2>/dev/null"
        f" && cat {CERTIFICATE}/fullchain.pem >> /etc/ssl/certs/ca-certificates.crt"
    )
    # for Stripe's stand-in, which reports payments
    os.environ["SSL_CERT_FILE"] = str(machine.root / f"{CERTIFICATE[1:]}/fullchain.pem")


def publish_the_code(machine: Machine) -> None:
    """What lies here now, as two versions of a repository that the guide's address leads to."""
    where = "/var/local/encore.git"
    source = machine.root / where[1:]
    shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(*NOT_THE_CODE))
    git = ["git", "-C", str(source), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (
        "init --quiet", "add --all", "commit --quiet --message=One", "tag 1.0.0",
        "commit --quiet --allow-empty --message=Two", "tag 1.1.0",
    ):  # fmt: skip
        subprocess.run([*git, *command.split()], check=True)
    machine.write("/etc/gitconfig", f'[url "file://{where}"]\n\tinsteadOf = {PUBLISHED}\n')


# ------------------------------------------------------------------ what is looked at afterwards
def look_at_the_logs(machine: Machine) -> None:
    """Nothing failed, and no log names an order's secret, a serial or an address."""
    logs = machine.run(
        "journalctl --no-pager --output=cat --unit='encore*'; cat /var/log/nginx/*.log"
    )
    output = [line for line in logs.splitlines() if re.search(FORBIDDEN, line)]
    if output or not re.search(r"/orders/RC-[^/]+/\*\*\*", logs):
        raise SystemExit("\n".join(["In the logs:", *output[:20]]))
    machine.run("! systemctl --no-legend --no-pager list-units --state=failed 'encore*' | grep .")


def follow_a_request(machine: Machine, trust: ssl.SSLContext) -> None:
    """The id that the answer carries leads to its line in nginx's log and in the shop's."""
    answer = httpx.get(f"{SHOP}/search/", verify=trust, headers={"X-Request-ID": "a-customers-own"})
    request_id = answer.headers["X-Request-ID"]
    machine.run(
        f"tail -n 20 /var/log/nginx/encore.log | grep 'GET /search/.* 200 .* {request_id}$'"
    )
    own = f'"request_id": "{request_id}"'
    machine.run(f"journalctl -u encore-web --since -5min -o cat | grep shop.access | grep '{own}'")
    say("A request's id stands in its answer and in both logs")


def say(words: str) -> None:
    print(f"{time.monotonic() - BEGAN:6.1f} s  {words}", flush=True)


if __name__ == "__main__":
    main()
