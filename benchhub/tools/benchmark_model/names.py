"""Names of delegates: the runtime's (`TfLiteXNNPackDelegate`) and benchhub's (`xnnpack`)."""

from __future__ import annotations

import re

_RUNTIME_NAME = re.compile(r"^TfLite(\w{1,60}?)Delegate(?:V\d)?$")
_SHORT = {"metal": "gpu"}  # the GPU delegate of Apple's systems
_APPLYING = "ModifyGraphWithDelegate"  # a step of the initialisation, no node
_EXTERNAL, _XNNPACK = "external", "xnnpack"


def delegate_name(node_type: str) -> str | None:
    """Return benchhub's name of the delegate whose node has that type.

    `TfLiteXNNPackDelegate` is `xnnpack`, `TfLiteGpuDelegateV2` is `gpu`. A delegate of another
    maker keeps the name that it gives itself, e.g. `NeuronDelegate`, as long as that says that
    it is one; None for the type of an operator.
    """
    found = _RUNTIME_NAME.match(node_type)
    if found:
        word = found[1].lower()
        return _SHORT.get(word, word)
    own = "delegate" in node_type.lower() and "/" not in node_type
    return node_type if own and node_type != _APPLYING else None


def word_of(name: str, requested: str) -> str:
    """Return the configuration's word for a delegate of that name.

    An external delegate names itself, or is a usual one in a library: where one was asked for,
    whatever is not XNNPACK is it.
    """
    if requested == _EXTERNAL and name != _XNNPACK:
        return _EXTERNAL
    return name
