"""Scriptorium: a community co-writes with a language model on its own machine."""
