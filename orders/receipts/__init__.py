"""Words and drawing of receipts, credit notes and cancellations.

`orders/models/receipt.py` issues them.
"""
