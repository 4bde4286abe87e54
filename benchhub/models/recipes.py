"""The ways to make a variant, by the words that suites use. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.suites.validation import did_you_mean

# Numeric forms that TFLite's converter makes of a network.
CONVERTER_FORMS = ("float32", "float16", "dynamic", "int8", "int8_io", "int16x8")
# Recipes of ai-edge-quantizer, which works on a float32 .tflite file.
QUANTIZER_FORMS = (
    "dynamic_wi8",
    "weight_only_wi8",
    "static_wi8_ai8",
    "static_wi8_ai16",
    "dynamic_wi4",
    "weight_only_wi4",
)
# Other words for the same.
ALIASES = {"int8_weights_only": "weight_only_wi8"}
# What fine-tunes a network before it is converted.
OPTIMISATIONS = ("qat", "pruned", "clustered")

_ALONE = {"qat": "int8", "pruned": "float32", "clustered": "float32"}
_CALIBRATED = frozenset({"int8", "int8_io", "int16x8", "static_wi8_ai8", "static_wi8_ai16"})
_AFTER_QAT = ("int8", "int8_io")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to make a .tflite file of a network.

    Attributes:
        optimisation: One of OPTIMISATIONS; empty for none.
        form: One of CONVERTER_FORMS or QUANTIZER_FORMS.
    """

    optimisation: str
    form: str

    def __str__(self) -> str:
        return f"{self.optimisation}+{self.form}" if self.optimisation else self.form

    @property
    def by_quantizer(self) -> bool:
        """Whether ai-edge-quantizer makes it of the float32 file."""
        return self.form in QUANTIZER_FORMS

    @property
    def needs_data(self) -> bool:
        """Whether ranges of activations are calibrated; QAT has learned them."""
        return self.form in _CALIBRATED and self.optimisation != "qat"

    @property
    def base(self) -> Recipe:
        """The float32 file that ai-edge-quantizer starts from."""
        return Recipe(self.optimisation, "float32")


def read_recipe(text: str) -> Recipe:
    """Read a recipe such as `int8`, `pruned+int8`, `qat` or `dynamic_wi8`.

    Raises:
        ValueError: There is no such recipe, or its parts make no sense together.
    """
    first, plus, rest = text.partition("+")
    if first in OPTIMISATIONS:
        optimisation, form = first, rest if plus else _ALONE[first]
    else:
        optimisation, form = "", text
    form = ALIASES.get(form, form)
    if form not in CONVERTER_FORMS + QUANTIZER_FORMS:
        raise ValueError(f"there is no recipe '{text}'{did_you_mean(text, list(known_recipes()))}")
    if optimisation == "qat" and form not in _AFTER_QAT:
        raise ValueError(f"'{text}': quantisation-aware training makes {' or '.join(_AFTER_QAT)}")
    return Recipe(optimisation, form)


def known_recipes() -> tuple[str, ...]:
    """Return the words that make a recipe alone, for people."""
    return CONVERTER_FORMS + tuple(ALIASES) + OPTIMISATIONS + QUANTIZER_FORMS
