"""What is kept about customers, for how long, and how it goes.

`fates.py` says of every column whether it is about a person; `over.py` which orders are over, so
that nothing of them is needed any more; `forgetting.py` makes one order nobody's, `retention.py`
all that are old enough, each night; `person.py` and `export.py` serve who asks.
"""
