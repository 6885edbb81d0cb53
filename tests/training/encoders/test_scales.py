"""Tokens from one pass: what they are pooled from, and that in place and locked give the same."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tests.training.encoders.test_in_place import pictures
from training import ragged
from training.encoders.base import GivesTokens
from training.encoders.in_place import InPlaceEfficientNet, InPlaceMiniLM
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.patch import prepare_images
from training.encoders.scales import image_tokens, text_tokens
from training.encoders.spans import sentence_starts, spans_of
from training.encoders.tokens import packed_ids, tokenized
from training.encoders.tuning_settings import TuningSettings
from training.unit_tokens import UnitTokens, at_scale

TEXTS = [
    "The plate is fixed at its left edge. Stress peaks at the hole (von Mises, 3.5 MPa)! Is it safe?",
    "",
    "One sentence, unhappily meshed",
    "...",
]


def test_patches_average_to_the_whole_and_tiles_are_its_quarters() -> None:
    maps = torch.randn(3, 6, 4, 4)
    tokens = image_tokens(maps, ["tiles", "patches"])
    patches, tiles = at_scale(tokens, 2), at_scale(tokens, 1)
    assert ragged.lengths(tokens.offsets).tolist() == [20, 20, 20]
    torch.testing.assert_close(patches.vectors.view(3, 16, 6).mean(1), maps.mean((2, 3)))
    torch.testing.assert_close(tiles.vectors.view(3, 4, 6)[:, 1], maps[:, :, :2, 2:].mean((2, 3)))
    # Of five cells the middle ones belong to two quarters.
    odd = image_tokens(torch.ones(1, 2, 5, 5), ["tiles"])
    torch.testing.assert_close(odd.vectors, torch.ones(4, 2))


def test_sentences_end_where_one_reads_them_to_end() -> None:
    def cut(text: str) -> list[str]:
        starts = sentence_starts(text)
        return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]

    assert cut(TEXTS[0]) == [
        "The plate is fixed at its left edge.",
        "Stress peaks at the hole (von Mises, 3.5 MPa)!",
        "Is it safe?",
    ]
    assert cut("see fig. 3.5 mm and e.g. this") == ["see fig. 3.5 mm and e.g. this"]
    assert cut("first line\nsecond") == ["first line", "second"]
    assert cut("No end") == ["No end"]


def test_texts_are_pooled_by_sentence_and_word() -> None:
    encodings = tokenized(TEXTS, special=True)
    _, offsets = packed_ids(TEXTS, encodings)
    spans = spans_of(TEXTS, encodings)
    states = torch.randn(int(offsets[-1]), 4)
    tokens = text_tokens(states, offsets, spans, ["sentences", "words"])
    sentences, words = at_scale(tokens, 1), at_scale(tokens, 2)
    assert ragged.lengths(sentences.offsets).tolist() == [3, 0, 1, 1]
    # Without signs; 3.5 are two words to the tokenizer.
    assert ragged.lengths(words.offsets).tolist() == [21, 0, 4, 0]
    whole = ragged.unit(ragged.segment_mean(states, ragged.segment_ids(offsets), len(TEXTS)))
    torch.testing.assert_close(sentences.vectors[3], whole[2])
    first = _mean(states, offsets, 0, [k for k, s in enumerate(spans.sentences.tolist()) if s == 0])
    torch.testing.assert_close(sentences.vectors[0], first)
    # One word of several pieces.
    third = [k for k, word in enumerate(spans.words.tolist()) if word == 3 and k >= int(offsets[2])]
    assert len(third) > 1
    torch.testing.assert_close(words.vectors[23], _mean(states, offsets, 2, third))


def _mean(states: Tensor, offsets: Tensor, text: int, rows: list[int]) -> Tensor:
    own = [row for row in rows if int(offsets[text]) <= row < int(offsets[text + 1])]
    return ragged.unit(states[own].mean(0, keepdim=True))[0]


def test_locked_and_in_place_give_the_same_tokens() -> None:
    seer, reader = load_image_encoder("efficientnet-lite0"), load_text_encoder("minilm")
    assert isinstance(seer, GivesTokens)
    assert isinstance(reader, GivesTokens)
    vectors, locked = seer.encode_tokens(pictures(), ["tiles", "patches"])
    np.testing.assert_allclose(vectors, seer.encode(pictures()), atol=1e-5)
    maps = InPlaceEfficientNet(TuningSettings()).maps(prepare_images(pictures(), 160))
    _same(locked, image_tokens(maps, ["tiles", "patches"]), 1e-4)
    vectors, locked = reader.encode_tokens(TEXTS, ["sentences", "words"])
    np.testing.assert_allclose(vectors, reader.encode(TEXTS), atol=2e-6)
    encodings = tokenized(TEXTS, special=True)
    tokens, offsets = packed_ids(TEXTS, encodings)
    states = InPlaceMiniLM(TuningSettings()).states(tokens, offsets)
    _same(locked, text_tokens(states, offsets, spans_of(TEXTS, encodings), ["sentences", "words"]), 2e-5)


def _same(first: UnitTokens, second: UnitTokens, tolerance: float) -> None:
    assert first.offsets.tolist() == second.offsets.tolist()
    assert first.scales.tolist() == second.scales.tolist()
    torch.testing.assert_close(first.vectors, second.vectors.detach(), atol=tolerance, rtol=0)
