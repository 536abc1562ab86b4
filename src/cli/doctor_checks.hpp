/// What `webmon doctor` makes of what it has read. Pure; doctor_read.hpp reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/colour.hpp"
#include "lib/core/clock.hpp"

namespace webmon::cli {

/// This machine. An empty text or absent value: could not be read.
struct MachineFacts {
  std::string overcommit;                        ///< vm.overcommit_memory
  std::string huge_pages;                        ///< "always [madvise] never"
  std::string seccomp;                           ///< actions the kernel knows, separated by spaces
  std::uint64_t files_soft = 0, files_hard = 0;  ///< RLIMIT_NOFILE
  std::string data_dir;
  bool has_data_dir = false, is_data_dir_writable = false;
  std::optional<std::uint64_t> disk_free;  ///< bytes, of the data directory's disk
  std::optional<bool> is_clock_synchronised;
  std::size_t name_servers = 0;  ///< in resolv.conf
  std::string ca_file;
  std::size_t ca_certificates = 0;
  std::string libraries;  ///< "libcurl/7.88.1 OpenSSL/3.0.15 …"
};

/// A port that Webmon needs.
struct PortFacts {
  std::string what, address;  ///< "the API", "127.0.0.1:8080"
  std::string holder;         ///< "webmon api (pid 812)", "another process"; empty: it is free
};

struct RedisFacts {
  std::string address;
  std::string trouble;  ///< why it cannot be asked; all else is empty then
  std::map<std::string, std::string> config, info, meta;  ///< CONFIG GET, INFO, wm:meta
  seconds since_save{};                                   ///< since the last good snapshot
  milliseconds clock_difference{};                        ///< its clock minus ours
};

struct ApiFacts {
  std::string server;
  std::string trouble;             ///< why it cannot be asked
  std::string status, dispatcher;  ///< of GET health
  bool is_snapshot_ok = false;
  std::size_t executors = 0;  ///< of GET fleet
};

struct DoctorCheck {
  enum class Level : std::uint8_t { ok, warn, fail };
  std::string name;
  Level level = Level::ok;
  std::string found;
  std::string why, todo;  ///< empty if ok
};
std::string_view to_string(DoctorCheck::Level level) noexcept;

/// `redis_memory`: bytes that Redis uses, 0 if not known: snapshots need room.
std::vector<DoctorCheck> check_machine(const MachineFacts& facts, std::uint64_t redis_memory);
/// `is_up`: `webmon up` runs on the data directory, so that its own parts hold the ports.
DoctorCheck check_port(const PortFacts& facts, bool is_up);
std::vector<DoctorCheck> check_redis(const RedisFacts& facts);
std::vector<DoctorCheck> check_api(const ApiFacts& facts);

bool has_failure(const std::vector<DoctorCheck>& checks) noexcept;
std::string render_checks(const std::vector<DoctorCheck>& checks, Look look);

}  // namespace webmon::cli
