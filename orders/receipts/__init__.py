"""What stands on a receipt, a credit note or a cancellation, and how it is drawn as a PDF.

They are issued by the verbs in `orders/models/receipt.py`.
"""
