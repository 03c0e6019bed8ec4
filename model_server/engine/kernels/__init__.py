"""The layers of a Llama-like model on a GPU: Triton's kernels between products, and steps that are recorded."""
