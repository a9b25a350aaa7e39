#pragma once

#include <filesystem>
#include <iosfwd>

namespace libero {

// The options of `libero inspect`.
struct InspectOptions {
  std::filesystem::path data_root;
  std::filesystem::path file;  // of demonstrations, as LIBERO or anybody else writes them
  bool json = false;           // a JSON document instead of text
  int width = 0;               // of tables, see PrintTable
};

// Prints what is in a file of demonstrations: its task and sentence, attributes, the tree of the
// first demonstration, lengths, statistics of the actions (q01 and q99 are numpy's quantiles), and
// the problems found in it: what LIBERO's schema has and this file lacks or has otherwise, numbers
// that are not finite, counts and lengths that contradict each other, actions out of [-1, 1]. Every
// number is read but the pictures, of which those of the first and last step are. Returns 0; 1 if
// there are problems. As JSON, texts are whole and lengths are those of each demonstration. Throws
// Error if the file is no HDF5 file or has no demonstrations.
int RunInspectCommand(const InspectOptions& options, std::ostream& out);

}  // namespace libero
