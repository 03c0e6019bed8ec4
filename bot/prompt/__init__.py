"""Prompt craft: which words of a story the model sees, in what order, within a budget of tokens. Pure."""
