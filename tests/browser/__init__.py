"""A package, so that its fixtures end with it: the shop that runs, its worker and its beat."""
