"""Words that settings and the code that they steer have in common."""

from __future__ import annotations

from typing import Literal

#: document: the same one, drawn twice; always ignored. family: of one site, report family or project.
#: image: both hold the same image. text: both hold the same text or a near-duplicate. unimodal: alike in one
#: modality, to an encoder that is not trained.
MaskName = Literal["document", "family", "image", "text", "unimodal"]

#: hardest: the most similar negative of the batch. semi_hard: the most similar one that is less similar than
#: the true counterpart, or the least similar of all where there is none such.
HardNegative = Literal["hardest", "semi_hard"]

#: random: any image with any text of its document; adjacent: with the text that the layout puts nearest;
#: true: with a text that is known to belong to it (links, else captions, else the texts of its section).
PairKind = Literal["random", "adjacent", "true"]
