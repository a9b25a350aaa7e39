#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/npy.h"

namespace libero {

// What a pickle stream describes, as data: a tree of the values below. Reading one never executes
// anything: the stream's opcodes and the Python names it may mention are closed lists.
// All values are owned by their reader (a deque, see pickle_reader.h) and refer to each other by
// pointers that are never null. The same value may be referred to from several places; cycles are
// refused on reading.
struct PickleValue;
using PickleRef = const PickleValue*;

struct PickleNone {};

struct PickleBytes {
  std::string bytes;
};

struct PickleTuple {
  std::vector<PickleRef> items;
};

struct PickleList {
  std::vector<PickleRef> items;
};

// A dict or a collections.OrderedDict, in the order of the file. Text keys are unique. Attributes
// set on an OrderedDict (torch's `_metadata`) are dropped.
struct PickleDict {
  std::vector<std::pair<PickleRef, PickleRef>> items;
  bool is_ordered_dict = false;

  // The value under a text key, or null. Linear in the number of items.
  [[nodiscard]] PickleRef Find(std::string_view key) const;
};

// A numpy dtype on its own.
struct PickleDType {
  DType dtype = DType::kF64;
};

// A numpy array. `bytes` holds exactly the elements of `shape`, little-endian, in the order that
// `is_fortran_order` says, with no particular alignment; MakeNdArray makes an NdArray of it.
struct PickleArray {
  DType dtype = DType::kI8;
  std::vector<int64_t> shape = {0};
  bool is_fortran_order = false;
  std::span<const std::byte> bytes;  // owned by a PickleBytes of the same tree
};

// A storage: the entry "<name>/data/<key>" of its TorchArchive, not looked at yet.
struct PickleStorage {
  std::string key;
  DType dtype = DType::kF32;
  int64_t num_elements = 0;
};

// A torch tensor or parameter: a strided view into a storage. In units of elements: element
// (i, j, …) is at offset + i·strides[0] + j·strides[1] + …. Offset and strides are >= 0, every
// element lies within storage.num_elements, and there are no more elements than that.
struct PickleTensor {
  PickleStorage storage;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // as many as `shape`
  int64_t offset = 0;

  [[nodiscard]] int64_t num_elements() const;
  // True if the elements follow each other in C order, so that TensorBytes is the tensor.
  [[nodiscard]] bool is_contiguous() const;
};

// How many elements of its storage a view spans: 1 + the largest offset of an element, 0 if it has
// no elements. Requires all numbers >= 0 and as many strides as dimensions. Empty on overflow.
[[nodiscard]] std::optional<int64_t> ViewExtent(std::span<const int64_t> shape,
                                                std::span<const int64_t> strides);

// A persistent id that is no torch storage: kept, not interpreted.
struct PicklePersistentId {
  PickleRef id = nullptr;
};

// The name of an allowed Python global, such as "torch.FloatStorage"; static storage.
struct PickleGlobal {
  std::string_view name;
};

struct PickleValue {
  std::variant<PickleNone, bool, int64_t, double, std::string, PickleBytes, PickleTuple, PickleList,
               PickleDict, PickleDType, PickleArray, PickleStorage, PickleTensor,
               PicklePersistentId, PickleGlobal>
      data;  // text is UTF-8 as the file has it, not validated

  // The value as T, or null if it is something else.
  template <typename T>
  [[nodiscard]] const T* As() const {
    return std::get_if<T>(&data);
  }

  // "None", "bool", "int", "float", "str", "bytes", "tuple", "list", "dict", "dtype", "ndarray",
  // "storage", "tensor", "persistent id" or "global", for messages.
  [[nodiscard]] std::string_view TypeName() const;
};

// Limits of a tree, so that code that walks it needs no care of its own.
inline constexpr int kMaxPickleDepth = 100;                      // containers within containers
inline constexpr uint64_t kMaxPickleVisits = uint64_t{1} << 24;  // of a walk over the whole tree

// Checks that a tree has no cycle, stays within those limits (shared values count once per
// reference) and has no dict with the same text key twice. Throws Error; `where` starts the
// message.
void CheckPickleTree(PickleRef root, const std::string& where);

// Text of a file made fit for a message: at most 80 characters, without control characters.
[[nodiscard]] std::string PrintableText(std::string_view text);

}  // namespace libero
