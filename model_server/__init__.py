"""A local model server behind an OpenAI-compatible API; knows nothing of the bot."""
