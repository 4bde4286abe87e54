#!/usr/bin/env bash
# usage: setup.sh DEST
# Put a GPU made of software into the folder DEST: SwiftShader, a Vulkan driver that computes on the CPU (Debian's
# chromium-common), and the Vulkan loader. A chromium that is installed already is used; else the packages are fetched
# and unpacked, never installed. For the process that is to see this GPU:
#   VK_ICD_FILENAMES=DEST/vk_swiftshader_icd.json LD_LIBRARY_PATH=DEST
set -euo pipefail
DEST=${1:?usage: setup.sh DEST}
[ "$(uname -m)" = x86_64 ] || { echo "this rig is for x86-64" >&2; exit 1; }
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=../common/debian.sh
. "$HERE/../common/debian.sh"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
CHROMIUM=/usr/lib/chromium
LOADER=$CHROMIUM/libvulkan.so.1
if ! [ -e "$CHROMIUM/libvk_swiftshader.so" ] || ! [ -e "$LOADER" ]; then
    apt_private "$T/apt" amd64 bookworm
    (cd "$T" && retry apt-get "${APT[@]}" -qq download chromium-common libvulkan1)
    for package in "$T"/*.deb; do dpkg-deb -x "$package" "$T/x"; done
    CHROMIUM=$T/x/usr/lib/chromium
    LOADER=$T/x/usr/lib/x86_64-linux-gnu/libvulkan.so.1
fi
mkdir -p "$DEST"
cp -L "$CHROMIUM/libvk_swiftshader.so" "$CHROMIUM/vk_swiftshader_icd.json" "$LOADER" "$DEST/"
