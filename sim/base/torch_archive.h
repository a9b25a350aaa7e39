#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include "sim/base/npy.h"
#include "sim/base/pickle_value.h"
#include "sim/base/zip_reader.h"

namespace libero {

// A file of torch.save (PyTorch 1.6 or newer: a zip archive): numpy arrays (.pruned_init), tensors
// and state_dicts (.pt, .ckpt), in dicts, lists and tuples, pickle protocol 2.
//
// Opening reads the pickle stream only. Storages stay in the mapped file until they are touched
// through TensorBytes, so a checkpoint of many GB opens at once and needs no memory of its own.
// Throws Error on everything it does not know, naming the file, the byte of data.pkl and the
// opcode: other opcodes and globals (arbitrary objects, whole modules), other protocols, big-endian
// or object arrays, the older non-zip format, damage; and beyond the limits of pickle_value.h.
// Threads: const methods may run at the same time.
// source: pytorch@2.11.0:torch/serialization.py, caffe2/serialize/inline_container.cc
class TorchArchive {
 public:
  static constexpr size_t kMaxPickleBytes = size_t{1} << 30;  // of data.pkl

  // Maps the file, which must not change while this object lives.
  explicit TorchArchive(const std::string& path);

  // The same over bytes that the caller owns and keeps alive. `name` stands for the path in errors.
  TorchArchive(std::span<const std::byte> bytes, const std::string& name);

  [[nodiscard]] const std::string& name() const { return zip_.name(); }
  [[nodiscard]] const PickleValue& root() const { return *root_; }

  // The tensor's bytes in place, from its first element to the last one that its strides reach
  // (none if it has no elements): a view into the mapped file, without a copy, without a checksum,
  // possibly unaligned (torch aligns storages to 64 bytes, other writers need not).
  // Throws Error if the storage is missing, compressed or shorter than the tensor says.
  // `tensor` must come from this archive.
  [[nodiscard]] std::span<const std::byte> TensorBytes(const PickleTensor& tensor) const;

  // The tensor's elements as an array of its own, in C order.
  [[nodiscard]] NdArray CopyTensor(const PickleTensor& tensor) const;

  // Compares the CRC-32 of the tensor's storage; reads all of it. Throws Error if it is wrong.
  void CheckStorage(const PickleTensor& tensor) const;

 private:
  explicit TorchArchive(ZipReader zip);
  [[nodiscard]] const ZipEntry& FindStorage(const PickleTensor& tensor) const;

  ZipReader zip_;
  std::string prefix_;              // "<name>", the archive's one top folder
  std::deque<PickleValue> values_;  // addresses are stable, also under a move
  PickleRef root_ = nullptr;
};

}  // namespace libero
