"""1,000 orders, each with a fault, and then the accounts: `make chaos-money`.

The pages of customers, real web, worker and beat processes on PostgreSQL and Redis, Stripe's
stand-in. Which fault an order gets, and what its customer does by chance, comes from the seed; how
the processes take turns does not, so that a second run with one seed is alike, not the same.
"""

import argparse
import secrets
import sys
import time

from tests.chaos.command import servers_of_our_own


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.money", description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", default="", help="of an earlier run; otherwise by chance")
    parser.add_argument("--only", default="", help="faults with these words, to look closer")
    parser.add_argument("--customers", type=int, default=12, help="how many at the same time")
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    print(f"{options.orders} orders, --seed {seed}", flush=True)
    with servers_of_our_own() as (_servers, folder):
        # these need Django's settings, which needed the servers
        from tests.chaos.accounts import print_story, print_table
        from tests.chaos.run import Options, run

        began = time.monotonic()
        account = run(folder, Options(options.orders, seed, options.customers, options.only))
        print_table(account)
        for each in account.wrong:
            print(each)
        for number in dict.fromkeys(each.order for each in account.wrong):
            print_story(number)
        print(f"\n{len(account.wrong)} wrong, {time.monotonic() - began:.0f} s, --seed {seed}")
        sys.exit(bool(account.wrong))


if __name__ == "__main__":
    main()
