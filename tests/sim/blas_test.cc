#include "sim/blas.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero::blas {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

constexpr double kRounding = 1e-12;  // of numbers of order 1

// (2, 3), column by column: 1 3 5 / 2 4 6
constexpr std::array<double, 6> kMatrix = {1, 2, 3, 4, 5, 6};

TEST(BlasTest, GemmMultipliesMatricesAndTheirTransposes) {
  std::array<double, 4> square{};
  Gemm(Op::kNone, Op::kTranspose, 2, 2, 3, kMatrix.data(), 2, kMatrix.data(), 2, square.data(), 2);
  EXPECT_THAT(square, ElementsAre(35, 44, 44, 56));
  std::array<double, 9> gram{};
  Gemm(Op::kTranspose, Op::kNone, 3, 3, 2, kMatrix.data(), 2, kMatrix.data(), 2, gram.data(), 3);
  EXPECT_THAT(gram, ElementsAre(5, 11, 17, 11, 25, 39, 17, 39, 61));
}

TEST(BlasTest, GemvMultipliesByAMatrixOrItsTranspose) {
  constexpr std::array<double, 3> kOnes = {1, 1, 1};
  std::array<double, 2> sums{};
  Gemv(Op::kNone, 2, 3, kMatrix.data(), 2, kOnes.data(), sums.data());
  EXPECT_THAT(sums, ElementsAre(9, 12));
  std::array<double, 3> columns{};
  Gemv(Op::kTranspose, 2, 3, kMatrix.data(), 2, kOnes.data(), columns.data());
  EXPECT_THAT(columns, ElementsAre(3, 7, 11));
}

TEST(BlasTest, InvertInvertsOrSaysThatItCannot) {
  std::array<double, 4> matrix = {4, 2, 7, 6};
  ASSERT_TRUE(Invert(2, matrix.data()));
  EXPECT_THAT(matrix, Pointwise(DoubleNear(kRounding), {0.6, -0.2, -0.7, 0.4}));
  std::array<double, 4> singular = {1, 2, 2, 4};
  EXPECT_FALSE(Invert(2, singular.data()));
}

TEST(BlasTest, PseudoInvertIsTheInverseWhereThereIsOne) {
  std::array<double, 4> matrix = {4, 2, 7, 6};
  ASSERT_TRUE(PseudoInvert(2, matrix.data()));
  EXPECT_THAT(matrix, Pointwise(DoubleNear(kRounding), {0.6, -0.2, -0.7, 0.4}));
}

TEST(BlasTest, PseudoInvertOfASingularMatrixIsMoorePenroses) {
  // of v vᵀ with v = (1, 2): v vᵀ / |v|⁴
  std::array<double, 4> singular = {1, 2, 2, 4};
  ASSERT_TRUE(PseudoInvert(2, singular.data()));
  EXPECT_THAT(singular, Pointwise(DoubleNear(kRounding), {0.04, 0.08, 0.08, 0.16}));
}

TEST(BlasTest, EigenvaluesAscendAndVectorsAreColumns) {
  std::array<float, 4> matrix = {2, 1, 0, 2};  // the upper triangle is not read
  std::array<float, 2> values{};
  ASSERT_TRUE(SymmetricEigen(2, matrix.data(), values.data()));
  EXPECT_THAT(values, ElementsAre(testing::FloatEq(1), testing::FloatEq(3)));
  EXPECT_FLOAT_EQ(matrix[0], -matrix[1]);
  EXPECT_FLOAT_EQ(matrix[2], matrix[3]);
}

}  // namespace
}  // namespace libero::blas
