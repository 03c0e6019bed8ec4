"""The engine: takes prompts of tokens, gives pieces of text; several requests at once, fair in order."""
