import json
import os

import pytest
import yaml

from pipeline.recipe import CasesSource, FilesSource, Recipe, load_recipe, recipe_from_dict
from storage.errors import LooseleafError

GOOD = {
    "name": "demo",
    "sources": [
        {"kind": "files", "name": "papers", "root": "papers", "license": "Apache-2.0"},
        {"kind": "web", "name": "site", "start": ["https://example.org/docs/"], "delay": 0.5},
    ],
}


def with_field(path, value):
    recipe = json.loads(json.dumps(GOOD))
    here = recipe
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = value
    return recipe


def test_a_recipe_survives_its_own_json():
    recipe = recipe_from_dict(GOOD)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    assert (
        recipe.model_dump_json() == recipe_from_dict(json.loads(recipe.model_dump_json())).model_dump_json()
    )


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("clean", "image_min_sid"), 3, ["clean.image_min_sid", "'image_min_side'"]),
        (("clen",), {}, ["clen", "'clean'"]),
        (("sources", 0, "includ"), ["*"], ["sources.0.includ", "'include'"]),
        (("sources", 1, "max_page"), 3, ["sources.1.max_page", "'max_pages'"]),
        (("sources", 0, "kind"), "file", ["sources.0.kind", "'file'", "'files'"]),
        (("sources", 1, "start"), ["ftp://x/"], ["sources.1.start", "ftp://x/", "http"]),
        (("clean", "image_max_aspect"), 0.5, ["clean.image_max_aspect", "0.5", "greater than or equal to 1"]),
        (("groups", "kinds"), ["sections"], ["groups.kinds.0", "'section'"]),
        (("images", "formats"), ["emf"], ["images.formats.0", "svg"]),
        (("network", "allow_private"), ["127.0.0.1"], ["network.allow_private.0", "127.0.0.1"]),
        (("pack", "test_fraction"), 0.95, ["pack", "nothing to train on"]),
        (("sources", 1, "name"), "papers", ["papers"]),
        (("name",), None, ["name"]),
    ],
)
def test_a_wrong_field_is_one_sentence_that_names_it(path, value, words):
    with pytest.raises(LooseleafError) as error:
        recipe_from_dict(with_field(path, value), origin="recipe r.yaml")
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith("recipe r.yaml: ")
    assert message[-1] in ".?"
    for word in words:
        assert word in message


def test_a_source_without_kind_and_a_missing_name_are_named():
    with pytest.raises(LooseleafError, match=r"sources\.0 has no kind"):
        recipe_from_dict({"name": "x", "sources": [{"name": "y"}]})
    with pytest.raises(LooseleafError, match="name is missing"):
        recipe_from_dict({"sources": GOOD["sources"]})
    with pytest.raises(LooseleafError, match="no fields"):
        recipe_from_dict(None)


def test_relative_roots_count_from_the_recipes_folder(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    source = load_recipe(str(path)).sources[0]
    assert isinstance(source, FilesSource)
    assert source.root == str(tmp_path / "papers")
    absolute = with_field(("sources", 0, "root"), "/data")
    path.write_text(yaml.safe_dump(absolute))
    assert load_recipe(str(path)).sources[0].root == os.path.abspath("/data")
    remote = with_field(("sources", 0, "root"), "s3://bucket/data")
    path.write_text(yaml.safe_dump(remote))
    assert load_recipe(str(path)).sources[0].root == "s3://bucket/data"


def test_cases_are_a_kind_of_source(tmp_path):
    path = tmp_path / "recipe.yaml"
    cases = {"kind": "cases", "name": "runs", "root": "studies", "folders": ["**/run_*"]}
    path.write_text(yaml.safe_dump({**GOOD, "sources": [cases]}))
    source = load_recipe(str(path)).sources[0]
    assert isinstance(source, CasesSource)
    assert (source.root, source.folders) == (str(tmp_path / "studies"), ("**/run_*",))
    path.write_text(yaml.safe_dump({**GOOD, "sources": [{**cases, "max_bytes": 0}]}))
    with pytest.raises(LooseleafError, match="max_bytes"):
        load_recipe(str(path))


def test_a_file_that_is_missing_or_is_no_yaml_is_one_sentence(tmp_path):
    with pytest.raises(LooseleafError, match=r"nothing\.yaml cannot be read"):
        load_recipe(str(tmp_path / "nothing.yaml"))
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: [demo\nsources: {")
    with pytest.raises(LooseleafError, match="is not YAML at line"):
        load_recipe(str(broken))
    broken.write_bytes(b"name: \xff\xfe\x81")
    with pytest.raises(LooseleafError, match="not YAML"):
        load_recipe(str(broken))


def test_every_field_is_described_and_numbers_say_their_range():
    def fields(schema):
        for definition in [schema, *schema.get("$defs", {}).values()]:
            yield from definition.get("properties", {}).items()

    for name, field in fields(Recipe.model_json_schema()):
        assert field.get("description"), name
        if field.get("type") in ("integer", "number"):
            assert " to " in field["description"], name
