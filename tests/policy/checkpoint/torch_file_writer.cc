#include "tests/policy/checkpoint/torch_file_writer.h"

#include "tests/sim/base/archive_builders.h"

namespace libero {
namespace {

std::string Text(const std::string& text) {
  return "X" + Little(text.size(), 4) + text;
}

std::string Int(int64_t value) {
  return "J" + Little(static_cast<uint64_t>(value), 4);
}

std::string Tuple(at::IntArrayRef values) {
  std::string code = "(";
  for (const int64_t value : values) code += Int(value);
  return code + "t";
}

}  // namespace

void TorchFileWriter::BeginDict() {
  code_ += "}(";
}

void TorchFileWriter::Key(const std::string& key) {
  code_ += Text(key);
}

void TorchFileWriter::EndDict() {
  code_ += "u";
}

void TorchFileWriter::Tensor(const at::Tensor& tensor) {
  const at::Tensor ready = tensor.to(at::kFloat).contiguous();
  // _rebuild_tensor_v2(persistent id, offset, shape, strides, requires_grad, hooks)
  code_ += "ctorch._utils\n_rebuild_tensor_v2\n(";
  code_ += "(" + Text("storage") + "ctorch\nFloatStorage\n" +
           Text(std::to_string(storages_.size())) + Text("cpu") + Int(ready.numel()) + "tQ";
  code_ += Int(0) + Tuple(ready.sizes()) + Tuple(ready.strides()) + "\x89";
  code_ += "ccollections\nOrderedDict\n)R";
  code_ += "tR";
  storages_.emplace_back(static_cast<const char*>(ready.const_data_ptr()), ready.nbytes());
}

std::string TorchFileWriter::Finish() const {
  ZipBuilder zip;
  zip.Add("archive/data.pkl", code_ + ".");
  for (size_t i = 0; i < storages_.size(); ++i) {
    zip.Add("archive/data/" + std::to_string(i), storages_[i]);
  }
  return zip.Finish();
}

}  // namespace libero
