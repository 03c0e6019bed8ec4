"""How well the embedded model foretells a fixed text, by how its weights are held, beside the GGUF it comes from.

    python -m benchmarks.perplexity [--llama-perplexity PATH] [--windows 8] [--dtypes float32 int8 int4] [--json]

The text is `prose.txt`, written for this. It is counted as llama.cpp's own program counts: windows of 512 tokens,
nothing before the first, of each the second half foretold from all that stands before it in the window. `read` is
transformers' forward over a whole window, `written` our compiled layers, fed one token after the other.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoTokenizer

from benchmarks.weights import DTYPES, model_of, runner_of
from model_server import embedded
from model_server.options import parse

TEXT = Path(__file__).parent / "prose.txt"
WINDOW = 512
FIRST = WINDOW // 2
GGUF = "GGUF, by llama.cpp"
PLAIN = "float32, read"
ESTIMATE = re.compile(r"Final estimate: PPL = ([\d.]+)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--llama-perplexity", type=Path, help="llama.cpp's program, to ask for the GGUF's own"
    )
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--json", action="store_true", help="print JSON beside the table")
    asked = parser.parse_args()
    cache = parse([], os.environ).cache_dir
    folder = embedded.folder_in(cache, print)
    found = measure(folder, cache, windows(folder, asked.windows), asked.dtypes)
    if asked.llama_perplexity:
        found[GGUF] = by_llama_cpp(asked.llama_perplexity, asked.windows)
    print(table(found))
    if asked.json:
        print(json.dumps(found))


def windows(folder: Path, most: int) -> Tensor:
    """Give the text as (windows, WINDOW) tokens; what does not fill a window is left out."""
    encode = AutoTokenizer.from_pretrained(folder)
    ids = encode(TEXT.read_text(encoding="utf-8"), add_special_tokens=False)["input_ids"]
    count = min(most, len(ids) // WINDOW)
    return torch.tensor(ids[: count * WINDOW]).view(count, WINDOW)


def measure(folder: Path, cache: Path, text: Tensor, dtypes: Sequence[str]) -> dict[str, float]:
    """Give the perplexity for these ways to hold the weights, after that of transformers' forward in float32."""
    _tell(PLAIN)
    found = {PLAIN: by_reading(folder, torch.float32, text)}
    for dtype in dtypes:
        _tell(f"{dtype}, written")
        found[f"{dtype}, written"] = by_writing(folder, cache, dtype, text)
    return found


@torch.inference_mode()
def by_reading(folder: Path, dtype: torch.dtype, text: Tensor) -> float:
    model = model_of(folder, dtype)
    return perplexity(
        surprises(model(window[None]).logits[0, FIRST:-1], window[FIRST + 1 :]) for window in text
    )


@torch.inference_mode()
def by_writing(folder: Path, cache: Path, dtype: str, text: Tensor) -> float:
    """Let all windows be written side by side, a row of the batch each."""
    runner = runner_of(folder, cache, dtype, rows=len(text), context=WINDOW)
    for row, window in enumerate(text.tolist()):
        runner.read(row, 0, window[:1])
    found: list[Tensor] = []
    for place in range(1, WINDOW - 1):
        logits = runner.write(dict(enumerate(text[:, place].tolist())))
        if place >= FIRST:
            rows = torch.stack([logits[row] for row in range(len(text))])
            found.append(surprises(rows, text[:, place + 1]))
    return perplexity(found)


def by_llama_cpp(program: Path, count: int) -> float:
    """Ask llama.cpp's own program for the same windows; its tokens of this text are ours."""
    flags = ("-m", embedded.find_gguf(), "-f", TEXT, "-c", WINDOW, "-b", WINDOW, "--chunks", count)
    _tell(GGUF)
    ran = subprocess.run([program, *map(str, flags)], capture_output=True, text=True, check=False)
    if not (estimate := ESTIMATE.search(ran.stdout + ran.stderr)):
        sys.exit(f"{program} gives no estimate: {ran.stderr[-400:]}")
    return float(estimate[1])


def surprises(logits: Tensor, wanted: Tensor) -> Tensor:
    """Give how unlikely each of these tokens (places,) was, by logits (places, vocab): natural logarithms."""
    return -logits.double().log_softmax(-1).gather(1, wanted[:, None])[:, 0]


def perplexity(found: Iterable[Tensor]) -> float:
    return torch.cat(list(found)).mean().exp().item()


def table(found: Mapping[str, float]) -> str:
    """Write the figures below each other, each beside those of the first way and of the GGUF."""
    base, gguf = found[PLAIN], found.get(GGUF)
    lines = [f"{'':24}{'perplexity':>12}{'to float32':>12}{'to GGUF':>12}"]
    for name, value in found.items():
        other = f"{value / gguf:.4f}" if gguf else "–"
        lines.append(f"{name:24}{value:>12.4f}{value / base:>12.4f}{other:>12}")
    return "\n".join(lines)


def _tell(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
