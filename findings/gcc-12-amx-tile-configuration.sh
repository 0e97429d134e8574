#!/usr/bin/env bash
# GCC 12.2.0 (Debian 12): _tile_loadconfig hands on 8 of its 64 bytes, so that tiles of AMX have no rows.
#
# AMX multiplies tiles whose rows and columns a program states in a structure of 64 bytes. The intrinsic that loads it tells the
# compiler of the first 8 bytes alone. What a program stores behind them looks as if nobody read it and is left out under -O2: the
# CPU is given the palette and no sizes, and the first use of a tile ends the process with an illegal instruction. It meets whoever
# compiles kernels for AMX with that distribution's compiler: llama-cpp-python 0.3.36, which PyPI has as source alone, is compiled
# by pip for the CPU at hand. It needs Debian 12 and its package lists.
#
# Seen (x86-64 Linux, cpp-12 12.2.0-14+deb12u1), stores of sizes in the code of a function that sets them for eight tiles:
#   -O0   yes
#   -O2   no
set -euo pipefail
version=12.2.0-14+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet=2 cpp-12=$version libgcc-12-dev=$version libisl23 libmpc3 libmpfr6 libgmp10 libzstd1 zlib1g
for package in ./*.deb; do dpkg -x "$package" root; done
inside=root/usr/lib/gcc/x86_64-linux-gnu/12
cat >sizes.c <<'C'
#define _IMMINTRIN_H_INCLUDED
#include <amxtileintrin.h>
struct sizes {
  unsigned char palette, start, reserved[14];
  unsigned short bytes[16];
  unsigned char rows[16];
};
void set(void) {
  struct sizes sizes = {0};
  sizes.palette = 1;
  for (int tile = 0; tile < 8; tile++) {
    sizes.bytes[tile] = 64;
    sizes.rows[tile] = 16;
  }
  _tile_loadconfig(&sizes);
}
C
stores() { # LEVEL
  LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu:root/lib/x86_64-linux-gnu "$inside/cc1" -quiet "$1" -mamx-tile \
    -isystem "$inside/include" sizes.c -o code.s
  grep -q ldtilecfg code.s
  # 64 as a word or four words, and 16 as a byte or eight bytes, in whatever way they are written.
  if grep -qE '\$64\b|\$16,|4194368|18014673391583296|1157442765409226768' code.s; then echo yes; else echo no; fi
}
printf -- '-O0   %s\n-O2   %s\n' "$(stores -O0)" "$(stores -O2)"
[[ $(stores -O0) == yes && $(stores -O2) == no ]]
echo "as stated"
