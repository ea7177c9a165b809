"""Stand-ins for the outside world. They speak the real protocols and import nothing of the shop."""
