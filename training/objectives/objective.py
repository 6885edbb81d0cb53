"""The objective of a run: the weighted mean of its terms, and the groups that are added to it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.batch import TensorBatch
from training.contrast.counterparts import Counterparts
from training.contrast.members import BLOCK_PAIRS
from training.encoded import Encoded, Gathered
from training.encoders.token_settings import TokenSettings
from training.gather import gather, total
from training.masks import (
    Masks,
    Unimodal,
    between_documents_counterparts,
    document_features,
    ids_apart,
    without_negative,
)
from training.model import UnalignedModel
from training.objectives.adversarial import ModalityConfusion
from training.objectives.clip_pairs import ClipPairs, clip_pairs, clip_pairs_between
from training.objectives.intra_document import intra_document
from training.objectives.loss import Loss
from training.objectives.self_assignment import assign, assigned_infonce, round_starts
from training.objectives.settings import ObjectiveSettings
from training.objectives.term import Term
from training.objectives.unpaired import Unpaired
from training.similarity.annealing import anneal
from training.similarity.layout import own_weights


class Objective(nn.Module):
    """An objective and the parameters that it trains: of similarities, biases, a discriminator, a trunk.

    It is a part of the model, so that it is trained and kept with it.

    Args:
        settings: of the objective.
        pixel_width: of the features of images.
        width: of the features of texts, and d of the joint space.
        snapshot: a model of the same shape, for self-assignment; its weights are kept in checkpoints.
        tokens: of the units that the terms compare.
        block_pairs: most image-text products held at once.
    """

    def __init__(
        self,
        settings: ObjectiveSettings,
        pixel_width: int,
        width: int,
        snapshot: UnalignedModel | None = None,
        *,
        tokens: TokenSettings = TokenSettings(),  # noqa: B008 - frozen
        block_pairs: int = BLOCK_PAIRS,
    ) -> None:
        super().__init__()
        self.settings, self._block_pairs = settings, block_pairs
        self.masks = Masks(settings.mask, Unimodal(**settings.unimodal.model_dump()))
        self.terms = nn.ModuleList([Term(term, width, tokens) for term in settings.terms])
        pairs = settings.pairs
        sigmoid = pairs is not None and pairs.contrast == "sigmoid"
        self.pair_bias = nn.Parameter(torch.tensor(pairs.bias)) if pairs is not None and sigmoid else None
        adversarial, unpaired = settings.adversarial, settings.unpaired
        self.confusion = None if adversarial is None else ModalityConfusion(adversarial, width)
        self.unpaired = None if unpaired is None else Unpaired(unpaired, width, pixel_width, width)
        self.snapshot = None if snapshot is None else snapshot.requires_grad_(False)
        self._assigns = False

    def begin_step(self, model: UnalignedModel, step: int, steps: int) -> None:
        """Set what depends on the step: sharpness that is annealed, and the snapshot where a round begins.

        All of it is a function of the step and of the checkpoint: a run that was killed goes on as it would
        have.

        Args:
            model: whose snapshot is taken.
            step: steps done.
            steps: of the run.
        """
        anneal(self, step / max(steps, 1))
        if self.settings.self_assignment is None or self.snapshot is None:
            return
        starts = round_starts(self.settings.self_assignment, steps)
        self._assigns = step >= starts[0]
        if step in starts:
            weights = model.state_dict()
            self.snapshot.load_state_dict({name: weights[name] for name in self.snapshot.state_dict()})

    def forward(self, model: UnalignedModel, batch: TensorBatch, encoded: Encoded, draw: int) -> Loss:
        """Return this worker's share of the loss over the documents of all workers.

        Every worker must call it, also one without documents. Documents without images or without texts, or
        without any negative, take no part in the terms; the latter are counted as `without_negative`.

        Args:
            model: its scale and centres.
            batch: the local documents.
            encoded: the same documents, encoded.
            draw: seed of this step, the same on every worker.

        Returns:
            The share, with each term and group by name.
        """
        apart = ids_apart(encoded, self.masks)
        if self.settings.pairs is not None and apart is not None and not self._assigns:
            loss = self._pairs(model, batch, encoded, draw, apart=apart)
            logged = {"without_negative": without_negative(encoded, apart), **loss.terms}
            # What is not a number shows, also in vectors that were not drawn.
            share = loss.total + encoded.images.sum() * 0.0 + encoded.texts.sum() * 0.0
        else:
            share, logged = self._between_documents(model, batch, encoded, draw)
        return Loss(share + self._groups(model, batch, encoded, draw, logged=logged), logged)

    def _between_documents(
        self, model: UnalignedModel, batch: TensorBatch, encoded: Encoded, draw: int
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The share of all that knows who is whose negative from a matrix over documents, and its parts."""
        gathered = gather(encoded)
        features = []
        if "unimodal" in self.masks.names:
            features = [
                document_features(model.pixel_centre(batch.pixels), batch.image_offsets),
                document_features(model.text_centre(batch.texts), batch.text_offsets),
            ]
        found = between_documents_counterparts(batch, encoded, gathered, self.masks, features)
        held = gathered.encoded.contrasted[found.own]
        logged = {"without_negative": (held & ~found.taken).sum().float()}
        # Every worker's backward pass goes through the gathering, whatever its terms need of it.
        share = torch.stack([vectors.sum() * 0.0 for vectors in gathered.encoded.vectors]).sum()
        if self.settings.pairs is not None:
            loss = self._pairs(model, batch, encoded, draw, between=found)
            logged.update(loss.terms)
            share = share + loss.total
        if len(self.terms):
            share = share + self._terms(model, batch, encoded, gathered, found, logged=logged)
        if self._assigns:
            share = self._assigned(model, batch, encoded, gathered, found, logged=logged, base=share)
        return share, logged

    def _pairs(
        self,
        model: UnalignedModel,
        batch: TensorBatch,
        encoded: Encoded,
        draw: int,
        *,
        apart: Tensor | None = None,
        between: Counterparts | None = None,
    ) -> Loss:
        settings = self.settings.pairs
        assert settings is not None
        chosen, bias = ClipPairs(settings.kind, settings.per_document), self.pair_bias
        if between is None:
            return clip_pairs(model, batch, encoded, chosen, draw, apart=apart, bias=bias)
        return clip_pairs_between(model, batch, encoded, chosen, draw, between=between, bias=bias)

    def _terms(
        self,
        model: UnalignedModel,
        batch: TensorBatch,
        encoded: Encoded,
        gathered: Gathered,
        found: Counterparts,
        *,
        logged: dict[str, Tensor],
    ) -> Tensor:
        weights = None
        if self.settings.layout_prior and len(batch.prior):
            weights = own_weights(batch.prior, encoded.image_offsets, encoded.text_offsets)
        shares: list[Tensor] = []
        guesses: list[Tensor] = []
        for term in self.terms:
            assert isinstance(term, Term)
            share: Tensor = term(
                encoded, gathered, found, scale=model.scale, weights=weights, block_pairs=self._block_pairs
            )
            name = term.name if term.name not in logged else f"{term.name}_{len(shares)}"
            logged[name] = share.detach()
            shares.append(term.settings.weight * share)
            guess = term.guessing(encoded, gathered, found)
            if guess is not None:
                guesses.append(term.settings.weight * guess)
        whole = sum(term.weight for term in self.settings.terms)
        told = len(guesses) == len(shares) and not self.settings.grouped
        if told and self.settings.contrasted is None:
            logged["guessing"] = torch.stack(guesses).sum() / whole
        return torch.stack(shares).sum() / whole

    def _assigned(
        self,
        model: UnalignedModel,
        batch: TensorBatch,
        encoded: Encoded,
        gathered: Gathered,
        found: Counterparts,
        *,
        logged: dict[str, Tensor],
        base: Tensor,
    ) -> Tensor:
        settings = self.settings.self_assignment
        assert settings is not None
        assert self.snapshot is not None
        with torch.no_grad():
            assigned = assign(self.snapshot.encode(batch), settings)
        share = assigned_infonce(encoded, gathered, found, assigned, model.scale)
        images = total(torch.tensor(float(len(encoded.images)), device=share.device))
        logged["assigned"] = share.detach()
        logged["assigned_share"] = share.new_tensor(len(assigned.images) / max(images, 1.0))
        return (1 - settings.weight) * base + settings.weight * share

    def _groups(
        self,
        model: UnalignedModel,
        batch: TensorBatch,
        encoded: Encoded,
        draw: int,
        *,
        logged: dict[str, Tensor],
    ) -> Tensor:
        share = encoded.images.new_zeros(())
        within = self.settings.intra_document
        if within is not None:
            part = intra_document(encoded, batch.prior, model.scale, within)
            logged["intra_document"] = part.detach()
            share = share + within.weight * part
        if self.confusion is not None:
            part = self.confusion(encoded)
            logged["modality"] = part.detach()
            share = share + part
        if self.unpaired is not None and self.settings.unpaired is not None:
            pixels, texts = model.pixel_centre(batch.pixels), model.text_centre(batch.texts)
            part = self.unpaired(encoded, pixels, texts, draw)
            logged["reconstruction"] = part.detach()
            share = share + self.settings.unpaired.weight * part
        return share
