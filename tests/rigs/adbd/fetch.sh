#!/usr/bin/env bash
# usage: fetch.sh WORK
# Download (never install) Debian trixie's adbd, its libraries and an Android-like userland to WORK/debs. No root.
# The mirror is the one this system's apt uses (or MIRROR=...).
set -euo pipefail
WORK=${1:?usage: fetch.sh WORK}
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=../common/debian.sh
. "$HERE/../common/debian.sh"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
mkdir -p "$WORK/debs"
cd "$WORK/debs"
rm -f ./*.deb
apt_private "$T" amd64 trixie
retry apt-get "${APT[@]}" -qq download adbd android-libbase android-libboringssl android-libcutils android-liblog \
    libbrotli1 libc6 libgcc-s1 liblz4-1 libprotobuf32t64 libstdc++6 libsystemd0 libzstd1 zlib1g libcap2 libxxhash0 \
    libcrypt1 libselinux1 libpcre2-8-0 mksh toybox busybox-static
sha256sum ./*.deb >SHA256SUMS
