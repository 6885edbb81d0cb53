from __future__ import annotations

import pytest

from pipeline.extract.html.read import read_html

BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("page", "stated", "where"),
    [
        (f'<p>x</p><a rel="nofollow license" href="{BY}">terms</a>', "CC-BY-4.0", "rel"),
        (f'<link rel=license href="{BY}"><meta name=rights content="Mine">', "CC-BY-4.0", "rel"),
        ('<meta name="DC.Rights" content="Example Ltd 2020"><p>x', "Example Ltd 2020", "meta"),
        (
            f'<script type="application/ld+json">{{"@graph": [{{"license": {{"@id": "{BY}"}}}}]}}</script>',
            "CC-BY-4.0",
            "json-ld",
        ),
        (f'<p>x</p><footer>Text is under <a href="{BY}">CC BY</a></footer>', "CC-BY-4.0", "link"),
        ('<script type="application/ld+json">{"license": </script><p>x', None, None),
        ("<p>No licence is stated, MIT is a university.</p>", None, None),
    ],
)
def test_a_page_states_its_licence(page: str, stated: str | None, where: str | None) -> None:
    read = read_html(page.encode(), "https://x.org/a.html")
    assert (read.license, read.license_from) == (stated, where)
