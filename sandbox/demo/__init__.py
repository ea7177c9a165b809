"""The whole shop on one machine, with stand-ins for the outside world: `python -m sandbox.demo`.

No account and no network: SQLite, a Valkey that a Python package brings along, stand-ins for Stripe
and for the supplier of codes, and an inbox that keeps every mail. The shop gets its settings by
environment only, as it would in production, and knows nothing of this folder.
"""
