#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include "sim/base/pickle_value.h"

namespace libero {

// More values, or memo entries, than this in one stream are refused.
inline constexpr size_t kMaxPickleValues = size_t{1} << 20;

// Reads the pickle stream `code` of a torch file and returns the one value it describes.
// Every value is put into `values`, which must be empty (CHECK), must outlive the result and may be
// moved, but not changed. `where` starts every message.
//
// Nothing is executed. Of Python's 68 opcodes those run that torch.save writes for tensors, numpy
// arrays and plain containers (protocol 2), and of Python's names only a closed list means
// anything, see the two tables in the source. Everything else, and every damage, throws Error with
// the byte offset and the opcode. Memory is bounded by a multiple of the stream's size and
// kMaxPickleValues. source: python@3.11:Lib/pickletools.py, pytorch@2.11.0:torch/_utils.py,
// numpy@2.2.6:numpy/_core/src/multiarray/methods.c (array_reduce, array_setstate)
[[nodiscard]] PickleRef ReadPickle(std::span<const std::byte> code, const std::string& where,
                                   std::deque<PickleValue>* values);

}  // namespace libero
