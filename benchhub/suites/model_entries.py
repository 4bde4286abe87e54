"""The YAML of a model: its source, its variants, and the data they are made and judged with.

Descriptions go into the suite's schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from benchhub.records import RANDOM, REFERENCE_VARIANT, TOP1, InputSpec, Limits
from benchhub.suites.configurations import Name
from benchhub.suites.validation import Strict

# A function of a module beside the suite.
CALLABLE_PATTERN = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"
KINDS = ("file", "url", "keras", "saved_model", "concrete_function")


def _with_file(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value or {}


def _with_data(value: Any) -> Any:
    return {"data": value} if isinstance(value, str) else value


def _by_name(value: Any) -> Any:
    """Turn a list of variants into a mapping."""
    if not isinstance(value, list):
        return value
    names = [one.get("name") if isinstance(one, dict) else one for one in value]
    for index, name in enumerate(names):
        if not isinstance(name, str):
            raise ValueError(f"variant {index + 1} has no name")  # noqa: TRY004 - pydantic's way
        if name in names[:index]:
            raise ValueError(f"variant '{name}' stands here twice")
    rest = [
        {key: part for key, part in one.items() if key != "name"} if isinstance(one, dict) else {}
        for one in value
    ]
    return dict(zip(names, rest, strict=True))


class InputEntry(Strict):
    """How one input of a model is fed."""

    shape: list[Annotated[int, Field(ge=1)]] | None = Field(
        None, max_length=8, description="Dimensions; needed where the model leaves them open."
    )
    range: list[float] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="Smallest and largest value of the random data.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.range and self.range[0] > self.range[1]:
            raise ValueError(f"range {self.range}: the first value is the larger one")
        return self


class SourceEntry(Strict):
    """What a model's variants are made of: exactly one of file, url, keras, ..."""

    file: str | None = Field(None, description="A float32 .tflite file, relative to the suite.")
    url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="A .tflite, .keras or .h5 file to download once; needs sha256.",
    )
    sha256: str | None = Field(
        None, pattern=SHA256_PATTERN, description="Digest that the download has to have."
    )
    keras: str | None = Field(
        None,
        description="A name of keras.applications, a .keras or .h5 file relative to the suite, or "
        "module:function that returns a model.",
    )
    saved_model: str | None = Field(None, description="A folder, relative to the suite.")
    concrete_function: str | None = Field(
        None,
        pattern=CALLABLE_PATTERN,
        description="module:function that returns a tf.function's concrete function.",
    )
    arguments: dict[str, Any] = Field(
        {}, description="For the function or the network of keras.applications."
    )
    signature: str | None = Field(None, description="Signature of the SavedModel to convert.")
    batch_size: int | None = Field(
        None, ge=1, le=65536, description="Fixes the batch; recurrent networks need it."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Of random weights and of training.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a source is exactly one of {', '.join(KINDS)}")
        if (self.url is None) != (self.sha256 is None):
            raise ValueError("url and sha256 go together: a download is checked")
        if self.signature and not self.saved_model:
            raise ValueError("signature is for a saved_model")
        return self

    @property
    def kind(self) -> str:
        """Which of KINDS it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class DataEntry(Strict):
    """Examples."""

    data: str = Field(
        description="A .npz or .npy file relative to the suite, module:function, or random."
    )
    samples: int | None = Field(None, ge=1, description="Take that many at most.")
    seed: int = Field(0, ge=0, lt=2**32, description="Of random data.")

    @property
    def is_random(self) -> bool:
        """Whether the data are made up."""
        return self.data == RANDOM


Data = Annotated[DataEntry, BeforeValidator(_with_data, json_schema_input_type=str | DataEntry)]


class TrainingEntry(DataEntry):
    """How qat, pruned and clustered variants are fine-tuned."""

    epochs: int = Field(2, ge=1, le=10_000)
    batch_size: int = Field(32, ge=1, le=65536)
    learning_rate: float = Field(1e-4, gt=0, le=10)
    optimizer: str = Field("adam", description="As Keras names it.")
    loss: str = Field(
        "sparse_categorical_crossentropy",
        description="As Keras names it, or module:function of targets and outputs.",
    )


class VariantEntry(Strict):
    """One .tflite file of a model: a file, or a recipe to make it of the source."""

    file: str | None = Field(None, description="Path of the .tflite file, relative to the suite.")
    url: str | None = Field(
        None, pattern=r"^https?://", description="A .tflite file to download once; needs sha256."
    )
    sha256: str | None = Field(
        None, pattern=SHA256_PATTERN, description="Digest that the download has to have."
    )
    recipe: str | None = Field(
        None, description="How it is made, e.g. pruned+int8. Default: the name of the variant."
    )
    representative: Data | None = Field(None, description="In place of the model's.")
    epochs: int | None = Field(None, ge=1, le=10_000, description="In place of training's.")
    learning_rate: float | None = Field(None, gt=0, le=10, description="Likewise.")
    sparsity: float = Field(0.5, gt=0, lt=1, description="Share of zeros that pruning aims at.")
    clusters: int = Field(16, ge=2, le=65536, description="Distinct values of a weight.")
    select_tf_ops: bool = Field(
        default=False, description="Allow TensorFlow operators; LiteRT alone cannot run them."
    )
    custom_ops: bool = Field(default=False, description="Allow operators that nobody knows.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [key for key in ("file", "url", "recipe") if getattr(self, key) is not None]
        if len(ways) > 1:
            raise ValueError(f"a variant has one of file, url and recipe, not {' and '.join(ways)}")
        if (self.url is None) != (self.sha256 is None):
            raise ValueError("url and sha256 go together: a download is checked")
        return self

    @property
    def is_made(self) -> bool:
        """Whether it is made of the model's source."""
        return self.file is None and self.url is None


class AccuracyEntry(DataEntry):
    """The data that variants are judged on."""

    metric: str = Field(
        TOP1, description="top1, top5, or module:function of outputs and labels; more is better."
    )
    against: Name = Field(REFERENCE_VARIANT, description="Variant that drops refer to.")
    batch_size: int = Field(32, ge=1, le=65536, description="Where inputs can be resized.")


class BudgetEntry(Strict):
    """What a model has to meet to be shipped."""

    max_latency_ms: float | None = Field(None, gt=0)
    max_size_mb: float | None = Field(None, gt=0, description="Of the file, in 10^6 bytes.")
    max_accuracy_drop: float | None = Field(
        None, ge=0, le=1, description="Against the reference variant; 0.01 is a percentage point."
    )
    devices: list[str] = Field(["*"], min_length=1, description="Names; * is a wildcard.")

    def record(self) -> Limits:
        """Return it as a record."""
        return Limits(
            self.max_latency_ms, self.max_size_mb, self.max_accuracy_drop, tuple(self.devices)
        )


class ModelEntry(Strict):
    """A network and the files made of it."""

    name: Name
    source: (
        Annotated[
            SourceEntry, BeforeValidator(_with_file, json_schema_input_type=str | SourceEntry)
        ]
        | None
    ) = Field(None, description="What variants are made of.")
    variants: Annotated[
        dict[
            Name,
            Annotated[
                VariantEntry,
                BeforeValidator(_with_file, json_schema_input_type=str | VariantEntry | None),
            ],
        ],
        BeforeValidator(
            _by_name,
            json_schema_input_type=dict[Name, str | VariantEntry | None]
            | list[Name | dict[str, Any]],
        ),
        Field(min_length=1),
    ] = Field(description="Files or recipes by variant: float32, int8, pruned+int8, ...")
    signature: str | None = Field(None, description="Signature to run; default: the first.")
    inputs: dict[str, InputEntry] = Field({}, description="Inputs that need a shape or a range.")
    representative: Data | None = Field(
        None, description="Examples that int8 and int16x8 are calibrated on."
    )
    training: TrainingEntry | None = Field(
        None, description="What qat, pruned and clustered are fine-tuned on."
    )
    accuracy: (
        Annotated[
            AccuracyEntry, BeforeValidator(_with_data, json_schema_input_type=str | AccuracyEntry)
        ]
        | None
    ) = Field(None, description="What the variants are judged on.")
    budget: BudgetEntry | None = Field(None, description="In place of the suite's.")

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        for name, entry in self.variants.items():
            if entry.is_made and self.source is None:
                raise ValueError(
                    f"variant '{name}' of '{self.name}' has neither file nor url; give it one, or "
                    "give the model a source to make it of"
                )
        return self

    def input_specs(self) -> tuple[InputSpec, ...]:
        """Return the inputs as records."""
        return tuple(
            InputSpec(
                name=name,
                shape=tuple(entry.shape) if entry.shape else None,
                low=entry.range[0] if entry.range else None,
                high=entry.range[1] if entry.range else None,
            )
            for name, entry in self.inputs.items()
        )
