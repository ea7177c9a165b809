from orders.admin import code_book, money, order, radio

__all__ = ["code_book", "money", "order", "radio"]
