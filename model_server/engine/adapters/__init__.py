"""LoRA adapters (Hu et al., 2021, arXiv:2106.09685): read from a folder, kept in memory, laid over rows of a batch."""
