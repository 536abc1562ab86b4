#include "tests/versions/old_data.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/redis_server.hpp"

namespace webmon::versions {

std::string old_data_path(const std::string& name) {
  return std::string{WEBMON_SOURCE_DIR} + "/src/lib/store/testdata/" + name;
}

std::string read_old_data(const std::string& name) {
  std::ifstream file{old_data_path(name), std::ios::binary};
  if (!file) throw std::runtime_error{"no " + old_data_path(name)};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::vector<std::string>> old_commands(const std::string& version) {
  std::vector<std::vector<std::string>> commands;
  const auto text = read_old_data(version + "/redis.jsonl");
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto& words = commands.emplace_back();
    const auto line = boost::json::parse(text.substr(at, end - at));
    for (const auto& word : line.as_array()) {
      if (word.is_string())
        words.emplace_back(word.as_string());
      else
        words.push_back(
            read_old_data(version + "/" + std::string{word.as_object().at("file").as_string()}));
    }
    at = end + 1;
  }
  return commands;
}

void load_old_data(const testing::RedisServer& server, const std::string& version) {
  for (const auto& words : old_commands(version))
    if (const auto answer = server.command(words); answer.starts_with("(error)"))
      throw std::runtime_error{words[0] + " " + words[1] + ": " + answer};
}

std::string old_value(const std::string& version, const std::string& key,
                      const std::string& field) {
  for (const auto& words : old_commands(version)) {
    if (words.at(1) != key) continue;
    if (field.empty()) return words.at(2);
    for (std::size_t i = 2; i + 1 < words.size(); i += 2)
      if (words[i] == field) return words[i + 1];
  }
  throw std::runtime_error{"no " + field + " of " + key};
}

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest.at(i));
  return hex;
}

}  // namespace webmon::versions
