"""Writes a build of a dataset in the form of another tool."""

from __future__ import annotations

import json
from typing import Literal

from pipeline.export.documents import stream_documents
from pipeline.export.huggingface import export_huggingface
from pipeline.export.mmc4 import export_mmc4
from pipeline.export.obelics import export_obelics
from pipeline.export.place import Exported, Facts, Folder
from pipeline.export.webdataset import export_webdataset
from storage.builds import Build, latest_build, list_builds
from storage.references import readable_build

Form = Literal["huggingface", "mmc4", "obelics", "webdataset"]
#: In the order in which help prints them.
FORMS: tuple[Form, ...] = ("huggingface", "mmc4", "obelics", "webdataset")


def export_dataset(dataset: str, form: Form, out: str, build_id: str | None = None) -> Exported:
    """Write the kept documents of a build, with their kept images, into the folder `out`.

    Args:
        dataset: path or URL.
        form: whose form.
        out: a folder that is empty or not there, as path or URL.
        build_id: the build to write, by any name that `storage.references` knows; by default the latest.

    Raises:
        LooseleafError: if there is no such dataset or build, or `out` is not empty.
    """
    build = readable_build(dataset, build_id) if build_id is not None else latest_build(dataset)
    documents = stream_documents(dataset, build.build_id if build is not None else None)
    folder = Folder(out)
    if form == "obelics":
        return export_obelics(documents, folder)
    if form == "mmc4":
        return export_mmc4(documents, folder)
    if form == "webdataset":
        return export_webdataset(documents, folder)
    return export_huggingface(documents, folder, _facts(dataset, build))


def _facts(dataset: str, build: Build | None) -> Facts:
    if build is None:
        # Tables that no build has pinned yet: an export of them is a draft.
        return Facts(dataset.rstrip("/").rsplit("/", 1)[-1], "0.0.0", "1970-01-01")
    number = 1 + [known.build_id for known in list_builds(dataset)].index(build.build_id)
    name = json.loads(build.recipe).get("name", "")
    return Facts(name, f"{number}.0.0", build.created_at.date().isoformat())
