"""docutils' parser, set so that it reads nothing but the text it is given and says nothing."""

from __future__ import annotations

import copy
import importlib
import re
import warnings
from functools import lru_cache
from typing import Any

from docutils import frontend, nodes, utils
from docutils.parsers.rst import Parser
from docutils.parsers.rst.languages import en
from docutils.transforms.references import Substitutions

from pipeline.extract.roles import role_text
from pipeline.extract.rst.directives import OVERRIDES, directive_for

_DIRECTIVE = re.compile(
    r"\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z0-9](?:[\w.+:-]*[A-Za-z0-9])?)[ \t]?::(?:\s|$)"
)
_ROLE = re.compile(r":([A-Za-z0-9](?:[\w.+:-]*[A-Za-z0-9])?):`")
_ROLE_AFTER = re.compile(r"`:([A-Za-z0-9](?:[\w.+:-]*[A-Za-z0-9])?):")


#: The registries, whose private parts the type stubs leave out.
_directives: Any = importlib.import_module("docutils.parsers.rst.directives")
_roles: Any = importlib.import_module("docutils.parsers.rst.roles")


def parse_rst(text: str) -> nodes.document:
    """Return the document tree of `text`, with substitutions filled in.

    Directives and roles that docutils does not know keep their content. No file is included, no raw part is
    run, nothing is printed; errors of the text stay in the tree as `system_message`s.
    """
    _register(text)
    document = utils.new_document("document", copy.copy(_settings()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Parser().parse(text, document)
    Substitutions(document).apply()
    return document


@lru_cache(maxsize=1)
def _settings() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = frontend.get_default_settings(Parser)
    settings.report_level = 5
    settings.halt_level = 6
    settings.warning_stream = False
    settings.file_insertion_enabled = False
    settings.raw_enabled = False
    settings.syntax_highlight = "none"
    settings.line_length_limit = 1_000_000
    return settings


def _register(text: str) -> None:
    """Make every directive and role that `text` names known to docutils, whose registries are global."""
    for name, directive in OVERRIDES.items():
        _directives.register_directive(name, directive)
    known = en.directives.keys() | _directives._directive_registry.keys() | _directives._directives.keys()
    for name in {found.lower() for found in _DIRECTIVE.findall(text)} - known:
        _directives.register_directive(name, directive_for(name))
    for name in {found.lower() for found in (*_ROLE.findall(text), *_ROLE_AFTER.findall(text))}:
        if name not in en.roles and name not in _roles._roles and name not in _roles._role_registry:
            _roles.register_local_role(name, _plain_role)


def _plain_role(  # noqa: PLR0917 - docutils calls it so
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = None
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    del lineno, inliner, options, content  # docutils' signature
    shown = role_text(name, utils.unescape(text))
    return ([nodes.inline(rawtext, shown)] if shown else []), []
