from orders.admin import block, code_book, money, order, radio, receipt, selling

__all__ = ["block", "code_book", "money", "order", "radio", "receipt", "selling"]
