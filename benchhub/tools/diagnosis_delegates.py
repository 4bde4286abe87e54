"""What the lines of the delegates and accelerators mean: part of the diagnosis table."""

from __future__ import annotations

from benchhub.records import Severity
from benchhub.tools.diagnosis_row import Pattern, Row

FATAL, SILENT = Severity.FATAL, Severity.SILENT
NOISE, INFO = Severity.NOISE, Severity.INFO

_SEE_ABOVE = "The lines before it in the output say why."

_COMMON_ROWS = (
    Row(
        "delegate.full",
        INFO,
        "benchmark_tflite_model.cc",
        "The delegate runs the whole graph.",
        "",
        (
            Pattern(
                "the model graph will be completely executed by the delegate",
                r"^Explicitly applied \w+ delegate,",
            ),
        ),
    ),
    Row(
        "delegate.partial",
        SILENT,
        "benchmark_tflite_model.cc",
        "The delegate runs only parts of the graph, the CPU the rest.",
        "Look at the partitions: each border between them costs time.",
        (
            Pattern(
                "the model graph will be partially executed by the delegate w/ ",
                r"^Explicitly applied \w+ delegate,.* w/ \d+ delegate kernels",
            ),
        ),
    ),
    Row(
        "delegate.none",
        SILENT,
        "benchmark_tflite_model.cc",
        "The delegate took no node of the graph: the CPU runs all of it.",
        "Do not read this as a result of the delegate; look for the operators that it lacks.",
        (
            Pattern(
                " delegate is explicitly applied, the model graph will not be executed by",
                r"^Though \w+ delegate is",
            ),
        ),
    ),
    Row(
        "delegate.strict",
        FATAL,
        "benchmark_tflite_model.cc; measured",
        "Full delegation was required, but the CPU would run a part of the graph.",
        "Do not require it, or change the model.",
        (
            Pattern("Disallowed CPU fallback detected."),
            Pattern("Requesting full delegation and CPU acceleration are incompatible."),
        ),
    ),
    Row(
        "delegate.apply",
        FATAL,
        "benchmark_tflite_model.cc",
        "The delegate refused the graph.",
        _SEE_ABOVE,
        (Pattern("Failed to apply ", r"^Failed to apply \w+ delegate\."),),
    ),
    Row(
        "delegate.default",
        FATAL,
        "measured",
        "XNNPACK, which the runtime applies by itself, could not be applied.",
        "Mostly an input shape that does not fit; the lines before it name the node.",
        (Pattern("Failed to apply the default TensorFlow Lite delegate indexed at 0."),),
    ),
    Row(
        "delegate.restored",
        SILENT,
        "subgraph.cc",
        "The delegate failed while it was prepared, and the CPU runs the graph.",
        "Do not read this as a result of the delegate.",
        (
            Pattern("Restored original execution plan after delegate application failure"),
            Pattern("Restored previous execution plan"),
        ),
    ),
    Row(
        "delegate.replace",
        INFO,
        "subgraph.cc",
        "The runtime says how many nodes the delegate took.",
        "",
        (Pattern("Replacing ", r"^Replacing \d+ out of \d+ node\(s\) with delegate \("),),
    ),
    Row(
        "delegate.simple",
        INFO,
        "simple_delegate.cc",
        "The delegate says how many nodes it took.",
        "",
        (Pattern(" nodes delegated out of ", r"delegate: \d+ nodes delegated out of \d+ nodes"),),
    ),
    Row(
        "external.created",
        SILENT,
        "measured",
        "An external delegate was made; a crash after it means that its library could not be "
        "loaded, or failed.",
        "Check path, architecture and dependencies of the delegate's library.",
        (Pattern("EXTERNAL delegate created."),),
    ),
    Row(
        "xnnpack.implicit",
        SILENT,
        "xnnpack_delegate.cc",
        "The runtime applied XNNPACK by itself: these are not the built-in kernels.",
        "--use_xnnpack=false gives the built-in kernels.",
        (Pattern("Created TensorFlow Lite XNNPACK delegate for CPU."),),
    ),
    Row(
        "static.dynamic",
        FATAL,
        "tensorflow#51859",
        "The delegate needs fixed shapes, but the graph has dynamic ones.",
        "Fix the input shapes, in the suite or when converting.",
        (Pattern("Attempting to use a delegate that only supports static-sized tensors"),),
    ),
)

_GPU_ROWS = (
    Row(
        "gpu.unsupported_ops",
        SILENT,
        "gpu/common/model_builder.cc",
        "The GPU delegate lacks operators of this graph: the CPU runs them.",
        "Replace these operators, or read the result as one of GPU and CPU together.",
        (
            Pattern("Following operations are not supported by GPU delegate:"),
            Pattern("No operations will run on the GPU, and all "),
        ),
        follow=r"^(?:\w+: |\d+ operations will run on the GPU|No operations will run on the GPU)",
    ),
    Row(
        "gpu.platform",
        SILENT,
        "gpu_delegate_provider.cc; measured",
        "The program was built without the GPU delegate: the CPU runs the graph.",
        "Use a program that has it.",
        (
            Pattern("GPU acceleration is unsupported on this platform."),
            Pattern("The GPU delegate compile options are only supported on Android or iOS"),
        ),
    ),
    Row(
        "gpu.opencl",
        SILENT,
        "tensorflow#43793",
        "OpenCL could not be loaded: the GPU delegate uses OpenGL, which is slower, or fails.",
        "Check that the device's OpenCL library is there and complete.",
        (
            Pattern("Can not open OpenCL library on this device"),
            Pattern("OpenCL library not loaded - dlopen failed"),
            Pattern("Falling back to OpenGL"),
        ),
    ),
    Row(
        "gpu.init",
        FATAL,
        "tensorflow#56533",
        "The GPU delegate reported an error.",
        "The line names the cause.",
        (Pattern("TfLiteGpuDelegate ", r"^TfLiteGpuDelegate (?:Init|Prepare|Invoke): "),),
    ),
    Row(
        "gpu.serialized",
        NOISE,
        "gpu/delegate.cc",
        "The GPU delegate was loaded from a cache: its initialisation time is a warm one.",
        "",
        (Pattern("Initialized OpenCL-based API from serialized data."),),
    ),
    Row(
        "litert.gpu_lib",
        SILENT,
        "gpu_registry.cc",
        "LiteRT's GPU accelerator could not be loaded: the CPU runs the graph.",
        "Put libLiteRtClGlAccelerator.so there and name its folder in LD_LIBRARY_PATH.",
        (
            Pattern("GPU accelerator could not be loaded and registered"),
            Pattern("GPU accelerator could not be dynamically loaded and registered"),
        ),
    ),
    Row(
        "litert.gpu_ok",
        INFO,
        "gpu_registry.cc",
        "LiteRT's GPU accelerator was loaded.",
        "",
        (
            Pattern("Statically linked GPU accelerator registered"),
            Pattern("Dynamically loaded GPU accelerator(", r"GPU accelerator\(.*\) registered"),
        ),
    ),
)

_NPU_ROWS = (
    Row(
        "litert.npu",
        SILENT,
        "npu_registry.cc",
        "LiteRT's NPU accelerator could not be loaded.",
        "Put the dispatch libraries of the device's maker there.",
        (
            Pattern("NPU accelerator could not be loaded and registered"),
            Pattern("Dispatch library directory is not set."),
        ),
    ),
    Row(
        "litert.dispatch_ver",
        FATAL,
        "LiteRT#6059",
        "Program and dispatch library do not fit together.",
        "Take both from one release.",
        (Pattern("ERROR: [dispatch_delegate.cc:"),),
    ),
    Row(
        "qnn.skel",
        FATAL,
        "ai-hub-apps#158",
        "The DSP library for this chip was not found or does not fit.",
        "Put it there and name its folder in ADSP_LIBRARY_PATH, which `;` separates, not `:`.",
        (
            Pattern("Failed to load skel, error: "),
            Pattern("Unable to load Skel Library"),
            Pattern("QnnDevice_create", r"QnnDevice_create.{0,200}14001"),
            Pattern("apps_std_fopen_with_env failed", r"libQnnHtpV\d+Skel\.so"),
        ),
    ),
    Row(
        "qnn.version",
        FATAL,
        "LiteRT#6889",
        "Model and QNN runtime come from different versions.",
        "Compile the model again with the version on the device.",
        (
            Pattern("Unsupported context binary version"),
            Pattern("version mismatch", r"(?i)qnn.{0,200}version mismatch"),
        ),
    ),
    Row(
        "hexagon.create",
        SILENT,
        "hexagon_delegate_provider.cc",
        "The Hexagon delegate could not be made: the CPU runs the graph.",
        "Put libhexagon_interface.so and the skel libraries there.",
        (Pattern("Could not create Hexagon delegate: platform may not support delegate"),),
    ),
    Row(
        "hexagon.version",
        SILENT,
        "hexagon_delegate.cc",
        "Interface and skel libraries of Hexagon do not fit, or the chip is too new for them.",
        "Take both from one version (1.20.0.x); chips after the Snapdragon 865 have no support.",
        (
            Pattern("Failed to fetch Hexagon NN version."),
            Pattern("Incompatible versions between interface library and libhexagon_skel"),
            Pattern("Hexagon Delegate is not supported."),
        ),
    ),
    Row(
        "hexagon.skelpath",
        SILENT,
        "tensorflow#49247",
        "The DSP did not find the skel library of Hexagon.",
        "Name its folder in ADSP_LIBRARY_PATH (`;` separates) and LD_LIBRARY_PATH.",
        (Pattern("remote handle open domain failed", r"libhexagon_nn_skel\w*\.so"),),
    ),
    Row(
        "nnapi.platform",
        SILENT,
        "nnapi_delegate_provider.cc; measured",
        "The program has no NNAPI on this platform: the CPU runs the graph.",
        "NNAPI exists on Android only.",
        (Pattern("NNAPI acceleration is unsupported on this platform."),),
    ),
    Row(
        "nnapi.list",
        INFO,
        "tensorflow#56301",
        "NNAPI names its accelerators; nnapi-reference alone means the CPU.",
        "",
        (Pattern("NNAPI accelerators available: ["),),
    ),
    Row(
        "nnapi.err",
        FATAL,
        "nnapi_delegate.cc",
        "The NNAPI driver reported an error.",
        "Choose another accelerator.",
        (Pattern("NN API returned error (ANEURALNETWORKS_"),),
    ),
    Row(
        "nnapi.needs_flag",
        SILENT,
        "nnapi_delegate_provider.cc",
        "An NNAPI option was ignored, because NNAPI itself was not asked for.",
        "Add --use_nnapi=true.",
        (Pattern("`--use_nnapi=true` must be set for the provided NNAPI"),),
    ),
    Row(
        "coreml.platform",
        SILENT,
        "coreml_delegate_provider.cc",
        "The program has no Core ML on this platform: the CPU runs the graph.",
        "Core ML exists on Apple's systems only.",
        (Pattern("CoreML acceleration is unsupported on this platform."),),
    ),
)

DELEGATE_ROWS = _COMMON_ROWS + _GPU_ROWS + _NPU_ROWS
