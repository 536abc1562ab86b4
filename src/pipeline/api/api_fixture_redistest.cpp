#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

#include "lib/wire/frames.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* out) {
  const std::string line{data, size * count};
  if (const auto colon = line.find(": "); colon != line.npos) {
    auto name = line.substr(0, colon);
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto value = line.substr(colon + 2);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.pop_back();
    (*static_cast<std::map<std::string, std::string>*>(out))[name] = value;
  }
  return size * count;
}

}  // namespace

// A file for each process.
void keep_for_contract(const std::string& method, const std::string& target,
                       const HttpReply& reply) {
  if (reply.status == 0) return;
  std::filesystem::create_directories(WEBMON_API_RESPONSES);
  std::ofstream file{std::string{WEBMON_API_RESPONSES "/"} + std::to_string(getpid()) + ".ndjson",
                     std::ios::app};
  const auto media = reply.headers.find("content-type");
  const boost::json::object record{
      {"method", method},
      {"target", target},
      {"status", reply.status},
      {"media", media == reply.headers.end() ? std::string{} : media->second},
      {"body", reply.text}};
  file << boost::json::serialize(record) << '\n';
}

std::string HttpReply::at(std::string_view pointer) const {
  boost::system::error_code ec;
  const auto* found = body.find_pointer(pointer, ec);
  if (found == nullptr) return {};
  return found->is_string() ? std::string{found->get_string()} : boost::json::serialize(*found);
}

std::string HttpReply::code() const { return at("/code"); }

SnapshotServer::SnapshotServer(bus::Context& context, const webmon::testing::RedisServer& redis,
                               std::string ns)
    : redis_{redis},
      key_{ns + ":snap"},
      socket_{std::move(*bus::Socket::open(context, bus::Role::control_server))} {
  EXPECT_TRUE(socket_.bind("tcp://127.0.0.1:*"));
  endpoint_ = socket_.endpoint();
  thread_ = std::thread{[this] { run(); }};
}

SnapshotServer::~SnapshotServer() {
  is_stopping_ = true;
  thread_.join();
}

std::string SnapshotServer::take() {
  if (is_failing) return wire::error_reply({Errc::store_refused, "disk full"});
  const auto before = redis_.info("rdb_saves");
  const auto epoch = redis_.command({"HINCRBY", key_, "epoch", "1"});
  redis_.command({"BGSAVE"});
  const bool is_saved = webmon::testing::wait_until([&] {  // rdb_saves grows at the start already
    return redis_.info("rdb_saves") != before && redis_.info("rdb_bgsave_in_progress") == "0" &&
           redis_.info("rdb_last_bgsave_status") == "ok";
  });
  if (!is_saved) return wire::error_reply({Errc::timeout, "no snapshot"});
  redis_.command({"HSET", key_, "durable", epoch});
  boost::json::object fields;
  fields["epoch"] = std::stoull(epoch);
  return wire::ok_reply(std::move(fields));
}

void SnapshotServer::run() {
  while (!is_stopping_) {
    pollfd waiting{socket_.fd(), POLLIN, 0};
    poll(&waiting, 1, 10);
    bus::Frames frames;
    while (socket_.receive(frames)) {
      const auto command = wire::parse_command(frames.back());
      if (!command || is_silent) continue;
      if (*command == wire::Command::snapshot_soon) ++soon;
      if (*command == wire::Command::snapshot_now) ++now;
      try {
        frames.back() = *command == wire::Command::snapshot_now ? take() : wire::ok_reply();
      } catch (const std::exception& error) {
        frames.back() = wire::error_reply({Errc::store_down, error.what()});
      }
      socket_.send(frames);
    }
  }
}

void ApiTest::SetUp() {
  control = std::make_unique<SnapshotServer>(bus_context, redis, keys.ns());
  auto receiver = bus::Socket::open(bus_context, bus::Role::job_receiver);
  ASSERT_TRUE(receiver);
  ASSERT_TRUE(receiver->bind("tcp://127.0.0.1:*"));
  jobs = std::make_unique<bus::Socket>(std::move(*receiver));
  config.listen = "127.0.0.1:0";
  config.redis.address.unix_socket = redis.socket_path();
  config.jobs_endpoint = jobs->endpoint();
  config.control_endpoint = control->endpoint();
  start();
}

void ApiTest::start() {
  server = std::make_unique<Api>(config);
  const auto started = server->start();
  ASSERT_TRUE(started) << started.error().detail;
  thread = std::thread{[this] { EXPECT_TRUE(server->run()); }};
  ASSERT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; }))
      << get("/api/v1/fleet").text;
  ASSERT_EQ(get("/openapi.json").status, 200);  // what all answers are held against afterwards
}

void ApiTest::stop() {
  if (!server) return;
  server->stop();
  thread.join();
  server.reset();
}

void ApiTest::TearDown() {
  stop();
  control.reset();
}

HttpReply ApiTest::call(const std::string& method, const std::string& path, const std::string& body,
                        std::vector<std::string> headers) {
  HttpReply reply;
  CURL* curl = curl_easy_init();
  curl_slist* list = nullptr;
  bool has_type = false;
  constexpr std::string_view kAccept = "Accept-Encoding: ";
  for (const auto& header : headers) {
    if (header.starts_with(kAccept)) {  // libcurl decodes what it asked for itself
      curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, header.c_str() + kAccept.size());
      continue;
    }
    list = curl_slist_append(list, header.c_str());
    has_type = has_type || header.starts_with("Content-Type");
  }
  if (!body.empty() && !has_type) list = curl_slist_append(list, "Content-Type: application/json");
  const auto url = "http://127.0.0.1:" + std::to_string(server->port()) + path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 90L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  if (method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (!body.empty() || method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body.c_str());
  }
  if (method != "HEAD") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.text);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply.headers);
  curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
  curl_slist_free_all(list);
  curl_easy_cleanup(curl);
  boost::system::error_code ec;
  reply.body = boost::json::parse(reply.text, ec);
  if (ec) reply.body = nullptr;
  keep_for_contract(method, path, reply);
  return reply;
}

std::string ApiTest::add(const std::string& url, const std::string& more) {
  const auto reply = post("/api/v1/assets", R"({"url":")" + url + "\"" + more + "}");
  EXPECT_EQ(reply.status, 201) << reply.text;
  return reply.at("/id");
}

std::string ApiTest::next_job() {
  bus::Frames frames;
  if (!webmon::testing::wait_until([&] { return jobs->receive(frames); })) return {};
  return frames.at(0);
}

int ApiTest::connect_raw() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

std::string ApiTest::raw(const std::string& bytes, bool* is_closed, milliseconds limit) {
  const int fd = connect_raw();
  EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::string answer;
  std::array<char, 4'096> part;
  const auto end = system_clock().mono() + limit;
  bool is_ended = false;
  while (!is_ended && system_clock().mono() < end) {
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    const auto size = recv(fd, part.data(), part.size(), 0);
    is_ended = size <= 0;
    if (size > 0) answer.append(part.data(), static_cast<std::size_t>(size));
  }
  close(fd);
  if (is_closed != nullptr) *is_closed = is_ended;
  return answer;
}

std::vector<store::Reply> ApiTest::redis_batch(store::Batch batch) {
  Loop loop;
  store::RedisConfig own;
  own.address.unix_socket = redis.socket_path();
  store::LoopRedis driver{loop, own};
  std::optional<Result<std::vector<store::Reply>>> answer;
  const auto end = system_clock().mono() + seconds{30};
  while (!driver.is_up() && system_clock().mono() < end) loop.turn(milliseconds{10});
  driver.send(std::move(batch), [&](auto replies) { answer = std::move(replies); });
  while (!answer && system_clock().mono() < end) loop.turn(milliseconds{10});
  EXPECT_TRUE(answer && answer->has_value());
  return answer && *answer ? std::move(**answer) : std::vector<store::Reply>{};
}

}  // namespace webmon::api
