"""Other models than the embedded one, tiny and random: greedy text is what transformers itself generates."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.batch import BatchEngine
from model_server.engine.interface import GenerationRequest, Sampling
from model_server.engine.runner import Runner

SMALL = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 256,
    "sliding_window": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
PROMPT = tuple(range(5, 45))


@pytest.fixture(
    params=["llama", "qwen2", "qwen3", "mistral", "gemma2", "gemma3_text", "phi3", "olmo2", "gpt_neox"]
)
def tiny(request):
    torch.manual_seed(5)
    config = AutoConfig.for_model(request.param, **SMALL)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


async def test_a_family_writes_what_it_writes_without_us(tiny, chat):
    engine = BatchEngine(
        Runner(tiny, 2, context=64), chat.plain, frozenset(), rows=2, queue=1, chunk=16, report=print
    )
    ticket = engine.submit(
        GenerationRequest(PROMPT, 12, seed=0, candidates=2, sampling=Sampling(temperature=0))
    )
    async for _ in ticket:
        pass
    engine.close()
    ids = torch.tensor([PROMPT])
    theirs = tiny.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, min_new_tokens=12, do_sample=False
    )
    expected = theirs[0, len(PROMPT) :].tolist()
    assert [writer.written for writer in ticket.writers] == [expected, expected]
