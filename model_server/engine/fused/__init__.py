"""Writing on a CPU without Python between the layers: packed weights, and a decode step compiled where it runs."""
