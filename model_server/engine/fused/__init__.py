"""Reading and writing on a CPU without Python between the layers: packed weights, and layers compiled where they run."""
