/// All parts of one `webmon up`: started in order, supervised, stopped in order. A state machine on
/// a loop.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/endpoints.hpp"
#include "cli/part.hpp"
#include "cli/up_plan.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/redis.hpp"

namespace webmon::cli {

class Stack {
 public:
  struct Events {
    std::function<void()> ready;  ///< all parts answer
    std::function<void(const Error&)>
        failed;                     ///< before that: it cannot start; everything is stopped next
    std::function<void()> stopped;  ///< the last part has ended
  };

  /// `output`: descriptor for what the parts say.
  Stack(Loop& loop, std::filesystem::path dir, Endpoints endpoints, UpOptions options, int output,
        Events events);
  ~Stack();

  void start();
  /// The first call stops all parts in order: api, dispatcher, executor, redis. A second one
  /// hurries: SIGKILL to what is being stopped, but never to Redis, which saves.
  void stop();
  /// Has the parts read their configuration again.
  void reload();

 private:
  Part& add(std::string title, std::vector<std::string> args);
  bool part_ended(const Part& part, const Ended& ended);
  void start_others();
  void look();
  void stop_next();
  void give_up(Error error);

  Loop& loop_;
  std::filesystem::path dir_;
  Endpoints endpoints_;
  UpOptions options_;
  int output_;
  Events events_;
  std::vector<std::unique_ptr<Part>> parts_;  ///< in order of start
  std::unique_ptr<store::LoopRedis> redis_;   ///< only to know when it answers
  Loop::TimerId timer_ = 0;
  MonoTime deadline_{};
  bool is_ready_ = false;
  bool is_stopping_ = false;
};

}  // namespace webmon::cli
