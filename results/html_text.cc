#include "results/html_text.h"

#include <fmt/format.h>

namespace libero {

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7F) {
      escaped += "\uFFFD";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string HtmlTable(const TextTable& table) {
  const auto number = [&](size_t column) {
    return table.columns[column].is_number ? " class=\"number\"" : "";
  };
  std::string html = "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    html +=
        fmt::format("<th scope=\"col\"{}>{}</th>", number(i), EscapeHtml(table.columns[i].header));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += fmt::format("<tr><th scope=\"row\"{}>{}</th>", number(0), EscapeHtml(row[0]));
    for (size_t i = 1; i < row.size(); ++i) {
      html += fmt::format("<td{}>{}</td>", number(i), EscapeHtml(row[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string FoldedTable(const std::string& summary, const TextTable& table) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", EscapeHtml(summary),
                     HtmlTable(table));
}

}  // namespace libero
