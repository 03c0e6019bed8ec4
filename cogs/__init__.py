"""The Discord face of Scriptorium: thin cogs over the workshop."""
