class TroubleError(Exception):
    """Why the demo cannot run, in one sentence."""
