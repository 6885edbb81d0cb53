"""Documents of sections and images in words, and scores of parts that know something of the truth."""

from __future__ import annotations

import numpy as np

from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem
from training.units.parts import Part

IMAGES = [0, 2, 5]
COLUMNS = [0, 3, 7]
TEXTS = [
    "the mesh of the plate", "the load on the plate", "the stress stress_vonMises of the plate",
    "the pump", "the valve", "the heat of the pump", "the boiler",
]  # fmt: skip


def problem_of(image_offsets: list[int], column_offsets: list[int]) -> LinkProblem:
    """Return a problem where each column is one text, and nothing is said to be true."""
    images, columns = np.array(image_offsets), np.array(column_offsets)
    texts = np.arange(columns[-1])
    pairs = len(own_pairs(images, columns)[0])
    return LinkProblem(images, columns, texts, np.arange(len(texts) + 1), np.zeros(pairs, bool))


def noisy_parts(noise: dict[str, float], documents: int = 60) -> tuple[LinkProblem, list[Part], np.ndarray]:
    """Return parts that see the truth (each image has one column of five) through noise, and the truth."""
    problem = problem_of([3 * d for d in range(documents + 1)], [5 * d for d in range(documents + 1)])
    random = np.random.default_rng(0)
    images = 3 * documents
    true = np.concatenate([random.permutation(5)[:3] for _ in range(documents)])
    truth = (np.arange(5)[None, :] == true[:, None]).ravel()
    parts = [
        Part(name, truth + level * random.normal(size=len(truth)), np.ones(images, bool))
        for name, level in noise.items()
    ]
    return problem, parts, truth
