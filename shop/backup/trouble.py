class BackupError(Exception):
    """Its text is one sentence for the operator, without anything of a customer's."""
