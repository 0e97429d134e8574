#!/usr/bin/env bash
# MPICH 5.0.2 and Open MPI 5.0.11: with a NaN on one rank, MPI_MAX tells ranks, or equal elements, different things.
#
# "Is the loss of any rank not a number?" is often asked by the greatest of all losses. Two ranks, one with NaN and one with
# 2: under MPICH one rank is told 2 and the other NaN, from one and the same MPI_Allreduce. What the ranks decide by it, to
# stop or to skip a step, they decide differently, and the one that goes on waits for the other. Under Open MPI the ranks
# agree, but 17 equal elements have not one answer: the 16 that go through vector instructions say 2, the one left over says
# NaN; with the NaN on the other rank it is the other way round. MPI_SUM gives NaN everywhere.
#
# Seen (x86-64 Linux with AVX, mpi4py 4.1.2), ranks 0 and 1 with NaN and 2.0, told to rank 0 | rank 1:
#   mpich    1 element    2.0 | nan
#   openmpi  17 elements  16 of 2.0, 1 of nan | 16 of 2.0, 1 of nan
# and with 2.0 and NaN:
#   mpich    1 element    nan | 2.0
#   openmpi  17 elements  16 of nan, 1 of 2.0 | 16 of nan, 1 of 2.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/greatest.py" <<'PYTHON'
import itertools
import sys

import numpy
from mpi4py import MPI

ranks = MPI.COMM_WORLD
count = int(sys.argv[1])


def told(value, operation):
    mine, result = numpy.full(count, value), numpy.empty(count)
    ranks.Allreduce(mine, result, op=operation)
    return ranks.gather([str(element) for element in result])


def shown(elements):
    return ", ".join(f"{len(list(run))} of {value}" for value, run in itertools.groupby(elements))


seen = []
for holder in range(2):
    value = float("nan") if ranks.rank == holder else 2.0
    greatest, total = told(value, MPI.MAX), told(value, MPI.SUM)
    if ranks.rank == 0:
        print("  NaN on rank {}: {}".format(holder, " | ".join(map(shown, greatest))))
        assert total == [["nan"] * count] * 2, total
        seen.append(greatest)
if ranks.rank == 0:
    number, nan = "2.0", "nan"
    if count == 1:
        stated = [[[number], [nan]], [[nan], [number]]]
    else:
        stated = [[[number] * 16 + [nan]] * 2, [[nan] * 16 + [number]] * 2]
    if seen != stated:
        print("changed")
        ranks.Abort(1)
PYTHON
start() { # the package, its version, options of mpirun, elements
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "$1==$2" mpi4py==4.1.2 numpy==2.4.6
  echo "$1 $2, elements: $4"
  # shellcheck disable=SC2086  # several options, or none
  PATH=$folder/$1/bin:$PATH timeout 120 mpirun $3 -n 2 "$folder/$1/bin/python" "$folder/greatest.py" "$4"
}
start mpich 5.0.2 "" 1
start openmpi 5.0.11 "--allow-run-as-root --oversubscribe" 17
echo "as stated"
