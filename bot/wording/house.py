"""How the model server is, in a line."""


def model_loading(step: str, seconds: float) -> str:
    """Say what the model server is doing before it can write."""
    waited = f" ({seconds:.0f} s)" if seconds >= 1 else ""
    return f"The model is getting ready: {step}{waited}. You can write already."


def model_ready(name: str) -> str:
    """Say that the model can be asked."""
    return f"The model is ready: {name}."


def model_restarting(seconds: float) -> str:
    """Say that the model server ended by itself."""
    return f"The model server stopped by itself; it starts again in {seconds:.0f} s. You can go on writing."
