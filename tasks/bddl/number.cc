#include "tasks/bddl/number.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string_view>
#include <system_error>

namespace libero {
namespace {

// Takes an unsigned decimal literal off the front of `text`; from_chars rounds correctly, as
// Python.
std::optional<double> TakeLiteral(std::string_view& text) {
  if (text.empty() || (text[0] != '.' && (text[0] < '0' || text[0] > '9'))) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

// Recursive descent over one word: sum = product (+|- product)*, product = factor (*|/ factor)*,
// factor = [+-]* (literal | pi | np.pi).
class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : text_(text) {}

  std::optional<double> Run() {
    const std::optional<double> value = Sum();
    if (!value || !text_.empty() || !std::isfinite(*value)) return std::nullopt;
    return value;
  }

 private:
  bool Take(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }

  std::optional<double> Sum() {
    std::optional<double> value = Product();
    while (value) {
      const bool is_plus = Take("+");
      if (!is_plus && !Take("-")) break;
      const std::optional<double> right = Product();
      if (!right) return std::nullopt;
      value = is_plus ? *value + *right : *value - *right;
    }
    return value;
  }

  std::optional<double> Product() {
    std::optional<double> value = Factor();
    while (value) {
      const bool is_times = Take("*");
      if (!is_times && !Take("/")) break;
      const std::optional<double> right = Factor();
      if (!right) return std::nullopt;
      value = is_times ? *value * *right : *value / *right;
    }
    return value;
  }

  std::optional<double> Factor() {
    bool is_negative = false;
    while (true) {
      if (Take("-")) {
        is_negative = !is_negative;
      } else if (!Take("+")) {
        break;
      }
    }
    const std::optional<double> value =
        Take("np.pi") || Take("pi") ? std::numbers::pi : TakeLiteral(text_);
    if (!value) return std::nullopt;
    return is_negative ? -*value : *value;
  }

  std::string_view text_;
};

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<double> value = TakeLiteral(text);
  if (!value || !text.empty()) return std::nullopt;
  return is_negative ? -*value : *value;
}

std::optional<double> EvaluateNumber(std::string_view text) {
  return Evaluator(text).Run();
}

}  // namespace libero
