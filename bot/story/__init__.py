"""The rules of co-writing: pure functions over frozen values, no I/O."""
