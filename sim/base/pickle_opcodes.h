#pragma once

#include <cstdint>
#include <string_view>

namespace libero {

// What Python calls a pickle opcode, such as "BINUNICODE" for 'X'; "unknown" for a byte that is
// none. All 68 opcodes of protocols 0 to 5, so that a message can name one that is refused.
// source: python@3.11:Lib/pickletools.py:opcodes
[[nodiscard]] std::string_view PickleOpcodeName(uint8_t code);

}  // namespace libero
