#!/usr/bin/env bash
# usage: fetch-qemu.sh DEST
# Put qemu-aarch64-static (Debian bookworm's qemu-user-static, 7.2) into the folder DEST. No root, nothing installed.
set -euo pipefail
DEST=${1:?usage: fetch-qemu.sh DEST}
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$HERE/debian.sh"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
mkdir -p "$DEST"
apt_private "$T/apt" "$(dpkg --print-architecture)" bookworm
(cd "$T" && retry apt-get "${APT[@]}" -qq download qemu-user-static)
dpkg-deb -x "$T"/qemu-user-static_*.deb "$T/x"
install -m755 "$T/x/usr/bin/qemu-aarch64-static" "$DEST/"
"$DEST/qemu-aarch64-static" --version | sed -n 1p
