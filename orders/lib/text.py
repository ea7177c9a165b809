"""Masking of e-mail addresses."""


def mask(email: str) -> str:
    """anna@example.com -> a•••@example.com: enough to notice a slip, too little to harvest."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
