#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace libero {

// One identifier of the HDF5 library: a file, group, dataset, dataspace, type, attribute or
// property list. Gives it back at the end of its scope. What HDF5 could not do when it closes a
// file that was written is lost: flush first (H5Fflush) and look at the result.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(int64_t id) : id_(id) {}  // takes it over; negative: holds nothing
  ~Hdf5Handle() { Close(); }

  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;

  // For HDF5's functions, whose hid_t it is.
  [[nodiscard]] int64_t id() const { return id_; }

  // False if the call that made it failed.
  [[nodiscard]] bool is_open() const { return id_ >= 0; }

 private:
  void Close();

  int64_t id_ = -1;
};

// While one exists, HDF5 prints nothing about calls that fail in this thread; their results tell,
// and Reason(). Ends in the thread and in the reverse order it began.
class Hdf5ErrorScope {
 public:
  Hdf5ErrorScope();
  ~Hdf5ErrorScope();
  Hdf5ErrorScope(const Hdf5ErrorScope&) = delete;
  Hdf5ErrorScope& operator=(const Hdf5ErrorScope&) = delete;

  // What the last call said, in its most specific words ("file signature not found"); "no reason
  // given" if it said nothing. The next call of HDF5, a handle's closing included, forgets it.
  [[nodiscard]] std::string Reason() const;

 private:
  int (*printer_)(int64_t stack, void* data) = nullptr;  // what was there before
  void* printer_data_ = nullptr;
};

}  // namespace libero
