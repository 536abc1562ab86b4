/// Folders of stored data as older builds wrote it: src/lib/store/testdata/v<N>. `redis.jsonl` has
/// one command a line, as a JSON array of its words; a word {"file": "model.bin"} stands for the
/// bytes of that file.
#pragma once

#include <string>
#include <vector>

namespace webmon::testing {
class RedisServer;
}

namespace webmon::versions {

/// Path of a folder ("v1") or of a file in it.
std::string old_data_path(const std::string& name);
/// Throws std::runtime_error if the file is missing.
std::string read_old_data(const std::string& name);
/// The commands that restore a folder's keys.
std::vector<std::vector<std::string>> old_commands(const std::string& version);
/// Restores a folder's keys by plain commands. Throws std::runtime_error if Redis refuses one.
void load_old_data(const testing::RedisServer& server, const std::string& version);
/// Value of a field of a restored hash, or of a restored string if `field` is empty; read from the
/// folder, not from Redis. Throws std::runtime_error if there is none.
std::string old_value(const std::string& version, const std::string& key,
                      const std::string& field = {});
/// SHA-256 in hex.
std::string sha256(const std::string& bytes);

}  // namespace webmon::versions
