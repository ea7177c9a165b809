"""The whole database as one encrypted file, and back again.

A file is a header, then sealed pieces (`sealed.py`); inside them a manifest (`manifest.py`) and
what pg_dump wrote (`postgres.py`). `making.py` writes such a file, `restoring.py` reads it into an
empty database, `verifying.py` looks whether all of it arrived and can be read.
"""
