#include "sim/blas.h"

#include <array>

#include "sim/base/check.h"
#include "sim/blas_library.h"

namespace libero::blas {
namespace {

constexpr int kMaxSize = 8;
constexpr int kMaxWork = 1024;  // more than any routine asks for at this size
constexpr double kOne = 1;
constexpr double kZero = 0;
constexpr int kStride = 1;

}  // namespace

std::string_view KernelName() {
  return GetLibrary().corename();
}

void Gemm(Op op_a, Op op_b, int m, int n, int k, const double* a, int lda, const double* b, int ldb,
          double* c, int ldc) {
  const char transa = static_cast<char>(op_a);
  const char transb = static_cast<char>(op_b);
  GetLibrary().dgemm(&transa, &transb, &m, &n, &k, &kOne, a, &lda, b, &ldb, &kZero, c, &ldc);
}

void Gemv(Op op, int m, int n, const double* a, int lda, const double* x, double* y) {
  const char trans = static_cast<char>(op);
  GetLibrary().dgemv(&trans, &m, &n, &kOne, a, &lda, x, &kStride, &kZero, y, &kStride);
}

double Dot(int n, const double* x, const double* y) {
  return GetLibrary().ddot(&n, x, &kStride, y, &kStride);
}

bool Invert(int n, double* a) {
  LIBERO_CHECK(n <= kMaxSize);
  std::array<int, kMaxSize> pivots;
  std::array<double, kMaxWork> work;
  int info = 0;
  GetLibrary().dgetrf(&n, &n, a, &n, pivots.data(), &info);
  if (info != 0) return false;
  GetLibrary().dgetri(&n, a, &n, pivots.data(), work.data(), &kMaxWork, &info);
  return info == 0;
}

bool PseudoInvert(int n, double* a) {
  LIBERO_CHECK(n <= kMaxSize);
  constexpr double kCutOff = 1e-15;
  std::array<double, kMaxSize> s;
  std::array<double, kMaxSize * kMaxSize> u;
  std::array<double, kMaxSize * kMaxSize> vt;
  std::array<double, kMaxWork> work;
  std::array<int, 8 * kMaxSize> iwork;
  int info = 0;
  GetLibrary().dgesdd("S", &n, &n, a, &n, s.data(), u.data(), &n, vt.data(), &n, work.data(),
                      &kMaxWork, iwork.data(), &info);
  if (info != 0) return false;

  // invert the singular values above the threshold, and scale the rows of Vᵀ by them
  const double threshold = s[0] * kCutOff;
  int rank = 1;
  for (int k = 0; k < n; ++k) {
    if (s[k] <= threshold) continue;
    s[k] = 1.0 / s[k];
    rank = k + 1;
  }
  for (int row = 0; row < rank; ++row) {
    for (int column = 0; column < n; ++column) vt[row + n * column] *= s[row];
  }
  Gemm(Op::kTranspose, Op::kTranspose, n, n, rank, vt.data(), n, u.data(), n, a, n);
  return true;
}

bool SymmetricEigen(int n, float* a, float* eigenvalues) {
  LIBERO_CHECK(n <= kMaxSize);
  std::array<float, kMaxWork> work;
  std::array<int, kMaxWork> iwork;
  int info = 0;
  GetLibrary().ssyevd("V", "L", &n, a, &n, eigenvalues, work.data(), &kMaxWork, iwork.data(),
                      &kMaxWork, &info);
  return info == 0;
}

}  // namespace libero::blas
