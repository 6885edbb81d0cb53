"""all-MiniLM-L6-v2, locked; its weights come in a package, so no hub has to be reached."""

from __future__ import annotations

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from training.encoders.base import Vectors
from training.encoders.token_batches import batches_by_length, mean_of_tokens
from training.encoders.word_pieces import minilm_folder, word_pieces

WIDTH = 384
MAX_TOKENS = 256  # what the model was tuned with
_TOKENS_A_BATCH = 4096


class MiniLM:
    """Sentence vectors of MiniLM (Wang et al. 2020, arXiv:2002.10957): the tokens' mean, of unit length.

    Args:
        version: of the package that its weights come in.
    """

    name = "minilm"
    width = WIDTH

    def __init__(self, version: str) -> None:
        self.version = version
        self._tokenizer = word_pieces(MAX_TOKENS)
        self._model = load_network()

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector for each text, [n, 384]; an empty text has one too.

        Texts run in batches of like length, so that almost nothing is padded, and come back in their order.
        """
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        for batch in batches_by_length([len(tokens) for tokens in ids], _TOKENS_A_BATCH):
            vectors[batch] = self._embed([ids[index] for index in batch])
        return vectors

    @torch.inference_mode()
    def _embed(self, ids: list[list[int]]) -> Vectors:
        longest = max(len(tokens) for tokens in ids)
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        states: torch.Tensor = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
        return mean_of_tokens(states, mask).numpy()


def load_network() -> BertModel:
    """Return the network with its packaged weights, in evaluation mode."""
    # Not `from_pretrained`: it reports on the console and may ask a hub; here the file is known to fit.
    model = BertModel(
        BertConfig.from_json_file(str(minilm_folder() / "config.json")), add_pooling_layer=False
    )
    weights = load_file(minilm_folder() / "model.safetensors")
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model.eval()
