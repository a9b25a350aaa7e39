#include "sim/base/pickle_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "sim/base/check.h"

namespace libero {
namespace {

// The values that `value` refers to.
std::vector<PickleRef> Children(const PickleValue& value) {
  if (const auto* const tuple = value.As<PickleTuple>()) return tuple->items;
  if (const auto* const list = value.As<PickleList>()) return list->items;
  if (const auto* const id = value.As<PicklePersistentId>()) return {id->id};
  std::vector<PickleRef> children;
  if (const auto* const dict = value.As<PickleDict>()) {
    for (const auto& [key, item] : dict->items) {
      children.push_back(key);
      children.push_back(item);
    }
  }
  return children;
}

// Walks a tree once, however often its values are shared.
class TreeChecker {
 public:
  explicit TreeChecker(const std::string& where) : where_(where) {}

  struct Extent {
    bool is_open = true;  // being measured: met again, it is a cycle
    int depth = 0;
    uint64_t num_visits = 0;
  };
  Extent Measure(PickleRef value, int depth);

 private:
  [[noreturn]] void Fail(const std::string& message) const {
    throw Error(fmt::format("{}: {}", where_, message),
                "only plain trees of tensors, arrays and containers are read");
  }
  void CheckUniqueKeys(const PickleDict& dict) const;

  const std::string& where_;
  std::unordered_map<PickleRef, Extent> extents_;
};

TreeChecker::Extent TreeChecker::Measure(PickleRef value, int depth) {
  if (depth > kMaxPickleDepth) {
    Fail(fmt::format("expected containers nested at most {} deep", kMaxPickleDepth));
  }
  const auto [entry, is_new] = extents_.try_emplace(value);
  if (!is_new && entry->second.is_open) Fail("a container contains itself");
  if (!is_new && depth + entry->second.depth > kMaxPickleDepth) {
    Fail(fmt::format("expected containers nested at most {} deep", kMaxPickleDepth));
  }
  if (!is_new) return entry->second;

  Extent extent = {.is_open = false, .depth = 0, .num_visits = 1};
  for (const PickleRef child : Children(*value)) {
    const Extent part = Measure(child, depth + 1);
    extent.depth = std::max(extent.depth, part.depth + 1);
    extent.num_visits += part.num_visits;
    if (extent.num_visits > kMaxPickleVisits) {
      Fail("the same containers are referred to too often");
    }
  }
  if (const auto* const dict = value->As<PickleDict>()) CheckUniqueKeys(*dict);
  extents_[value] = extent;
  return extent;
}

void TreeChecker::CheckUniqueKeys(const PickleDict& dict) const {
  std::unordered_set<std::string_view> keys;
  for (const auto& [key, item] : dict.items) {
    const auto* const text = key->As<std::string>();
    if (text != nullptr && !keys.insert(*text).second) {
      Fail(fmt::format("a dict has the key '{}' twice", PrintableText(*text)));
    }
  }
}

}  // namespace

std::string PrintableText(std::string_view text) {
  constexpr size_t kMaxShown = 80;
  std::string result(text.substr(0, kMaxShown));
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMaxShown ? result + "..." : result;
}

PickleRef PickleDict::Find(std::string_view key) const {
  for (const auto& [item_key, item] : items) {
    const auto* const text = item_key->As<std::string>();
    if (text != nullptr && *text == key) return item;
  }
  return nullptr;
}

int64_t PickleTensor::num_elements() const {
  const std::optional<int64_t> count = CountElements(shape);
  LIBERO_CHECK(count.has_value());
  return *count;
}

bool PickleTensor::is_contiguous() const {
  if (num_elements() == 0) return true;
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] != 1 && strides[axis] != stride) return false;
    stride *= shape[axis];
  }
  return true;
}

std::optional<int64_t> ViewExtent(std::span<const int64_t> shape,
                                  std::span<const int64_t> strides) {
  LIBERO_CHECK(shape.size() == strides.size());
  int64_t extent = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0) return 0;
    int64_t reach = 0;
    if (__builtin_mul_overflow(shape[axis] - 1, strides[axis], &reach) ||
        __builtin_add_overflow(extent, reach, &extent)) {
      return std::nullopt;
    }
  }
  return extent;
}

std::string_view PickleValue::TypeName() const {
  // in the order of the variant
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"None", "bool", "int", "float", "str", "bytes", "tuple", "list", "dict", "dtype", "ndarray",
       "storage", "tensor", "persistent id", "global"});
  static_assert(kNames.size() == std::variant_size_v<decltype(PickleValue::data)>);
  return kNames[data.index()];
}

void CheckPickleTree(PickleRef root, const std::string& where) {
  TreeChecker(where).Measure(root, 0);
}

}  // namespace libero
