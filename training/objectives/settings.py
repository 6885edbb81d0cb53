"""The settings of an objective: similarity x contrast x mask, and what may be added to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from training.choices import HardNegative, MaskName, PairKind
from training.settings import Settings
from training.similarity.settings import SimilaritySettings

#: The first three are made of a similarity between documents, the others of single images and texts.
ContrastForm = Literal[
    "infonce", "sigmoid", "triplet", "all_pairs", "noisy_or", "mil_nce", "latent_alignment", "supcon"
]

OF_DOCUMENTS = ("infonce", "sigmoid", "triplet")
WITH_BIAS = ("sigmoid", "all_pairs", "noisy_or")
_WITHOUT_LAYOUT = ("routing", "late_interaction")


class ContrastSettings(Settings):
    """What is made of similarities."""

    form: ContrastForm = Field(default="infonce", description="Who is drawn together and pushed apart.")
    bias: float = Field(
        default=-10.0,
        ge=-100,
        le=100,
        description="sigmoid, all_pairs, noisy_or: at first (-100 to 100).",
    )
    margin: float = Field(default=0.2, gt=0, le=2, description="triplet: in units of cosine (above 0, to 2).")
    negative: HardNegative = Field(default="hardest", description="triplet: which negative is chosen.")


class TermSettings(Settings):
    """One term: a similarity and a contrast over it, or a contrast over single members."""

    similarity: SimilaritySettings | None = Field(
        default=None, description="Between documents; none for contrasts over single members."
    )
    contrast: ContrastSettings = Field(default=ContrastSettings(), description="What is made of it.")
    weight: float = Field(default=1.0, gt=0, le=100, description="Among the terms (above 0, to 100).")

    @model_validator(mode="after")
    def _legal(self) -> Self:
        form = self.contrast.form
        if form in OF_DOCUMENTS and self.similarity is None:
            raise ValueError(f"the contrast {form} compares documents: give the term a similarity")
        if form not in OF_DOCUMENTS and self.similarity is not None:
            raise ValueError(
                f"the contrast {form} compares single images and texts: leave its similarity out"
            )
        return self


class PairsSettings(Settings):
    """CLIP or SigLIP on pairs that are chosen in each document."""

    kind: PairKind = Field(default="random", description="Which pairs are chosen.")
    per_document: int = Field(default=1, ge=1, le=64, description="Pairs of one document a step (1 to 64).")
    contrast: Literal["infonce", "sigmoid"] = Field(default="infonce", description="CLIP or SigLIP.")
    bias: float = Field(default=-10.0, ge=-100, le=100, description="sigmoid: at the start (-100 to 100).")


class UnimodalSettings(Settings):
    """When two documents are alike in one modality, to locked features."""

    soft: bool = Field(default=False, description="Spread the truth over what is alike, instead of masking.")
    threshold: float = Field(default=0.9, ge=-1, le=1, description="Hard: cosine above which (-1 to 1).")
    share: float = Field(default=0.2, ge=0, lt=1, description="Soft: of the truth that is spread (0 to 1).")
    temperature: float = Field(default=0.1, gt=0, le=10, description="Soft: of the softmax (above 0, to 10).")


class IntraDocumentSettings(Settings):
    """Telling the texts of one document apart."""

    weight: float = Field(default=0.3, gt=0, le=100, description="Added to the terms (above 0, to 100).")
    targets: Literal["sinkhorn", "prior"] = Field(
        default="sinkhorn", description="From the model itself, or from the layout (order-aware)."
    )
    sharpening: float = Field(
        default=2.0, ge=1, le=100, description="sinkhorn: targets are so much sharper (1 to 100)."
    )
    iterations: int = Field(default=20, ge=1, le=1000, description="sinkhorn: of both sides (1 to 1000).")


class SelfAssignmentSettings(Settings):
    """Rounds: a snapshot of the model assigns images to texts, and what it is sure of is trained on."""

    warmup: float = Field(
        default=0.4, ge=0, lt=1, description="Share of the steps before the first round (0 to 1)."
    )
    rounds: int = Field(default=2, ge=1, le=100, description="Snapshots over the rest (1 to 100).")
    weight: float = Field(
        default=0.5, gt=0, le=1, description="Share of the assigned pairs in the loss (above 0, to 1)."
    )
    confidence: float = Field(
        default=0.6, ge=0.5, lt=1, description="Posterior from which a pair is trained on (0.5 to 1)."
    )
    sharpness: float = Field(default=20.0, gt=0, le=100, description="Of the posterior (above 0, to 100).")
    null_margin: float = Field(
        default=0.1, ge=-1, le=1, description="Cosine above average that no text at all stands for (-1 to 1)."
    )


class AdversarialSettings(Settings):
    """A discriminator of images and texts, and encoders that confuse it."""

    strength: float = Field(
        default=0.1, gt=0, le=10, description="Of the reversed gradient (above 0, to 10)."
    )
    hidden: int = Field(default=64, ge=1, le=4096, description="Width of the discriminator (1 to 4096).")


class UnpairedSettings(Settings):
    """Reconstruction of images alone and texts alone through one trunk."""

    weight: float = Field(default=1.0, gt=0, le=100, description="Added to the terms (above 0, to 100).")
    hidden: int = Field(default=256, ge=1, le=4096, description="Width of the shared trunk (1 to 4096).")
    dropped: float = Field(
        default=0.3, ge=0, lt=1, description="Share of a vector that is hidden from the trunk (0 to 1)."
    )


_SMOOTH = TermSettings(similarity=SimilaritySettings(form="smooth_chamfer"))
_ROUTED = TermSettings(similarity=SimilaritySettings(form="routing"), weight=0.5)


class ObjectiveSettings(Settings):
    """What a step minimises: the weighted mean of the terms, and what is added to it."""

    name: str | None = Field(
        default=None, pattern=r"^[a-z0-9_]{1,40}$", description="What tables call it; [a-z0-9_], 1 to 40."
    )
    terms: tuple[TermSettings, ...] = Field(
        default=(_SMOOTH, _ROUTED), max_length=16, description="Similarity x contrast (to 16)."
    )
    layout_prior: bool = Field(
        default=False,
        description="Weigh pairs by the layout: order-aware, near to supervision; off is order-free.",
    )
    mask: tuple[MaskName, ...] = Field(default=("document",), description="Which documents are no negatives.")
    unimodal: UnimodalSettings = Field(default=UnimodalSettings(), description="Of the mask `unimodal`.")
    pairs: PairsSettings | None = Field(default=None, description="Chosen pairs, in place of terms.")
    intra_document: IntraDocumentSettings | None = Field(default=None, description="Within one document.")
    self_assignment: SelfAssignmentSettings | None = Field(default=None, description="Rounds.")
    adversarial: AdversarialSettings | None = Field(default=None, description="Modality confusion.")
    unpaired: UnpairedSettings | None = Field(default=None, description="Each modality alone.")

    @property
    def grouped(self) -> bool:
        """Whether anything is added to the terms."""
        groups = (self.intra_document, self.self_assignment, self.adversarial, self.unpaired)
        return any(group is not None for group in groups)

    @property
    def reads_tokens(self) -> bool:
        """Whether a term compares the tokens of images and texts."""
        forms = [term.similarity.form for term in self.terms if term.similarity is not None]
        return "late_interaction" in forms

    @property
    def contrasted(self) -> int | None:
        """How many things a document puts into a cross entropy over the batch.

        None where the loss is something else, or something else is added: what guessing costs is not known.
        """
        if self.grouped:
            return None
        if self.pairs is not None:
            return self.pairs.per_document if self.pairs.contrast == "infonce" else None
        return 1 if all(term.contrast.form == "infonce" for term in self.terms) else None

    @model_validator(mode="before")
    @classmethod
    def _pairs_stand_alone(cls, values: Any) -> Any:
        """Chosen pairs without a word on terms mean no terms."""
        if isinstance(values, Mapping) and values.get("pairs") is not None and "terms" not in values:
            return {**values, "terms": ()}
        return values

    @model_validator(mode="after")
    def _legal(self) -> Self:
        if self.terms and self.pairs is not None:
            raise ValueError("chosen pairs stand in place of terms: give one of them")
        based = bool(self.terms) or self.pairs is not None
        if not based and all(part is None for part in (self.intra_document, self.adversarial, self.unpaired)):
            raise ValueError("nothing is minimised: give terms, pairs or one of the groups")
        if self.self_assignment is not None and not based:
            raise ValueError("self_assignment needs terms or pairs to train on before its first round")
        self._legal_prior()
        self._legal_unimodal()
        return self

    def _legal_prior(self) -> None:
        reads = [
            term.contrast.form == "latent_alignment"
            if term.similarity is None
            else term.similarity.form not in _WITHOUT_LAYOUT
            for term in self.terms
        ]
        if self.layout_prior and not any(reads):
            raise ValueError("layout_prior is on, but none of the terms reads the layout")

    def _legal_unimodal(self) -> None:
        if "unimodal" not in self.mask:
            if self.unimodal != UnimodalSettings():
                raise ValueError("unimodal is told, but the mask does not name it: add it to `mask`")
            return
        soft = self.unimodal.soft
        if soft and (self.pairs is not None or any(term.contrast.form != "infonce" for term in self.terms)):
            raise ValueError("soft unimodal targets need the contrast infonce over documents in every term")
