"""Personal data: what is kept, for how long, and how it is deleted.

`fields.py` says of every column what becomes of it; `retention.py` which orders are closed and what
is deleted each night; `anonymise.py` anonymises one order; `person.py` and `export.py` answer
requests of customers.
"""
