#pragma once

#include <string_view>

// The few BLAS and LAPACK routines that the controller needs, from the same library that the Python
// stack's SciPy calls (OpenBLAS 0.3.30, kernels chosen by CPU type), so that results agree to the
// last bit. Matrices are column-major. All sizes are tiny; nothing allocates. Thread-safe.
namespace libero::blas {

// The kernels that the library has chosen for this CPU, e.g. "SkylakeX": on others last bits
// differ.
[[nodiscard]] std::string_view KernelName();

enum class Op : char { kNone = 'N', kTranspose = 'T' };

// c (m, n) = op(a) op(b), where op(a) is (m, k) and op(b) (k, n). lda, ldb and ldc are the
// distances between columns as stored.
void Gemm(Op op_a, Op op_b, int m, int n, int k, const double* a, int lda, const double* b, int ldb,
          double* c, int ldc);

// y = op(a) x, where `a` is stored as (m, n).
void Gemv(Op op, int m, int n, const double* a, int lda, const double* x, double* y);

// Sum of x_i y_i, i < n.
[[nodiscard]] double Dot(int n, const double* x, const double* y);

// Inverts a (n, n) in place by LU decomposition; n ≤ 8. False if it is singular.
[[nodiscard]] bool Invert(int n, double* a);

// Replaces a (n, n) by its Moore-Penrose inverse, from its singular values; those below 1e-15 of
// the largest count as zero. n ≤ 8. False if the decomposition does not converge.
// source: numba@0.68.1:numba/np/linalg.py:1991
[[nodiscard]] bool PseudoInvert(int n, double* a);

// Eigenvalues (n, ascending) and eigenvectors (columns, in place) of the symmetric `a` (n, n), of
// which the lower triangle is read; n ≤ 8. False if it does not converge.
[[nodiscard]] bool SymmetricEigen(int n, float* a, float* eigenvalues);

}  // namespace libero::blas
