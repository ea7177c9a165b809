"""How staff come in: name and password, then a number from their phone; and how long they stay."""
