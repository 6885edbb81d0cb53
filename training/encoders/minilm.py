"""all-MiniLM-L6-v2, locked; its weights come in a package, so no hub has to be reached."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from training import ragged
from training.encoders.base import Vectors
from training.encoders.scales import text_tokens
from training.encoders.spans import spans_of
from training.encoders.token_batches import batches_by_length, mean_of_tokens
from training.encoders.token_settings import TextScale
from training.encoders.tokens import packed_ids
from training.encoders.word_pieces import minilm_folder, word_pieces
from training.precision import widened
from training.unit_tokens import UnitTokens

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
    def encode_tokens(self, items: list[str], scales: Sequence[TextScale]) -> tuple[Vectors, UnitTokens]:
        """Return the vectors of texts, and their tokens; an empty text has a vector, but no token.

        Args:
            items: texts.
            scales: sentences, words or both.
        """
        encodings = list(self._tokenizer.encode_batch(items))
        pieces, offsets = packed_ids(items, encodings)
        states = token_states(self._model, pieces, offsets)
        vectors = mean_states(states, offsets).numpy()
        empty = [index for index, text in enumerate(items) if not text]
        if empty:
            vectors[empty] = self.encode([""])
        return vectors, text_tokens(states, offsets, spans_of(items, encodings), scales)

    @torch.inference_mode()
    def _embed(self, ids: list[list[int]]) -> Vectors:
        longest = max(len(tokens) for tokens in ids)
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        states: torch.Tensor = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
        return mean_of_tokens(states, mask).numpy()


def token_states(network: nn.Module, tokens: Tensor, offsets: Tensor) -> Tensor:
    """Return a vector for each token in its text, [Σ tokens, 384].

    Texts run in batches of like length, so that almost nothing is padded.

    Args:
        network: MiniLM's, perhaps with adapters.
        tokens: of n texts one after another, with the tokenizer's special ones, int64.
        offsets: where each text begins and the last one ends, int64, [n+1].
    """
    sizes = ragged.lengths(offsets)
    held = torch.nonzero(sizes)[:, 0]
    found, places = [], []
    for batch in batches_by_length(sizes[held].tolist(), _TOKENS_A_BATCH):
        rows = held[batch]
        place = ragged.ranges(offsets[rows], sizes[rows])
        mask = torch.arange(int(sizes[rows].max()), device=tokens.device) < sizes[rows][:, None]
        padded = tokens.new_zeros(mask.shape)
        padded[mask] = tokens[place]
        found.append(network(input_ids=padded, attention_mask=mask.long()).last_hidden_state[mask])
        places.append(place)
    if not found:
        return tokens.new_zeros((0, WIDTH), dtype=torch.float32)
    states = widened(torch.cat(found))
    return torch.zeros_like(states).index_copy(0, torch.cat(places), states)


def mean_states(states: Tensor, offsets: Tensor) -> Tensor:
    """Return the mean of each text's token states, of unit length, [n, 384]; of no tokens it is zero."""
    return ragged.unit(ragged.segment_mean(states, ragged.segment_ids(offsets), len(offsets) - 1))


def load_network() -> BertModel:
    """Return the network with its packaged weights, in evaluation mode."""
    # Not `from_pretrained`: it reports on the console and may ask a hub; here the file is known to fit.
    model = BertModel(
        BertConfig.from_json_file(str(minilm_folder() / "config.json")), add_pooling_layer=False
    )
    weights = load_file(minilm_folder() / "model.safetensors")
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model.eval()
