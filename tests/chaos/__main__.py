"""2,000 orders while one machine after the other fails, and then the accounts: `make chaos`.

Web, workers and beat run as they do in production, with its times, on PostgreSQL and Redis; Stripe,
supplier and mail server are stand-ins. Who orders what, and what fails when, comes from the seed;
how the processes take turns does not, so that a second run with one seed is alike, not the same.
"""

import argparse
import secrets
import shutil
import sys
import time

from tests.chaos.command import servers_of_our_own
from tests.servers import ROOT

LOGS = ROOT / "var" / "chaos"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--seed", default="", help="of an earlier run; otherwise by chance")
    parser.add_argument("--customers", type=int, default=12, help="how many at the same time")
    parser.add_argument("--quick", action="store_true", help="short outages and short times")
    parser.add_argument("--logs", action="store_true", help="keep what the processes print")
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    print(f"{options.orders} orders, --seed {seed}", flush=True)
    with servers_of_our_own() as (servers, folder):
        # these need Django's settings, which needed the servers
        from tests.chaos.storm import QUICK, Options, Pace, storm
        from tests.chaos.verdict import judge, print_verdict

        began = time.monotonic()
        pace = QUICK if options.quick else Pace()
        wanted = Options(options.orders, seed, pace, options.customers)
        with storm(folder, servers, wanted) as over:
            verdict = judge(over)
        print_verdict(over, verdict)
        for each in verdict.wrong:
            print(each)
        if verdict.wrong or options.logs:
            kept = shutil.copytree(folder, LOGS, dirs_exist_ok=True)
            print(f"\nWhat the processes printed is in {kept}.")
        print(f"\n{len(verdict.wrong)} wrong, {time.monotonic() - began:.0f} s, --seed {seed}")
        sys.exit(bool(verdict.wrong))


if __name__ == "__main__":
    main()
