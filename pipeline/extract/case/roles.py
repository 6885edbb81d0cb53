"""What part each file plays in a case, told by its name and its first bytes."""

from __future__ import annotations

import re
from typing import Literal

from pipeline.extract.case.logs.kinds import log_kind
from pipeline.extract.case.tables.sniff import looks_like_table
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.encoding import decode
from pipeline.extract.media import TEXT, check_text, media_type_of

Role = Literal["notes", "deck", "log", "printed", "table", "image", "mesh", "foam_mesh", "field", "other"]

#: The order in which the files of a case are read.
ORDER: tuple[Role, ...] = (
    "notes", "deck", "log", "printed", "table", "image", "foam_mesh", "mesh", "field", "other",
)  # fmt: skip

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".svg", ".tif", ".tiff")
_MESHES = (
    ".vtu", ".vtk", ".msh", ".stl", ".ply", ".obj", ".off", ".mesh", ".meshb", ".vol", ".ele", ".su2",
    ".ugrid", ".f3grid", ".avs", ".bdf", ".nas", ".fem",
)  # fmt: skip
#: Results of whole models, which no reader here knows; some are text and look like tables.
_RESULTS = (".frd", ".f06", ".op2", ".odb", ".fil")
_TABLES = (".csv", ".tsv", ".tab", ".xy")
_LOGS = (".log", ".sta", ".msg", ".cvg", ".out", ".stdout", ".stderr")
#: Input decks and scripts, and the language of each.
DECKS = {
    ".inp": "abaqus", ".k": "ls-dyna", ".key": "ls-dyna", ".dyn": "ls-dyna", ".geo": "gmsh", ".py": "python",
    ".jou": "journal", ".comm": "python", ".mac": "apdl", ".cfg": "ini", ".ini": "ini", ".yaml": "yaml",
    ".yml": "yaml", ".json": "json", ".toml": "toml", ".xml": "xml", ".sh": "bash", ".m": "matlab",
    ".jl": "julia", ".f": "fortran", ".for": "fortran", ".f90": "fortran", ".c": "c", ".cpp": "cpp",
    ".fbd": "cgx", ".gnuplot": "gnuplot", ".plt": "gnuplot", ".in": "text", ".par": "text", ".prm": "text",
}  # fmt: skip
_NOTE_NAMES = re.compile(
    r"^(readme|notes?|todo|changes|changelog|remarks?|comments?|memo)\b[^.]*$", re.IGNORECASE
)
_SCRIPT_NAMES = re.compile(r"^(all(run|clean|mesh)\S*|makefile)$", re.IGNORECASE)
_NODES = re.compile(rb"^[ \t]*\*[ \t]*NODE[ \t\r]*(?:,|$)", re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"^\d+(\.\d+)?(e[+-]?\d+)?$")
_FOAM_CLASS = re.compile(r"^[ \t]*class[ \t]+(\w+);", re.MULTILINE)


def role_of(path: str, head: bytes) -> Role:
    """Return the part that a file plays.

    Args:
        path: within the case.
        head: its first bytes, at least `HEAD_BYTES` of them where it has so many.
    """
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith(_RESULTS):
        return "other"
    if name.endswith(_IMAGES):
        return "image"
    if name.endswith(_MESHES):
        return "mesh"
    media = media_type_of(name)
    if media is not None and media != TEXT:
        return "notes"
    if not _is_text(head):
        # What the name calls a table or a log is refused with its reason by their readers.
        return "table" if name.endswith(_TABLES) else "log" if name.endswith(_LOGS) else "other"
    text = decode(head, prescan=False)
    if "FoamFile" in text[:4096] and "/polyMesh/" in f"/{path}":
        return "foam_mesh"
    if "FoamFile" in text[:4096]:
        return _foam_role(path, text)
    if name.endswith(_TABLES):
        return "table"
    return _text_role(name, media, text)


def has_mesh(path: str, head: bytes) -> bool:
    """Tell whether an input deck holds its mesh, in Abaqus' keywords."""
    return path.lower().endswith(".inp") and _NODES.search(head) is not None


def language_of_deck(path: str, head: str) -> str:
    """Return the language of an input deck or a script, as a highlighter would call it."""
    name = path.rsplit("/", 1)[-1].lower()
    if "FoamFile" in head[:4096]:
        return "openfoam"
    if name.startswith("all") or head.startswith("#!"):
        return "bash" if "python" not in head[:64] else "python"
    if name == "makefile":
        return "make"
    if name.endswith(".inp") and "calculix" in head.lower():
        return "calculix"
    return next((language for suffix, language in DECKS.items() if name.endswith(suffix)), "text")


def _foam_role(path: str, text: str) -> Role:
    """A field of a later time is a result; one of the first, like every dictionary, says what was set up."""
    kind = _FOAM_CLASS.search(text)
    parts = path.split("/")
    if kind is None or not kind[1].endswith("Field"):
        return "deck"
    times = [part for part in parts[:-1] if _NUMBER.match(part)]
    return "deck" if times and float(times[0]) == 0.0 and len(parts) == 2 else "field"


def _text_role(name: str, media: str | None, text: str) -> Role:
    if _NOTE_NAMES.match(name):
        return "notes"
    if _SCRIPT_NAMES.match(name) or text.startswith("#!") or name.endswith(tuple(DECKS)):
        return "deck"
    kind = log_kind(name, text)
    if kind is not None:
        return "printed" if kind == "printed" else "log"
    if looks_like_table(text):
        return "table"
    if media == TEXT:
        return "notes"
    return "log" if name.endswith(_LOGS) or name.startswith("log") else "other"


def _is_text(head: bytes) -> bool:
    try:
        check_text(head)
    except UnreadableDocumentError:
        return False
    return True
