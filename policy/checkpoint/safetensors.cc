#include "policy/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/pickle_value.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

constexpr const char* kDamaged = "the file is damaged; fetch or copy it again";
constexpr const char* kMetadata = "__metadata__";

constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes = {{{"BOOL", DType::kBool},
                                                                        {"U8", DType::kU8},
                                                                        {"I8", DType::kI8},
                                                                        {"I16", DType::kI16},
                                                                        {"I32", DType::kI32},
                                                                        {"I64", DType::kI64},
                                                                        {"F16", DType::kF16},
                                                                        {"BF16", DType::kBF16},
                                                                        {"F32", DType::kF32},
                                                                        {"F64", DType::kF64}}};

std::string_view TypeName(DType dtype) {
  for (const auto& [name, type] : kTypes) {
    if (type == dtype) return name;
  }
  return "";
}

// Builds the header's JSON and refuses what nlohmann::json would silently accept: names that come
// twice, and nesting deeper than the format has.
Json ParseHeader(std::string_view text, const std::string& name) {
  constexpr int kMaxDepth = 3;  // the header, a tensor, its shape
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxDepth) throw Error(name + ": the header is nested too deeply", kDamaged);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      throw Error(fmt::format("{}: the header has '{}' twice", name,
                              PrintableText(value.get<std::string>())),
                  kDamaged);
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: the header is no JSON: {}", name, PrintableText(error.what())),
                kDamaged);
  }
}

// A whole number that is not negative; empty if it is something else.
std::optional<uint64_t> Whole(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<uint64_t>();
}

// Reads one entry of the header. `data` is what follows the header.
class EntryReader {
 public:
  EntryReader(const std::string& file, std::span<const std::byte> data)
      : file_(file), data_(data) {}

  StoredTensor Read(const std::string& name, const Json& entry) const {
    StoredTensor tensor;
    tensor.name = name;
    if (!entry.is_object()) Fail(name, "expected an object");
    for (const auto& [key, value] : entry.items()) {
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        Fail(name, fmt::format("unknown field '{}'", PrintableText(key)));
      }
    }
    tensor.dtype = ReadType(name, entry);
    tensor.shape = ReadShape(name, entry);
    tensor.bytes = ReadBytes(name, entry);
    const std::optional<int64_t> count = CountElements(tensor.shape);
    const uint64_t size = tensor.bytes.size();
    const size_t item_size = ItemSize(tensor.dtype);
    if (!count || size % item_size != 0 || size / item_size != static_cast<uint64_t>(*count)) {
      Fail(name, fmt::format("{} elements of {} expected, {} bytes there", ShapeName(tensor.shape),
                             DTypeName(tensor.dtype), size));
    }
    return tensor;
  }

 private:
  DType ReadType(const std::string& name, const Json& entry) const {
    const auto found = entry.find("dtype");
    if (found != entry.end() && found->is_string()) {
      for (const auto& [type_name, type] : kTypes) {
        if (*found == type_name) return type;
      }
    }
    const std::string got = found == entry.end() ? "nothing" : found->dump();
    Fail(name, fmt::format("unknown dtype {}", PrintableText(got)));
  }

  std::vector<int64_t> ReadShape(const std::string& name, const Json& entry) const {
    const auto found = entry.find("shape");
    if (found == entry.end() || !found->is_array()) Fail(name, "expected a list as shape");
    std::vector<int64_t> shape;
    for (const Json& value : *found) {
      const std::optional<uint64_t> size = Whole(value);
      constexpr uint64_t kMax = uint64_t{1} << 62;
      if (!size || *size > kMax) {
        Fail(name, fmt::format("{} in the shape", PrintableText(value.dump())));
      }
      shape.push_back(static_cast<int64_t>(*size));
    }
    return shape;
  }

  std::span<const std::byte> ReadBytes(const std::string& name, const Json& entry) const {
    const auto found = entry.find("data_offsets");
    if (found == entry.end() || !found->is_array() || found->size() != 2) {
      Fail(name, "expected two numbers as data_offsets");
    }
    const std::optional<uint64_t> begin = Whole((*found)[0]);
    const std::optional<uint64_t> end = Whole((*found)[1]);
    if (!begin || !end || *begin > *end || *end > data_.size()) {
      Fail(name, fmt::format("data_offsets {} do not lie within the {} bytes of data",
                             PrintableText(found->dump()), data_.size()));
    }
    return data_.subspan(*begin, *end - *begin);
  }

  [[noreturn]] void Fail(const std::string& name, const std::string& message) const {
    throw Error(fmt::format("{}: tensor '{}': {}", file_, PrintableText(name), message), kDamaged);
  }

  const std::string& file_;
  std::span<const std::byte> data_;
};

std::map<std::string, std::string> ReadMetadata(const Json& json, const std::string& file) {
  std::map<std::string, std::string> result;
  const auto fail = [&] {
    throw Error(fmt::format("{}: {}: expected text by name", file, kMetadata), kDamaged);
  };
  if (!json.is_object()) fail();
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) fail();
    result[key] = value.get<std::string>();
  }
  return result;
}

// Tensors must follow each other without gaps, from the first byte of the data to the last.
void CheckCoverage(const std::vector<StoredTensor>& tensors, std::span<const std::byte> data,
                   const std::string& file) {
  const std::byte* end = data.data();
  for (const StoredTensor& tensor : tensors) {
    if (tensor.bytes.data() != end) {
      throw Error(fmt::format("{}: tensor '{}' begins at byte {} of the data, expected {}", file,
                              PrintableText(tensor.name), tensor.bytes.data() - data.data(),
                              end - data.data()),
                  kDamaged);
    }
    end = tensor.bytes.data() + tensor.bytes.size();
  }
  if (end != data.data() + data.size()) {
    throw Error(fmt::format("{}: {} bytes of data, {} of them of tensors", file, data.size(),
                            end - data.data()),
                kDamaged);
  }
}

uint64_t NumBytes(const TensorToWrite& tensor) {
  const std::optional<int64_t> count = CountElements(tensor.shape);
  LIBERO_CHECK(count.has_value());
  return static_cast<uint64_t>(*count) * ItemSize(tensor.dtype);
}

// The length of the header, and the header, padded so that the data is aligned.
std::string MakeHeader(const std::vector<TensorToWrite>& tensors) {
  Json header = {{kMetadata, {{"format", "pt"}}}};
  uint64_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    const uint64_t end = offset + NumBytes(tensor);
    header[tensor.name] = {{"dtype", TypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  constexpr size_t kAlignment = 8;
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  std::string length(sizeof(uint64_t), '\0');
  const uint64_t size = text.size();
  std::memcpy(length.data(), &size, sizeof(size));
  return length + text;
}

[[noreturn]] void FailToWrite(const std::filesystem::path& path) {
  throw Error(fmt::format("cannot write {}", path.string()), "is the disk full?");
}

}  // namespace

int64_t StoredTensor::num_elements() const {
  return static_cast<int64_t>(bytes.size() / ItemSize(dtype));
}

SafetensorsFile::SafetensorsFile(const std::string& path) : file_(path) {
  Parse(file_.bytes(), path);
}

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes, const std::string& name) {
  Parse(bytes, name);
}

void SafetensorsFile::Parse(std::span<const std::byte> bytes, const std::string& name) {
  uint64_t header_size = 0;
  if (bytes.size() < sizeof(header_size)) {
    throw Error(fmt::format("{}: expected a safetensors file, got {} bytes", name, bytes.size()),
                kDamaged);
  }
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  const std::span<const std::byte> rest = bytes.subspan(sizeof(header_size));
  if (header_size > kMaxHeaderBytes || header_size > rest.size()) {
    throw Error(
        fmt::format("{}: a header of {} bytes in a file of {}", name, header_size, bytes.size()),
        "it is no safetensors file, or damaged");
  }
  const std::string_view text(reinterpret_cast<const char*>(rest.data()), header_size);
  const std::span<const std::byte> data = rest.subspan(header_size);
  const Json header = ParseHeader(text, name);
  if (!header.is_object()) {
    throw Error(fmt::format("{}: the header is no object", name), kDamaged);
  }
  const EntryReader reader(name, data);
  for (const auto& [key, entry] : header.items()) {
    if (key == kMetadata) {
      metadata_ = ReadMetadata(entry, name);
    } else {
      tensors_.push_back(reader.Read(key, entry));
    }
  }
  // empty tensors come before what begins at the same byte
  std::ranges::sort(tensors_, [](const StoredTensor& a, const StoredTensor& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  CheckCoverage(tensors_, data, name);
}

void WriteSafetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors) {
  std::ranges::stable_sort(tensors, std::ranges::greater{},
                           [](const TensorToWrite& tensor) { return ItemSize(tensor.dtype); });
  const std::filesystem::path part = path.string() + ".part";
  {
    std::ofstream file(part, std::ios::binary);
    file << MakeHeader(tensors);
    for (const TensorToWrite& tensor : tensors) {
      bool is_written = false;
      tensor.produce([&](std::span<const std::byte> bytes) {
        LIBERO_CHECK(!is_written && bytes.size() == NumBytes(tensor));
        is_written = true;
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
      });
      LIBERO_CHECK(is_written);
      if (!file) FailToWrite(part);
    }
    file.close();
    if (!file) FailToWrite(part);
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  if (error) FailToWrite(path);
}

void WriteShardedSafetensors(const std::filesystem::path& folder, const std::string& stem,
                             const std::vector<TensorToWrite>& tensors, uint64_t max_bytes) {
  std::vector<std::vector<TensorToWrite>> shards(1);
  uint64_t total = 0;
  uint64_t in_shard = 0;
  for (const TensorToWrite& tensor : tensors) {
    const uint64_t size = NumBytes(tensor);
    if (!shards.back().empty() && in_shard + size > max_bytes) {
      shards.emplace_back();
      in_shard = 0;
    }
    shards.back().push_back(tensor);
    in_shard += size;
    total += size;
  }
  if (shards.size() == 1) {
    WriteSafetensors(folder / (stem + ".safetensors"), shards[0]);
    return;
  }
  Json index = {{"metadata", {{"total_size", total}}}, {"weight_map", Json::object()}};
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string file =
        fmt::format("{}-{:05}-of-{:05}.safetensors", stem, i + 1, shards.size());
    WriteSafetensors(folder / file, shards[i]);
    for (const TensorToWrite& tensor : shards[i]) index["weight_map"][tensor.name] = file;
  }
  WriteFileAtomically(folder / (stem + ".safetensors.index.json"), {index.dump(2), "\n"},
                      "is the disk full?");
}

}  // namespace libero
