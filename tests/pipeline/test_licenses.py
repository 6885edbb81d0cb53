from __future__ import annotations

import pytest

from pipeline.licenses import is_license_address, license_name, license_of_links


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/de/", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("Licensed under CC BY 4.0 International.", "CC-BY-4.0"),
        ("CC0", "CC0-1.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("All rights   reserved, Example Ltd.", "All rights reserved, Example Ltd."),
        ("  ", None),
        (None, None),
    ],
)
def test_names(stated: str | None, name: str | None) -> None:
    assert license_name(stated) == name


def test_words_that_only_look_like_a_licence() -> None:
    assert license_name("Acc by 3 m/s2") == "Acc by 3 m/s2"
    assert not is_license_address("https://creativecommons.org/about/")


def test_link_headers() -> None:
    header = (
        '</style.css>; rel=preload, <https://creativecommons.org/licenses/by/4.0/>; rel="license noopener"'
    )
    assert license_of_links([header]) == "CC-BY-4.0"
    assert license_of_links(["<a>; rel=next", "<https://x.org/terms>;rel=license"]) == "https://x.org/terms"
    assert license_of_links(["<https://x.org/l>; title=license", ""]) is None
