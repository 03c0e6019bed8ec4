"""The workshop: what people do to a story, each deed one transaction."""
