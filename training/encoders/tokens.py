"""A small token encoder, trained from scratch over WordPiece ids, packed flat: no token is padding."""

from __future__ import annotations

from functools import lru_cache

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn

from training.encoders.word_pieces import VOCABULARY, word_pieces

_MAX_TOKENS = 256


class TokenEncoder(nn.Module):
    """The mean of a text's token vectors, then a residual network: a deep averaging network.

    Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text classification".

    Args:
        width: of its output.
        vocabulary: number of token ids.
    """

    def __init__(self, width: int = 192, vocabulary: int = VOCABULARY) -> None:
        super().__init__()
        self.width = width
        self.embed = nn.EmbeddingBag(vocabulary, width, mode="mean")
        nn.init.normal_(self.embed.weight, std=width**-0.5)
        self.mix = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        """Return one vector for each text, [n, width]; a text without tokens has one too.

        Args:
            tokens: of n texts one after another, int64.
            offsets: where each text begins and the last one ends, int64, [n+1].
        """
        if offsets.shape[0] == 1:
            return self.embed.weight.new_zeros((0, self.width))
        means: Tensor = self.embed(tokens, offsets[:-1])
        mixed: Tensor = means + self.mix(means)
        return mixed


def prepare_texts(texts: list[str], *, special: bool = False) -> tuple[Tensor, Tensor]:
    """Cut texts into tokens, flat, with offsets [n+1]; a text ends after 256, an empty one has none.

    Args:
        texts: n of them.
        special: with the tokens at both ends that MiniLM was trained with.
    """
    return packed_ids(texts, tokenized(texts, special=special))


def tokenized(texts: list[str], *, special: bool = False) -> list[Encoding]:
    """Return what the tokenizer makes of each text; see `prepare_texts`."""
    return list(_tokenizer().encode_batch(texts, add_special_tokens=special))


def packed_ids(texts: list[str], encodings: list[Encoding]) -> tuple[Tensor, Tensor]:
    """Return the tokens of texts, flat, with offsets [n+1]; an empty text has none."""
    ids = [encoding.ids if text else [] for text, encoding in zip(texts, encodings, strict=True)]
    lengths = torch.tensor([0] + [len(tokens) for tokens in ids], dtype=torch.int64)
    flat = torch.tensor([token for tokens in ids for token in tokens], dtype=torch.int64)
    return flat, lengths.cumsum(0)


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    return word_pieces(_MAX_TOKENS)
