from __future__ import annotations

import pytest

from benchhub.models.recipes import CONVERTER_FORMS, QUANTIZER_FORMS, known_recipes, read_recipe


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("float32", "float32"),
        ("qat", "qat+int8"),
        ("pruned", "pruned+float32"),
        ("clustered+int8_io", "clustered+int8_io"),
        ("pruned+dynamic_wi4", "pruned+dynamic_wi4"),
        ("int8_weights_only", "weight_only_wi8"),
    ],
)
def test_words_and_what_they_mean(text: str, means: str) -> None:
    assert str(read_recipe(text)) == means


@pytest.mark.parametrize(
    "text", [*known_recipes(), *(f"pruned+{form}" for form in CONVERTER_FORMS)]
)
def test_every_known_word_is_a_recipe_that_reads_back(text: str) -> None:
    recipe = read_recipe(text)

    assert read_recipe(str(recipe)) == recipe
    assert recipe.by_quantizer == (recipe.form in QUANTIZER_FORMS)
    assert recipe.base.form == "float32"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("int88", "did you mean 'int8'?"),
        ("pruned+", "there is no recipe 'pruned+'"),
        ("pruned+clustered", "there is no recipe"),
        ("qat+float32", "quantisation-aware training makes int8 or int8_io"),
        ("", "there is no recipe ''"),
        ("int8+pruned", "there is no recipe"),
    ],
)
def test_what_makes_no_sense(text: str, told: str) -> None:
    with pytest.raises(ValueError, match="recipe|training") as error:
        read_recipe(text)
    assert told in str(error.value)


def test_which_ones_are_calibrated() -> None:
    calibrated = [word for word in known_recipes() if read_recipe(word).needs_data]

    assert calibrated == ["int8", "int8_io", "int16x8", "static_wi8_ai8", "static_wi8_ai16"]
