"""Random numbers that belong to a thing and not to a worker, so that several workers draw what one would."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

_INT64 = 1 << 63


def key_of(name: str) -> int:
    """Return a stable 63-bit number for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1


def _wrapped(number: int) -> int:
    return (number + _INT64) % (2 * _INT64) - _INT64


def _mix(state: Tensor) -> Tensor:
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ ((state >> shift) & ((1 << (64 - shift)) - 1))) * _wrapped(factor)
    return state ^ ((state >> 31) & ((1 << 33) - 1))


def uniform(seed: int, *keys: Tensor) -> Tensor:
    """Draw a number in [0, 1) for each tuple of keys, the same for the same seed and keys on every machine.

    Args:
        seed: of the step (and of the purpose).
        keys: int64 [n] each, for instance a document's key and the position of an image within it.

    Returns:
        float64 [n], through the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    """
    state = torch.full_like(keys[0], _wrapped(seed * 0x9E3779B97F4A7C15))
    for key in keys:
        state = _mix(state + _wrapped(0x9E3779B97F4A7C15) + key)
    return ((state >> 11) & ((1 << 53) - 1)).to(torch.float64) / (1 << 53)
