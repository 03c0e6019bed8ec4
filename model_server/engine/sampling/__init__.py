"""Choosing tokens: one file a sampler; `order.CUTS` lists those that leave tokens out, `choosing` puts all together."""
