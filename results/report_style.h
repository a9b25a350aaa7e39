#pragma once

namespace libero {

// The style sheet of reports: light or dark as the reader's system is, in one column on phones.
extern const char* const kReportStyle;

}  // namespace libero
