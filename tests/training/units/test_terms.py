import pytest

from training.units.terms import stem, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stress_vonMises", ["stress_vonmises", "stress", "von", "mise"]),
        ("CADModel", ["cadmodel", "cad", "model"]),
        ("3,5 mm at 12", ["3.5", "mm", "at", "12"]),
        ("a b", []),
        ("応力分布", ["応力", "力分", "分布"]),
    ],
)
def test_terms_of_a_text(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    "forms",
    [("plot", "plots", "plotted", "plotting"), ("mesh", "meshes", "meshing"), ("body", "bodies")],
)
def test_forms_of_a_word_are_one_term(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["stress", "axis", "radius"])
def test_what_only_looks_like_a_plural_stays(word: str) -> None:
    assert stem(word) == word


def test_the_pieces_of_an_identifier_match_its_words() -> None:
    assert set(terms("plastic strain")) <= set(terms("plasticStrain")) | set(terms("plastic_strain"))
