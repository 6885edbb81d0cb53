"""The settings of the tokens that encoders give beside one vector for each image and text."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from training.settings import Settings

ImageScale = Literal["whole", "tiles", "patches"]
TextScale = Literal["section", "sentences", "words"]

#: A token's scale is its place here. A unit without tokens of its own is one of the first.
IMAGE_SCALES: tuple[ImageScale, ...] = get_args(ImageScale)
TEXT_SCALES: tuple[TextScale, ...] = get_args(TextScale)


class TokenSettings(Settings):
    """At which scales an image and a text are compared; none leaves one vector each."""

    image: tuple[ImageScale, ...] = Field(
        default=(), description="The whole, its 2 x 2 tiles, the patches of the encoder's last layer."
    )
    text: tuple[TextScale, ...] = Field(
        default=(), description="The mean of its section's texts, its sentences, its words."
    )

    @property
    def asked(self) -> bool:
        """Whether there are any."""
        return bool(self.image or self.text)

    @property
    def of_images(self) -> tuple[ImageScale, ...]:
        """The scales that an image encoder has to give beside the vector of the whole."""
        return tuple(scale for scale in IMAGE_SCALES[1:] if scale in self.image)

    @property
    def of_texts(self) -> tuple[TextScale, ...]:
        """The scales that a text encoder has to give beside the vector of a text."""
        return tuple(scale for scale in TEXT_SCALES[1:] if scale in self.text)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name, scales in (("image", self.image), ("text", self.text)):
            if len(set(scales)) < len(scales):
                raise ValueError(f"{name} names a scale twice: leave one out")
        return self
