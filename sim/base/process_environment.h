#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace libero {

// Which of the processes that do one job together this one is, as its launcher says.
struct ProcessPlace {
  int rank = 0;  // 0 … size − 1
  int size = 1;  // 1: alone, the rest is as it is here

  int local_rank = 0;  // among the processes on this machine
  int local_size = 1;  // how many they are; 1 if the launcher gives each its own processors

  std::string address;  // of rank 0's machine
  uint16_t port = 0;

  // The launcher keeps the store by which processes find each other, so that rank 0 need not.
  bool launcher_has_store = false;
  std::string attempt = "0";  // tells this start from earlier ones with the same store
  std::string job;            // what they do, likewise: set by whoever does several things in turn
};

// The value of an environment variable; empty if it is not set.
using ReadVariable = std::function<std::optional<std::string>(const std::string& name)>;

// Reads what torchrun sets (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT), or else what
// Slurm's srun sets (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID; MASTER_ADDR and MASTER_PORT count
// if they are there, or rank 0 is on the step's first machine and the port follows from the job).
// With neither, or in the script of a Slurm job outside of srun, the process is alone. Throws Error
// if some of them are missing, or are not numbers in their range.
[[nodiscard]] ProcessPlace ReadProcessPlace(const ReadVariable& read);

// What this process's environment says.
[[nodiscard]] std::optional<std::string> ReadEnvironment(const std::string& name);

}  // namespace libero
