"""TFLite's names of operators: the wheel has them, together with numpy, so they come last."""

from __future__ import annotations

from collections.abc import Iterable


def operator_names(codes: Iterable[int]) -> dict[str, str]:
    """Return names such as `CONV_2D` by code, as far as the wheel knows them."""
    try:
        from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415
    except ImportError:
        return {}
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    return {str(code): names[code] for code in codes if code in names}
