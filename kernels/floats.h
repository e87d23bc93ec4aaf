// Refuses what would change the bits of ARITHMETIC.md. The project's CMake files undo such flags of
// a user by flags that come later; this is for who compiles the sources in another way.
// -ffp-contract shows in no macro: without CMake it must be set to off, and the fingerprint of a
// model finds out where it was not.

#ifndef FOVEA_KERNELS_FLOATS_H_
#define FOVEA_KERNELS_FLOATS_H_

#if defined(__FAST_MATH__)
#error "fovea's results are defined bit by bit: compile without -ffast-math and -Ofast"
#endif

#if defined(__ASSOCIATIVE_MATH__)
#error "fovea's results are defined bit by bit: compile with -fno-associative-math"
#endif

#if defined(__RECIPROCAL_MATH__)
#error "fovea's results are defined bit by bit: compile with -fno-reciprocal-math"
#endif

#if defined(__NO_SIGNED_ZEROS__)
#error "fovea's results are defined bit by bit: compile with -fsigned-zeros"
#endif

#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0
#error "fovea's results are defined bit by bit: compile with -fno-finite-math-only"
#endif

// Floats in registers that are wider than float, as the x87 has them. 16 concerns half floats.
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "fovea's results are defined bit by bit: compile with -mfpmath=sse or the like"
#endif

#endif  // FOVEA_KERNELS_FLOATS_H_
