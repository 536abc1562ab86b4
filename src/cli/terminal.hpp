/// Standard output and error: what they are, and how messages for people go there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/colour.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// Columns of `fd` if it is a terminal of a usable width, else 0.
std::size_t columns_of(int fd) noexcept;
/// Those of standard output.
std::size_t terminal_width() noexcept;
bool is_terminal(int fd) noexcept;
/// True if standard input is a terminal that was closed: then SIGHUP says so, and asks for nothing
/// else.
bool is_terminal_gone() noexcept;

/// What --color says, for the whole process; `automatic` until then.
void set_colour_mode(ColourMode mode) noexcept;
/// Whether what goes to `fd` is to be coloured.
bool is_coloured(int fd);
/// Width and colour of standard output, and whether the locale is one of UTF-8.
Look terminal_look();

/// Writes all of `text` to standard output and flushes. A reader that went away (`| head`) is not
/// an error.
void print(std::string_view text);

/// "webmon: …" on standard error, made printable.
void complain(std::string_view message);
/// The same for an error; returns kFailed, so that a command can end with `return failed(error)`.
int failed(const Error& error);
/// A line on standard error that is neither a result nor an error: "what --allow-net means now".
void remark(std::string_view message);

}  // namespace webmon::cli
