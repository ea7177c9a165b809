"""How staff sign in, in two steps, and how long they stay signed in."""
