"""The two ways of transformers with which ours is compared write what they are asked for."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

from benchmarks import serving_batching, serving_generate

WORDS = {word: number for number, word in enumerate(("</s>", "a", "door", "opens", "slowly", "."))}
SMALL = {
    "vocab_size": len(WORDS), "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "eos_token_id": 0,
}  # fmt: skip


@pytest.fixture
def tokenizer():
    words = Tokenizer(models.WordLevel(WORDS, unk_token="."))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        eos_token="</s>",
        pad_token="</s>",
        padding_side="left",
        chat_template="{% for message in messages %}{{ message['content'] }}{% endfor %}",
    )


@pytest.mark.parametrize("way", [serving_generate, serving_batching])
def test_every_answer_is_as_long_as_was_asked_for(way, tokenizer):
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **SMALL), dtype=torch.float32)
    with way.opened(model.eval(), tokenizer) as write:
        for prompts, tokens in ([["a door"], 1], [["a door", "a door opens slowly .", "a"], 7]):
            written = write(prompts, tokens)
            assert written["tokens"] == len(prompts) * tokens
            assert 0 < written["first"] <= written["seconds"]


def test_what_goes_wrong_in_the_batch_ends_the_peer(tokenizer):
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **SMALL), dtype=torch.float32)
    with serving_batching.opened(model.eval(), tokenizer) as write:
        model.forward = None
        with pytest.raises(RuntimeError):
            write(["a door"], 3)
