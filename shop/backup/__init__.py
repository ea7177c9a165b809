"""Backups: what pg_dump writes, encrypted in age's format for public keys.

The machine that makes a backup cannot read it: the identity, age's secret key, is kept elsewhere.
Every program that knows age opens the file, and pg_restore reads what is in it.
"""
