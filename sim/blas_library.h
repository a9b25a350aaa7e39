#pragma once

namespace libero::blas {

// OpenBLAS's functions, Fortran's calling convention: everything by address. `int` has 32 bits.
struct Library {
  void (*dgemm)(const char* transa, const char* transb, const int* m, const int* n, const int* k,
                const double* alpha, const double* a, const int* lda, const double* b,
                const int* ldb, const double* beta, double* c, const int* ldc);
  void (*dgemv)(const char* trans, const int* m, const int* n, const double* alpha, const double* a,
                const int* lda, const double* x, const int* incx, const double* beta, double* y,
                const int* incy);
  double (*ddot)(const int* n, const double* x, const int* incx, const double* y, const int* incy);
  void (*dgetrf)(const int* m, const int* n, double* a, const int* lda, int* ipiv, int* info);
  void (*dgetri)(const int* n, double* a, const int* lda, const int* ipiv, double* work,
                 const int* lwork, int* info);
  void (*dgesdd)(const char* jobz, const int* m, const int* n, double* a, const int* lda, double* s,
                 double* u, const int* ldu, double* vt, const int* ldvt, double* work,
                 const int* lwork, int* iwork, int* info);
  void (*ssyevd)(const char* jobz, const char* uplo, const int* n, float* a, const int* lda,
                 float* w, float* work, const int* lwork, int* iwork, const int* liwork, int* info);
  char* (*corename)();
};

// Loads the library at the first call, single-threaded: from "data" beside the program, where an
// exported folder has it packed (5.5 MB instead of 27), or from where the wheels were unpacked to
// when the program was built. Throws Error if it is at neither place or cannot be loaded.
// Thread-safe.
[[nodiscard]] const Library& GetLibrary();

}  // namespace libero::blas
