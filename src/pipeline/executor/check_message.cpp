#include "pipeline/executor/check_message.hpp"

#include <algorithm>
#include <cstring>

namespace webmon::executor {
namespace {

constexpr std::size_t kMaxName = 64;

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Of one machine only, so in its byte order.
template <class T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

tl::unexpected<Error> torn() {
  return fail(Errc::bad_frame, "a packet of the helper for external checks does not read");
}

}  // namespace

bool is_check_name(std::string_view name) noexcept {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxName && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, is_plain);
}

Result<std::string> encode(const CheckRequest& request) {
  if (request.command.empty() || !is_check_name(request.command.front()))
    return fail(Errc::bad_input, "not the plain name of a program");
  if (request.command.size() > kMaxCheckArguments + 1)
    return fail(Errc::bad_input, "more than 32 arguments");
  std::string out;
  put(out, request.id);
  put(out, static_cast<std::uint32_t>(request.deadline.count()));
  for (const auto& word : request.command) {
    if (word.find('\0') != word.npos) return fail(Errc::bad_input, "an argument has a NUL");
    out.append(word.c_str(), word.size() + 1);
  }
  if (out.size() > kMaxCheckRequest) return fail(Errc::bad_input, "arguments of over 16 KiB");
  return out;
}

Result<CheckRequest> decode_check_request(std::string_view packet) {
  CheckRequest request;
  std::uint32_t deadline_ms = 0;
  if (!take(packet, request.id) || !take(packet, deadline_ms)) return torn();
  if (packet.empty() || packet.back() != '\0') return torn();
  request.deadline = milliseconds{deadline_ms};
  while (!packet.empty()) {
    const auto end = packet.find('\0');
    request.command.emplace_back(packet.substr(0, end));
    packet.remove_prefix(end + 1);
  }
  if (request.command.size() > kMaxCheckArguments + 1 || !is_check_name(request.command.front()))
    return torn();
  return request;
}

std::string encode(const CheckAnswer& answer) {
  std::string out;
  put(out, answer.id);
  put(out, static_cast<std::uint8_t>(answer.end));
  put(out, answer.code);
  put(out, static_cast<std::uint32_t>(answer.elapsed.count()));
  out += std::string_view{answer.output}.substr(0, kMaxCheckOutput);
  return out;
}

Result<CheckAnswer> decode_check_answer(std::string_view packet) {
  CheckAnswer answer;
  std::uint8_t end = 0;
  std::uint32_t elapsed_ms = 0;
  if (!take(packet, answer.id) || !take(packet, end) || !take(packet, answer.code) ||
      !take(packet, elapsed_ms))
    return torn();
  if (end > static_cast<std::uint8_t>(CheckAnswer::End::refused)) return torn();
  if (packet.size() > kMaxCheckOutput) return torn();
  answer.end = static_cast<CheckAnswer::End>(end);
  answer.elapsed = milliseconds{elapsed_ms};
  answer.output = packet;
  return answer;
}

}  // namespace webmon::executor
