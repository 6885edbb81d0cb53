"""The packaged encoders as modules that a run trains, from the bytes and the texts that shards hold.

Both compute as they do when they are locked: statistics of batch norms stay as they came and nothing is
dropped, so that a vector depends on its own image or text alone.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from training.encoders import efficientnet, minilm
from training.encoders.tuning import Sites, tune
from training.encoders.tuning_settings import TuningSettings

_OF_EFFICIENTNET = Sites(low_rank=("_expand_conv", "_project_conv", "_conv_head"), bottlenecks=("_bn2",))
_OF_MINILM = Sites(low_rank=("query", "value"), bottlenecks=("output.dense",), norms=("output.LayerNorm",))


class _AsLocked(nn.Module):
    """A network whose mode stays that of evaluation, also while it is trained.

    Args:
        network: in evaluation mode.
        tuning: what of it is trained.
        sites: where its adapters go.
    """

    def __init__(self, network: nn.Module, tuning: TuningSettings, sites: Sites) -> None:
        super().__init__()
        self.network = network
        tune(network, tuning, sites)

    def train(self, mode: bool = True) -> Self:
        """Set the mode of the whole, but not of the network: it computes as it does when locked."""
        super().train(mode)
        self.network.eval()
        return self


class InPlaceEfficientNet(_AsLocked):
    """EfficientNet-lite0 over square images.

    Args:
        tuning: what of it is trained.
    """

    width = efficientnet.WIDTH

    def __init__(self, tuning: TuningSettings) -> None:
        network = efficientnet.load_network()
        # The layer of its classes is no part of the features.
        network._fc = nn.Identity()
        _plain_maps(network)
        network.to(memory_format=torch.channels_last)
        super().__init__(network, tuning, _OF_EFFICIENTNET)

    def maps(self, images: Tensor) -> Tensor:
        """Return the last feature maps, [n, 1280, cells, cells], of images [n, 3, side, side]; n may be 0."""
        if images.shape[0] == 0:
            return images.new_zeros((0, self.width, 1, 1))
        extract = self.network.extract_features
        assert callable(extract)
        maps: Tensor = extract(images.contiguous(memory_format=torch.channels_last))
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Return one vector for each image, the mean over its map, [n, 1280].

        Args:
            images: what `prepare_images` gives, float32, [n, 3, side, side]; n may be 0.
        """
        return self.maps(images).mean(dim=(2, 3))


class InPlaceMiniLM(_AsLocked):
    """MiniLM over packed tokens.

    Args:
        tuning: what of it is trained.
    """

    width = minilm.WIDTH

    def __init__(self, tuning: TuningSettings) -> None:
        super().__init__(minilm.load_network(), tuning, _OF_MINILM)

    def states(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        """Return a vector for each token in its text, [Σ tokens, 384]; see `minilm.token_states`."""
        return minilm.token_states(self.network, tokens, offsets)

    def forward(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        """Return one unit vector for each text, [n, 384]: the mean of its tokens; without any it is zero."""
        return minilm.mean_states(self.states(tokens, offsets), offsets)


def _plain_maps(network: nn.Module) -> None:
    """Make 1 x 1 convolutions plain ones: peft makes its own of their type, which here asks for a size."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and child.kernel_size == (1, 1):
                plain = nn.Conv2d(child.in_channels, child.out_channels, 1, bias=child.bias is not None)
                plain.load_state_dict(child.state_dict())
                setattr(parent, name, plain)
