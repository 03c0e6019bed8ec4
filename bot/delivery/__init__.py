"""Delivery: shows in channels and threads what the store says, each page once and in order."""
