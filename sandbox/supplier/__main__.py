"""Run with `python -m sandbox.supplier`; every flag can also be set by an environment variable."""

import argparse
import os

from sandbox.server import run_until_signalled
from sandbox.supplier.stand_in import SupplierStandIn


def arguments() -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox.supplier", description=__doc__)
    parser.add_argument("--host", default=env("SANDBOX_SUPPLIER_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_SUPPLIER_PORT", "8430")))
    parser.add_argument("--api-key", default=env("SANDBOX_SUPPLIER_API_KEY", "TEST-TEST-TEST-TEST"))
    return parser.parse_args()


def main() -> None:
    given = arguments()
    stand_in = SupplierStandIn(api_key=given.api_key, host=given.host, port=given.port)
    print(f"Supplier stand-in on {stand_in.page}", flush=True)
    run_until_signalled(stand_in)


if __name__ == "__main__":
    main()
