"""What tools and their rules have against the shop: its pages, code, packages and their licences.

Each part is a module of its own, with an exit status of 0 if all is as wanted, 1 if something is
not, and 2 if it could not be looked at, which is never taken for "all is well".
"""
