#!/usr/bin/env bash
# usage: install.sh [RIG...]      (all rigs without arguments)
# Set up the real programs that the tests talk to, below tests/rigs/unpacked/ (ignored by git). A rig that is there
# already is left alone. Nothing outside that folder is changed.
#   benchmark_model   TensorFlow Lite's benchmark_model 2.14.1 with XNNPACK for this x86-64 machine. Unpacked from a
#                     bundle if there is one (BENCHHUB_RIG_BUNDLES=FOLDER, or ../shared/rigs beside the checkout),
#                     else built from Debian's packages (as root, about 2 minutes and 1 GB; needs debootstrap).
set -euo pipefail
HERE=$(dirname "$(readlink -f "$0")")
DEST=$HERE/unpacked
BUNDLES=${BENCHHUB_RIG_BUNDLES:-$HERE/../../../shared/rigs}

install_benchmark_model() {
    local name=linux_x86_64 target=$DEST/benchmark_model archive
    if [ -x "$target/benchmark_model" ]; then return; fi
    rm -rf "$target"
    mkdir -p "$DEST"
    archive=$BUNDLES/benchmark_model/$name.tar.xz
    if [ -e "$archive" ]; then
        (cd "$BUNDLES/benchmark_model" && grep -F "  $name.tar.xz" SHA256SUMS | sha256sum -c --quiet -)
        tar -C "$DEST" -xJf "$archive"
    else
        "$HERE/benchmark_model/build.sh" "$DEST/build" "$DEST" x86_64
        rm -rf "$DEST/build"
    fi
    mv "$DEST/$name" "$target"
}

for rig in "${@:-benchmark_model}"; do
    case $rig in
    benchmark_model) "install_$rig" ;;
    *) echo "there is no rig '$rig'; rigs: benchmark_model" >&2; exit 2 ;;
    esac
    echo "$rig: $DEST/$rig"
done
