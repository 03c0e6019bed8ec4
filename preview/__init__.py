"""The real bot on the real model, on a Discord that lives in this process: to be looked at and clicked."""
