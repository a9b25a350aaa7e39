#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace libero {

// Writes a file of these parts, one after another, under another name and renames it, so that
// nobody ever sees a part of it. Throws Error with this hint if it cannot be written; what was
// there before stays then.
void WriteFileAtomically(const std::filesystem::path& path,
                         std::initializer_list<std::string_view> parts, const std::string& hint);

}  // namespace libero
