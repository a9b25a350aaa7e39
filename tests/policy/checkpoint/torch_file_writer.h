#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace libero {

// A dict of float32 tensors and further dicts, as a pickle stream and the storages that it refers
// to. What torch.save writes, in as few opcodes as it takes.
class TorchFileWriter {
 public:
  // Begins a dict; entries follow until EndDict. At the root, and as value after Key.
  void BeginDict();
  void Key(const std::string& key);
  void Tensor(const at::Tensor& tensor);
  void EndDict();

  // The whole file. Every dict must have ended.
  [[nodiscard]] std::string Finish() const;

 private:
  std::string code_ = "\x80\x02";
  std::vector<std::string> storages_;
};

}  // namespace libero
