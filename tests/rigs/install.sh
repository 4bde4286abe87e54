#!/usr/bin/env bash
# usage: install.sh [RIG...]      (all rigs without arguments)
# Set up the real programs that the tests talk to, below tests/rigs/unpacked/ (ignored by git). A rig that is there
# already is left alone. Nothing outside that folder is changed. Needs x86-64, apt-get, dpkg-deb; the Debian mirror is the
# one this machine's apt uses (or MIRROR=...).
#   benchmark_model        TensorFlow Lite's benchmark_model 2.14.1 with XNNPACK for this x86-64 machine. Unpacked from a
#                          bundle if there is one (BENCHHUB_RIG_BUNDLES=FOLDER, or ../shared/rigs beside the checkout),
#                          else built from Debian's packages (as root, about 2 minutes and 1 GB; needs debootstrap).
#   benchmark_model_arm64  the same for the board; building takes about 4 minutes and 1.4 GB.
#   adbd                   an Android-like device with Debian's adbd (gcc, python3; 4-12 s, 55 MB)
#   sshd                   OpenSSH's server (3 s, 25 MB)
#   board                  the same with an arm64 user land and QEMU (12-16 s, 220 MB)
#   gpu                    a GPU made of software for LiteRT's accelerator (1 s with chromium installed, else 32 MB; 6 MB)
#   delegate               a small external delegate for TFLite (gcc; 1 s)
set -euo pipefail
HERE=$(dirname "$(readlink -f "$0")")
DEST=$HERE/unpacked
BUNDLES=${BENCHHUB_RIG_BUNDLES:-$HERE/../../../shared/rigs}
RIGS=(benchmark_model benchmark_model_arm64 adbd sshd board gpu delegate)

benchmark_model() { # benchmark_model TARGET BUNDLE-NAME ARCHITECTURE
    local target=$1 name=$2 archive=$BUNDLES/benchmark_model/$2.tar.xz
    if [ -x "$target/benchmark_model" ]; then return; fi
    rm -rf "$target"
    if [ -e "$archive" ]; then
        (cd "$BUNDLES/benchmark_model" && grep -F "  $name.tar.xz" SHA256SUMS | sha256sum -c --quiet -)
        tar -C "$DEST" -xJf "$archive"
    else
        "$HERE/benchmark_model/build.sh" "$DEST/build" "$DEST" "$3"
    fi
    mv "$DEST/$name" "$target"
}

install_benchmark_model() { benchmark_model "$1" linux_x86_64 x86_64; }
install_benchmark_model_arm64() { benchmark_model "$1" linux_arm64 arm64; }

# The others are made beside their place and moved there when they are whole.
install_adbd() {
    if [ -e "$1" ]; then return; fi
    rm -rf "$1.part"
    "$HERE/adbd/setup.sh" "$1.part"
    "$HERE/adbd/build-root.sh" "$1.part" device2
    mv "$1.part" "$1"
}

install_sshd() {
    if [ -e "$1" ]; then return; fi
    rm -rf "$1.part"
    "$HERE/sshd/setup.sh" "$1.part"
    mv "$1.part" "$1"
}

install_board() {
    if [ -e "$1" ]; then return; fi
    install_sshd "$DEST/sshd"
    rm -rf "$1.part"
    mkdir "$1.part"
    cp -a "$DEST/sshd/server" "$1.part/"
    "$HERE/sshd/setup.sh" -w arm64 "$1.part"
    # start.sh gives the board to the user that sshd runs as; done here once, not for each copy
    read -r _ _ ids </proc/self/uid_map
    [ "$(id -u)" != 0 ] || [ "$ids" = 1 ] || chown -R 65534:65534 "$1.part/board"
    mv "$1.part" "$1"
}

install_gpu() {
    if [ -e "$1" ]; then return; fi
    rm -rf "$1.part"
    "$HERE/gpu/setup.sh" "$1.part"
    mv "$1.part" "$1"
}

install_delegate() { # always built: its source is here, and may have changed
    mkdir -p "$1"
    gcc -O2 -Wall -Wextra -shared -fPIC -o "$1/libtestdelegate.so.part" "$HERE/delegate/testdelegate.c"
    mv "$1/libtestdelegate.so.part" "$1/libtestdelegate.so"
}

if [ $# != 1 ]; then # each by a call of its own: one that cannot be set up here does not keep the others away
    failed=()
    for rig in "${@:-${RIGS[@]}}"; do
        "$0" "$rig" || failed+=("$rig")
    done
    rm -rf "$DEST/build"
    [ ${#failed[@]} = 0 ] || { echo "not set up: ${failed[*]}" >&2; exit 1; }
    exit 0
fi
[[ " ${RIGS[*]} " == *" $1 "* ]] || { echo "there is no rig '$1'; rigs: ${RIGS[*]}" >&2; exit 2; }
mkdir -p "$DEST"
"install_$1" "$DEST/$1"
echo "$1: $DEST/$1"
