#pragma once

#include <string>

#include <mujoco/mujoco.h>

namespace libero {

// Files in memory for MuJoCo's loaders, under the names by which MJCF names them.
class VirtualFiles {
 public:
  VirtualFiles() { mj_defaultVFS(&vfs_); }
  ~VirtualFiles() { mj_deleteVFS(&vfs_); }
  VirtualFiles(const VirtualFiles&) = delete;
  VirtualFiles& operator=(const VirtualFiles&) = delete;

  // Copies the bytes. Throws Error if a file of that name is there already, or above 2 GB.
  void Add(const std::string& name, const std::string& bytes);

  [[nodiscard]] const mjVFS* get() const { return &vfs_; }

 private:
  mjVFS vfs_{};
};

}  // namespace libero
