#pragma once

#include <filesystem>
#include <string>

namespace libero {

// Files of the data root, which may be packed: an exported folder has "<file>.webp" (images, with
// lossless compression of their colours) or "<file>.zst" in place of "<file>".

// Where a file is: its own path or that of its packed form; the former if there is neither.
std::filesystem::path AssetPath(const std::filesystem::path& data_root, const std::string& file);

// Whether only the packed form is there.
bool IsPacked(const std::filesystem::path& data_root, const std::string& file);

// The file's bytes, unpacked. An image comes as an uncompressed 8-bit RGB PNG, which has the texels
// that MuJoCo takes from the original. Throws Error if the file is missing, cut or damaged.
std::string ReadAsset(const std::filesystem::path& data_root, const std::string& file);

// Writes the packed form of a file of `data_root` into `packed_root`, whichever form is smaller,
// and returns its size in bytes. Throws Error if either cannot be done.
size_t PackAsset(const std::filesystem::path& data_root, const std::string& file,
                 const std::filesystem::path& packed_root);

}  // namespace libero
