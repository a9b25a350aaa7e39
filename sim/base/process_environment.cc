#include "sim/base/process_environment.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr const char* kAloneHint = "to run in one process, unset {}";

// The whole number of a text that is nothing else.
std::optional<int> ToNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The variables of one launcher.
class Variables {
 public:
  // `hint` is said with every error.
  Variables(const ReadVariable& read, std::string launcher, std::string hint)
      : read_(&read), launcher_(std::move(launcher)), hint_(std::move(hint)) {}

  [[nodiscard]] std::optional<std::string> Find(const std::string& name) const {
    return (*read_)(name);
  }

  [[nodiscard]] std::string Text(const std::string& name) const {
    const std::optional<std::string> text = Find(name);
    if (!text || text->empty()) {
      throw Error(fmt::format("{} is not set, but other variables of {} are", name, launcher_),
                  hint_);
    }
    return *text;
  }

  // least … most
  [[nodiscard]] int Number(const std::string& name, int least, int most) const {
    const std::string text = Text(name);
    const std::optional<int> number = ToNumber(text);
    if (!number || *number < least || *number > most) {
      throw Error(
          fmt::format("{}: expected a number from {} to {}, got '{}'", name, least, most, text),
          hint_);
    }
    return *number;
  }

 private:
  const ReadVariable* read_;
  std::string launcher_;
  std::string hint_;
};

constexpr int kMostProcesses = 1 << 20;
constexpr int kMostPorts = std::numeric_limits<uint16_t>::max();

ProcessPlace ReadTorchrun(const ReadVariable& read) {
  const Variables variables(read, "torchrun", fmt::format(kAloneHint, "RANK and WORLD_SIZE"));
  ProcessPlace place;
  place.size = variables.Number("WORLD_SIZE", 1, kMostProcesses);
  place.rank = variables.Number("RANK", 0, place.size - 1);
  if (place.size == 1) return {};
  place.local_rank = variables.Number("LOCAL_RANK", 0, place.rank);
  if (variables.Find("LOCAL_WORLD_SIZE")) {
    place.local_size = variables.Number("LOCAL_WORLD_SIZE", place.local_rank + 1, place.size);
  }
  place.address = variables.Text("MASTER_ADDR");
  place.port = static_cast<uint16_t>(variables.Number("MASTER_PORT", 1, kMostPorts));
  // source: pytorch@v2.11.0:torch/distributed/rendezvous.py:_create_c10d_store
  place.launcher_has_store = variables.Find("TORCHELASTIC_USE_AGENT_STORE") == "True";
  place.attempt = variables.Find("TORCHELASTIC_RESTART_COUNT").value_or("0");
  return place;
}

// The first machine of a list such as "gpu[012-014,20],big1".
std::string FirstHost(const std::string& list) {
  const size_t bracket = list.find('[');
  const size_t comma = list.find(',');
  if (bracket == std::string::npos || comma < bracket) return list.substr(0, comma);
  const size_t end = list.find_first_of("-,]", bracket);
  if (end == std::string::npos) return list;
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1);
}

// Below the ports that systems give to others by themselves, another for each job and step.
uint16_t PortOfJob(const Variables& variables) {
  constexpr int kFirstPort = 15000;
  constexpr int kNumPorts = 15000;
  const int64_t job = ToNumber(variables.Find("SLURM_JOB_ID").value_or("0")).value_or(0);
  const int64_t step = ToNumber(variables.Find("SLURM_STEP_ID").value_or("0")).value_or(0);
  return static_cast<uint16_t>(kFirstPort + (job + step) % kNumPorts);
}

ProcessPlace ReadSlurm(const ReadVariable& read) {
  const Variables variables(read, "Slurm", fmt::format(kAloneHint, "SLURM_PROCID"));
  // srun sets the number of a step; without it, this is the script of a job
  if (variables.Find("SLURM_JOB_ID") && !variables.Find("SLURM_STEP_ID")) return {};
  ProcessPlace place;
  const bool has_step = variables.Find("SLURM_STEP_NUM_TASKS").has_value();
  place.size =
      variables.Number(has_step ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS", 1, kMostProcesses);
  place.rank = variables.Number("SLURM_PROCID", 0, place.size - 1);
  if (place.size == 1) return {};
  place.local_rank = variables.Number("SLURM_LOCALID", 0, place.rank);
  if (const auto address = variables.Find("MASTER_ADDR")) {
    place.address = *address;
  } else if (const auto hosts = variables.Find("SLURM_STEP_NODELIST")) {
    place.address = FirstHost(*hosts);
  } else {
    place.address = variables.Text("SLURM_LAUNCH_NODE_IPADDR");
  }
  place.port = variables.Find("MASTER_PORT")
                   ? static_cast<uint16_t>(variables.Number("MASTER_PORT", 1, kMostPorts))
                   : PortOfJob(variables);
  return place;
}

}  // namespace

ProcessPlace ReadProcessPlace(const ReadVariable& read) {
  if (read("RANK") || read("WORLD_SIZE")) return ReadTorchrun(read);
  if (read("SLURM_PROCID")) return ReadSlurm(read);
  return {};
}

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): only read
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace libero
