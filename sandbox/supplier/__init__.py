"""A stand-in for the supplier of codes, PELock's Radio Code Calculator. Its codes are made up."""
