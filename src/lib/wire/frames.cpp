#include "lib/wire/frames.hpp"

#include <array>
#include <utility>

namespace webmon::wire {
namespace {

constexpr std::size_t kMaxReply = 64 * 1024;
constexpr std::size_t kMaxDetail = 1'024;

constexpr std::array<std::pair<Command, std::string_view>, 8> kCommands{{
    {Command::snapshot_now, "SNAPSHOT NOW"},
    {Command::snapshot_soon, "SNAPSHOT SOON"},
    {Command::ping, "PING"},
    {Command::status, "STATUS"},
    {Command::pause, "PAUSE"},
    {Command::resume, "RESUME"},
    {Command::drain, "DRAIN"},
    {Command::shutdown, "SHUTDOWN"},
}};

std::string list_of_commands() {
  std::string list;
  for (const auto& [command, text] : kCommands) {
    if (!list.empty()) list += ", ";
    list += text;
  }
  return list;
}

// A cut may not split a UTF-8 sequence: the reply must stay JSON.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
  return text.substr(0, most);
}

const boost::json::string* text_field(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

Error carried_error(const boost::json::object& reply) {
  const auto* code = text_field(reply, "error");
  if (code == nullptr) return {Errc::bad_frame, "a reply with ok=false has no error"};
  const auto* text = text_field(reply, "detail");
  std::string detail{text == nullptr ? std::string_view{} : std::string_view{*text}};
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
    const auto known = static_cast<Errc>(i);
    if (to_string(known) == std::string_view{*code}) return {known, std::move(detail)};
  }
  return {Errc::bad_frame, "a reply carries the unknown error " + std::string{cut(*code, 64)}};
}

}  // namespace

std::string job_frame(JobId id) { return id.text(); }

Result<JobId> parse_job(const std::vector<std::string>& frames) {
  if (frames.size() != 1) return fail(Errc::bad_frame, "a job is one frame");
  auto id = parse_id<JobId>(frames.front());
  if (!id) return fail(Errc::bad_frame, "not a Job ID: " + id.error().detail);
  return *id;
}

std::string_view to_string(Command command) noexcept {
  for (const auto& [known, text] : kCommands)
    if (known == command) return text;
  return {};
}

Result<Command> parse_command(std::string_view frame) {
  for (const auto& [command, text] : kCommands)
    if (text == frame) return command;
  return fail(Errc::bad_frame, "unknown command; the commands are " + list_of_commands());
}

std::string ok_reply(boost::json::object fields) {
  boost::json::object reply{{"ok", true}};
  for (auto& field : fields) reply.insert_or_assign(field.key(), std::move(field.value()));
  return boost::json::serialize(reply);
}

std::string error_reply(const Error& error) {
  const boost::json::object reply{
      {"ok", false}, {"error", to_string(error.code)}, {"detail", cut(error.detail, kMaxDetail)}};
  return boost::json::serialize(reply);
}

Result<boost::json::object> parse_reply(std::string_view frame) {
  if (frame.size() > kMaxReply) return fail(Errc::bad_frame, "a reply of over 64 KiB");
  boost::system::error_code wrong;
  auto value = boost::json::parse({frame.data(), frame.size()}, wrong);
  if (wrong || !value.is_object())
    return fail(Errc::bad_frame, "a reply that is not a JSON object");
  const auto* is_ok = value.get_object().if_contains("ok");
  if (is_ok == nullptr || !is_ok->is_bool()) return fail(Errc::bad_frame, "a reply without ok");
  if (!is_ok->get_bool()) return fail(carried_error(value.get_object()));
  return std::move(value.get_object());
}

}  // namespace webmon::wire
