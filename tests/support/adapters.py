"""LoRA adapters as PEFT writes them, of random numbers, and models into which one was merged by hand."""

import copy
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

RANK, ALPHA = 4, 8
PARTS = ("q_proj", "v_proj", "o_proj", "gate_proj", "down_proj", "lm_head")
CONFIG = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none", "use_dora": False}


def halves_of(model: nn.Module, seed: int, rank: int = RANK) -> dict[str, Tensor]:
    """Give weights for an adapter over some layers, one of those without which there would be none."""
    numbers = torch.Generator().manual_seed(seed)
    halves: dict[str, Tensor] = {}
    for path, part in model.named_modules():
        if path.endswith(PARTS):
            shapes = {"A": (rank, part.in_features), "B": (part.out_features, rank)}
            for half, shape in shapes.items():
                key = f"base_model.model.{path}.lora_{half}.weight"
                halves[key] = torch.randn(shape, generator=numbers) * 0.2
    return halves


def write_adapter(folder: Path, halves: dict[str, Tensor], **config: object) -> Path:
    """Write an adapter's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | config))
    save_file(halves, folder / "adapter_model.safetensors")
    return folder


def merged(model: nn.Module, halves: dict[str, Tensor], scale: float = ALPHA / RANK) -> nn.Module:
    """Give a copy of a model with an adapter in its weights."""
    model = copy.deepcopy(model)
    for key in [key for key in halves if ".lora_A." in key]:
        part = model.get_submodule(key.removeprefix("base_model.model.").removesuffix(".lora_A.weight"))
        added = halves[key.replace("lora_A", "lora_B")] @ halves[key] * scale
        part.weight = nn.Parameter(part.weight.detach() + added, requires_grad=False)
    return model
