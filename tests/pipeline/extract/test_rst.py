from __future__ import annotations

import pytest

from pipeline.extract.rst import read_rst

URL = "file:///d/docs/a.rst"


def shape(text: str) -> list[tuple[str, str | None, int | None]]:
    document = read_rst(text.encode(), URL)
    return [(e.kind, e.image_url if e.kind == "image" else e.text, e.caption_of) for e in document.elements]


def test_the_kinds() -> None:
    text = """\
:orphan:

One
===

Some *text* with :math:`x` and :ref:`a title <there>` and :py:meth:`~a.b.go`.

- a

  - b

.. code-block:: python
   :emphasize-lines: 1

   x = 1

.. math::

   y

By itself:

    indented

Two
---

====  ====
 h     k
====  ====
 1     2
====  ====
"""
    document = read_rst(text.encode(), URL)
    assert document.title == "One"
    assert [(e.kind, e.text) for e in document.elements] == [
        ("heading", "One"),
        ("text", "Some text with $x$ and a title and go."),
        ("list_item", "a"),
        ("list_item", "b"),
        ("code", "x = 1"),
        ("math", "y"),
        ("text", "By itself:"),
        ("text", "indented"),
        ("heading", "Two"),
        ("table", "| h | k |\n| --- | --- |\n| 1 | 2 |"),
    ]
    assert document.elements[-1].section_path == ("One", "Two")


def test_figure_and_its_dark_twin() -> None:
    text = """\
.. figure:: p.png
   :align: nonsense
   :alt: A plate
   :figclass: only-light

   The stress.

   A legend.

.. figure:: dark.png
   :figclass: only-dark

   The stress.
"""
    assert shape(text) == [
        ("image", "file:///d/docs/p.png", None),
        ("text", "The stress.", 0),
        ("text", "A legend.", None),
    ]


def test_substituted_images_do_not_part_a_sentence() -> None:
    text = "Press |x| now.\n\n.. |x| image:: p.png\n"
    assert shape(text) == [("text", "Press now.", None), ("image", "file:///d/docs/p.png", None)]


def test_unknown_directives_keep_their_content() -> None:
    text = """\
.. grid:: 1 2 3

   .. grid-item-card:: A card
      :img-top: p.png
      :unheard-of: yes

      Its body.
      +++
      .. never-heard:: a.b.c

         Inside :never:`role`.

.. toctree::

   a

.. py:function:: go(x)

   It goes.

.. raw:: html

   <p>From <b>HTML</b>.</p>

.. only:: latex

   Not here.
"""
    assert shape(text) == [
        ("image", "file:///d/docs/p.png", None),
        ("text", "A card", None),
        ("text", "Its body.", None),
        ("text", "Inside role.", None),
        ("code", "go(x)", None),
        ("text", "It goes.", None),
        ("text", "From HTML.", None),
    ]


@pytest.mark.parametrize("directive", ["include", "literalinclude", "csv-table", "raw", "figure"])
def test_no_file_is_read(directive: str, tmp_path: object) -> None:
    secret = tmp_path / "secret.txt"  # type: ignore[operator]
    secret.write_text("password")
    document = read_rst(f".. {directive}:: {secret}\n   :file: {secret}\n\nAfter.\n".encode(), URL)
    assert "password" not in str([e.text for e in document.elements])


def test_errors_of_the_text_are_silent_and_lose_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    text = "Title\n==\n\n|undefined| and *open\n\n====\nbad table\n\n.. image::\n\nEnd.\n"
    words = " ".join(e.text or "" for e in read_rst(text.encode(), URL).elements)
    assert "undefined" in words
    assert "bad table" in words
    assert "End." in words
    assert capfd.readouterr() == ("", "")
