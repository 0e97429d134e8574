// The two C interfaces behind the OpenBLAS trait, and nothing else.
#ifndef CDMOEBLAS_SHIM_H
#define CDMOEBLAS_SHIM_H
#include <cblas.h>
// LAPACKE's complex types are C99's, which Swift does not import; we use the real routines only.
#include <lapacke.h>
#endif
