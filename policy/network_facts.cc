#include "policy/network_facts.h"

#include <fmt/format.h>

#include <string>

#include "policy/networks.h"
#include "sim/base/check.h"

namespace libero {
namespace {

using Status = ReportEntry::Status;

constexpr const char* kSection = "networks";
constexpr const char* kGpus = "LibTorch on GPUs";

}  // namespace

std::vector<ReportEntry> ReportNetworks(const Machine& machine) {
  try {
    return ReportNetworks(machine, Networks().torch_facts());
  } catch (const Error& error) {
    const std::string text = error.what();
    const size_t hint = text.find("\nhint: ");
    return {{.section = kSection,
             .name = "LibTorch",
             .value = text.substr(0, hint),
             .status = Status::kNote,
             .fix = hint == text.npos ? "" : text.substr(hint + 7)}};
  }
}

std::vector<ReportEntry> ReportNetworks(const Machine& machine, const TorchFacts& facts) {
  std::vector<ReportEntry> entries = {
      {.section = kSection,
       .name = "LibTorch",
       .value = fmt::format("{} from {}, {} kernels, threads {}", facts.version, facts.folder,
                            facts.kernels, facts.num_threads)}};
  ReportEntry gpus = {.section = kSection, .name = kGpus};
  if (facts.no_cuda.empty()) {
    gpus.value = fmt::format("GPUs: {}", facts.num_gpus);
  } else if (machine.cuda.gpus.empty()) {
    gpus.value = "not needed: no GPU here";
  } else {
    gpus.value = facts.no_cuda + ": networks run on the CPU";
    gpus.status = Status::kNote;
    gpus.fix = "LIBERO_CUDA=1 ./libero build";
  }
  entries.push_back(gpus);
  return entries;
}

}  // namespace libero
