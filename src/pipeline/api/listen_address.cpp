#include "pipeline/api/listen_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace webmon::api {
namespace {

Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size() || number > 65'535) {
    return fail(Errc::bad_config, "the port must be a number from 0 to 65535");
  }
  return static_cast<std::uint16_t>(number);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) {
    return fail(Errc::bad_config, "listen: write address:port, such as 127.0.0.1:8080");
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return fail(port.error());
  auto host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  if (ec) {
    return fail(Errc::bad_config, "listen: \"" + std::string{host} + "\" is not a numeric address");
  }
  if (!address.is_loopback()) {
    return fail(Errc::forbidden, "listen: " + std::string{host} +
                                     " is not a loopback address; the API has no authentication "
                                     "yet, so use 127.0.0.1 and reach it through a tunnel");
  }
  return ListenAddress{address.to_string(), *port};
}

}  // namespace webmon::api
