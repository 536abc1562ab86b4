#include "lib/core/result.hpp"

namespace webmon {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::bad_input:
      return "bad_input";
    case Errc::bad_frame:
      return "bad_frame";
    case Errc::bad_config:
      return "bad_config";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::stale:
      return "stale";
    case Errc::forbidden:
      return "forbidden";
    case Errc::too_large:
      return "too_large";
    case Errc::timeout:
      return "timeout";
    case Errc::bus_down:
      return "bus_down";
    case Errc::store_down:
      return "store_down";
    case Errc::store_refused:
      return "store_refused";
    case Errc::schema:
      return "schema";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

bool is_retryable(Errc code) noexcept {
  switch (code) {
    case Errc::timeout:
    case Errc::bus_down:
    case Errc::store_down:
    case Errc::store_refused:
      return true;
    case Errc::bad_input:
    case Errc::bad_frame:
    case Errc::bad_config:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::stale:
    case Errc::forbidden:
    case Errc::too_large:
    case Errc::schema:
    case Errc::internal:
      return false;
  }
  return false;
}

}  // namespace webmon
