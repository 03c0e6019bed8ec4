"""Publishing: a story as a file for readers."""
