"""Where an export goes: an empty folder, and the files that a format puts there."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.export.documents import Picture
from storage.errors import LooseleafError
from storage.filesystem import exists, join, open_filesystem, write_bytes_atomic


@dataclass(frozen=True)
class Exported:
    """What an export wrote: documents, places of images in them, and files that differ in content."""

    documents: int
    images: int
    files: int


@dataclass(frozen=True)
class Facts:
    """What is said of an exported dataset as a whole.

    Attributes:
        name: what its recipe calls it.
        version: `<number of the build>.0.0`, counted from 1.
        published: day of the build, ISO 8601.
        licenses: SPDX names of the licences that its documents state.
        languages: ISO 639-1 codes of its documents.
    """

    name: str
    version: str
    published: str
    licenses: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class Folder:
    """The folder that an export fills; a picture is written once, however many documents show it.

    Raises:
        LooseleafError: if there is something in it already.
    """

    def __init__(self, url: str) -> None:
        if exists(url):
            filesystem, path = open_filesystem(url)
            if not filesystem.isdir(path) or filesystem.ls(path):
                raise LooseleafError(
                    f"{url} cannot take an export because it is not empty; name a new folder."
                )
        self.url = url
        self.files = 0
        self._pictures: set[str] = set()

    def write(self, name: str, data: bytes) -> None:
        """Write the file `name`, a path with slashes below the folder."""
        write_bytes_atomic(join(self.url, *name.split("/")), data)
        self.files += 1

    def picture(self, picture: Picture) -> str:
        """Write a picture unless it is there, and return its name below the folder."""
        name = f"images/{picture.file_name}"
        if name not in self._pictures:
            self._pictures.add(name)
            self.write(name, picture.data)
        return name
