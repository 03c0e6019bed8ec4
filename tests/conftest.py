"""What holds for all tests."""

import gc
import os

from hypothesis import settings

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("no deadlines", deadline=None)
settings.load_profile("no deadlines")

# Beside each other, workers compute with so many threads, and so do the servers that they start, as there are
# cores for each: more would wait for one another.
workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))

# Kernels for a GPU are tried out on the CPU. Whoever imports PyTorch first imports Triton, which reads this then.
os.environ["TRITON_INTERPRET"] = "1"

# What is imported stays. To look through it again for what could go took a second each time, and a third of all.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
