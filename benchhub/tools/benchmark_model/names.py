"""Names of delegates: the runtime's (`TfLiteXNNPackDelegate`) and benchhub's (`xnnpack`)."""

from __future__ import annotations

import re

_RUNTIME_NAME = re.compile(r"^TfLite(\w{1,60}?)Delegate(?:V\d)?$")


def delegate_name(node_type: str) -> str | None:
    """Return benchhub's name of the delegate whose node has that type.

    `TfLiteXNNPackDelegate` is `xnnpack`, `TfLiteGpuDelegateV2` is `gpu`; None for the type of an
    operator.
    """
    found = _RUNTIME_NAME.match(node_type)
    return found[1].lower() if found else None
