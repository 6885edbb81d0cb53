"""The namespaces of Office documents, as lxml writes them before a tag.

Documents of the strict form have namespaces of their own; `transitional` maps them to these.
"""

from __future__ import annotations

from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
VML = "{urn:schemas-microsoft-com:vml}"
OFFICE = "{urn:schemas-microsoft-com:office:office}"

_STRICT = "http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    f"{_STRICT}wordprocessingml/main": W,
    f"{_STRICT}drawingml/main": A,
    f"{_STRICT}presentationml/main": P,
    f"{_STRICT}officeDocument/math": M,
    f"{_STRICT}drawingml/chart": C,
    f"{_STRICT}drawingml/diagram": DGM,
    f"{_STRICT}officeDocument/relationships": REL,
}


def transitional(root: Any) -> None:
    """Rename the nodes and attributes of a strict document as the transitional form calls them, in place."""
    if _STRICT not in " ".join(str(value) for value in root.nsmap.values()):
        return
    for node in root.iter():
        if isinstance(node.tag, str):
            node.tag = _renamed(node.tag)
            for name, value in list(node.attrib.items()):
                if name.startswith("{" + _STRICT):
                    del node.attrib[name]
                    node.set(_renamed(name), value)


def _renamed(name: str) -> str:
    space, brace, local = name.rpartition("}")
    return _TRANSITIONAL.get(space[1:], space + brace) + local if brace else name
