import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.words import name_in_words, own_words


@pytest.mark.parametrize(
    ("image_url", "alt", "words"),
    [
        ("x/heat_flow-plot.png", "The plot", "heat flow plot The plot"),
        ("heatFlowMap2.svg", None, "heat Flow Map"),
        ("https://host/a/CADModel%20view.svg?width=3#x", "", "CAD Model view"),
        ("https://host/img.png", "  two \n lines ", "img two lines"),
        ("figures/Ts_diagram.png", "figures/Ts_diagram.png", "Ts diagram"),
        ("figures/Ts_diagram.png", "Ts_diagram", "Ts diagram"),
        ("plot-3f2a9c81d0.png", None, "plot"),
        ("run/stress_vonMises_LC2.png", "stress von Mises LC2", "stress von Mises LC2"),
        ("docs/a.ipynb#inline-12", None, ""),
        ("docs/a.ipynb#inline-12", "an output", "an output"),
        ("data:image/png;base64,AAAA", None, ""),
        ("", None, ""),
    ],
)
def test_words_of_an_image(image_url: str, alt: str | None, words: str) -> None:
    assert own_words(image_url, alt) == words


@given(st.text(), st.none() | st.text())
def test_any_name_gives_words(image_url: str, alt: str | None) -> None:
    words = own_words(image_url.replace("[", "").replace("]", ""), alt)
    assert words == " ".join(words.split())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stress_vonMises_LC2.png", "stress von Mises LC2"),
        ("displacement-U1 t=1.5.png", "displacement U1 t=1.5"),
        ("heatFlow.top-view(2).jpeg", "heat Flow top view 2"),
        ("plot-3f2a9c81d0.png", "plot"),
        ("T_-0.5.png", "T -0.5"),
    ],
)
def test_a_name_keeps_its_numbers(name: str, words: str) -> None:
    assert name_in_words(name) == words
