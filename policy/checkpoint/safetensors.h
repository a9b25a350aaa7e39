#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/base/npy.h"
#include "sim/base/zip_reader.h"

namespace libero {

// A tensor in a file: little-endian, in C order.
struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  // in the mapped file, possibly unaligned

  [[nodiscard]] int64_t num_elements() const;
};

// A .safetensors file, mapped: opening it reads the header only.
// Throws Error on everything that the format does not allow: a header that is cut off, too long or
// no JSON of the right form, unknown types, shapes that do not fit the bytes, tensors that overlap,
// leave gaps or end elsewhere than the file, names that come twice.
// source: huggingface/safetensors@0.5:README.md (format), safetensors/src/tensor.rs (limits)
class SafetensorsFile {
 public:
  static constexpr uint64_t kMaxHeaderBytes = 100'000'000;

  explicit SafetensorsFile(const std::string& path);

  // The same over bytes that the caller owns and keeps alive. `name` stands for the path in errors.
  SafetensorsFile(std::span<const std::byte> bytes, const std::string& name);

  // In the order of their bytes.
  [[nodiscard]] const std::vector<StoredTensor>& tensors() const { return tensors_; }

  // "__metadata__": text by name.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  void Parse(std::span<const std::byte> bytes, const std::string& name);

  MappedFile file_;  // empty when the caller owns the bytes
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// A tensor to be written. Its bytes are asked for when their turn comes, so that not all of them
// need be in memory at once.
struct TensorToWrite {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  // Calls its argument once with all bytes.
  std::function<void(const std::function<void(std::span<const std::byte>)>& write)> produce;
};

// Writes one file, under another name until it is complete. Larger element types come first, so
// that all are aligned. Throws Error if it cannot be written.
void WriteSafetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors);

// Writes <stem>.safetensors into the folder, or if that would be larger than `max_bytes`,
// <stem>-00001-of-0000n.safetensors of at most so many bytes (or one tensor) each, and
// <stem>.safetensors.index.json, as published models are.
void WriteShardedSafetensors(const std::filesystem::path& folder, const std::string& stem,
                             const std::vector<TensorToWrite>& tensors, uint64_t max_bytes);

}  // namespace libero
