#include "sim/base/torch_archive.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/pickle_reader.h"

namespace libero {
namespace {

constexpr std::string_view kPickleEntry = "/data.pkl";

// Refuses what torch.save wrote before PyTorch 1.6, and bare pickles, with a message of their own.
void RefusePickle(std::span<const std::byte> bytes, const std::string& name) {
  constexpr std::byte kProtoOpcode{0x80};
  if (bytes.empty() || bytes[0] != kProtoOpcode) return;
  throw Error(
      fmt::format("{}: expected a zip archive of torch.save, got a bare pickle or a file of "
                  "PyTorch before 1.6",
                  name),
      "save it again with PyTorch 1.6 or newer: torch.save(torch.load(path), path)");
}

ZipReader OpenZip(const std::string& path) {
  {
    const MappedFile file(path);
    RefusePickle(file.bytes(), path);
  }
  return ZipReader(path);
}

ZipReader OpenZip(std::span<const std::byte> bytes, const std::string& name) {
  RefusePickle(bytes, name);
  return ZipReader(bytes, name);
}

// The "<name>" of the one entry "<name>/data.pkl".
std::string FindPrefix(const ZipReader& zip) {
  std::vector<std::string> prefixes;
  for (const ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kPickleEntry)) continue;
    const std::string prefix = entry.name.substr(0, entry.name.size() - kPickleEntry.size());
    if (prefix.find('/') == std::string::npos) prefixes.push_back(prefix);
  }
  if (prefixes.size() != 1) {
    throw Error(fmt::format("{}: expected one entry <name>/data.pkl, got {} among {} entries",
                            zip.name(), prefixes.size(), zip.entries().size()),
                "this reader takes files of torch.save");
  }
  return prefixes[0];
}

// Files of PyTorch 2.1 and newer say which byte order their storages have.
void CheckByteOrder(const ZipReader& zip, const std::string& prefix) {
  const ZipEntry* const entry = zip.Find(prefix + "/byteorder");
  if (entry == nullptr) return;
  constexpr uint64_t kMaxBytes = 16;
  const std::vector<std::byte> bytes = zip.Read(*entry, kMaxBytes);
  const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (order != "little") {
    throw Error(fmt::format("{}: expected the byte order little, got '{}'", zip.name(),
                            PrintableText(order)),
                "save the file again on a little-endian machine");
  }
}

}  // namespace

TorchArchive::TorchArchive(const std::string& path) : TorchArchive(OpenZip(path)) {}

TorchArchive::TorchArchive(std::span<const std::byte> bytes, const std::string& name)
    : TorchArchive(OpenZip(bytes, name)) {}

TorchArchive::TorchArchive(ZipReader zip) : zip_(std::move(zip)), prefix_(FindPrefix(zip_)) {
  CheckByteOrder(zip_, prefix_);
  const ZipEntry* const entry = zip_.Find(prefix_ + std::string(kPickleEntry));
  LIBERO_CHECK(entry != nullptr);
  const std::vector<std::byte> code = zip_.Read(*entry, kMaxPickleBytes);
  root_ = ReadPickle(code, fmt::format("{}: {}", zip_.name(), entry->name), &values_);
}

const ZipEntry& TorchArchive::FindStorage(const PickleTensor& tensor) const {
  const std::string entry_name = fmt::format("{}/data/{}", prefix_, tensor.storage.key);
  const ZipEntry* const entry = zip_.Find(entry_name);
  if (entry == nullptr) {
    throw Error(
        fmt::format("{}: the storage '{}' is missing", zip_.name(), PrintableText(entry_name)),
        "the file is damaged; fetch or copy it again");
  }
  return *entry;
}

std::span<const std::byte> TorchArchive::TensorBytes(const PickleTensor& tensor) const {
  const ZipEntry& entry = FindStorage(tensor);
  const std::span<const std::byte> storage = zip_.View(entry);
  const size_t item_size = ItemSize(tensor.storage.dtype);
  const size_t num_stored = storage.size() / item_size;
  if (static_cast<size_t>(tensor.storage.num_elements) > num_stored) {
    throw Error(fmt::format("{}: the storage '{}' holds {} elements of {}, expected {}",
                            zip_.name(), PrintableText(entry.name), num_stored,
                            DTypeName(tensor.storage.dtype), tensor.storage.num_elements),
                "the file is damaged; fetch or copy it again");
  }

  // the reader has checked that the view fits the storage, so nothing here can overflow
  const int64_t extent = *ViewExtent(tensor.shape, tensor.strides);
  return storage.subspan(static_cast<size_t>(tensor.offset) * item_size,
                         static_cast<size_t>(extent) * item_size);
}

NdArray TorchArchive::CopyTensor(const PickleTensor& tensor) const {
  const std::span<const std::byte> bytes = TensorBytes(tensor);
  if (tensor.is_contiguous()) {
    return MakeNdArray(tensor.storage.dtype, tensor.shape, /*is_fortran_order=*/false, bytes);
  }

  // walk the target in C order and keep the strided source position
  const size_t item_size = ItemSize(tensor.storage.dtype);
  NdArray array = {
      .dtype = tensor.storage.dtype,
      .shape = tensor.shape,
      .data = std::vector<std::byte>(static_cast<size_t>(tensor.num_elements()) * item_size)};
  std::vector<int64_t> index(tensor.shape.size(), 0);
  int64_t source = 0;
  for (size_t target = 0; target < array.data.size(); target += item_size) {
    std::memcpy(array.data.data() + target, bytes.data() + static_cast<size_t>(source) * item_size,
                item_size);
    for (size_t axis = tensor.shape.size(); axis-- > 0;) {
      source += tensor.strides[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      source -= tensor.strides[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
  return array;
}

void TorchArchive::CheckStorage(const PickleTensor& tensor) const {
  zip_.CheckCrc(FindStorage(tensor));
}

}  // namespace libero
