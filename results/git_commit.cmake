# Writes OUT, a header with the commit that the sources in SOURCE are at, if it changed. Run at each build.
execute_process(COMMAND git describe --always --dirty --abbrev=40 --exclude=* WORKING_DIRECTORY ${SOURCE}
  OUTPUT_VARIABLE LIBERO_GIT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(CONFIGURE OUTPUT ${OUT} CONTENT [[
#pragma once

// Of the sources that the program was built from, with "-dirty" if they had changed; "" if unknown.
inline constexpr const char* kGitCommit = "@LIBERO_GIT_COMMIT@";
]] @ONLY)
