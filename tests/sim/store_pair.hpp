/// The store model beside a real redis-server: the same commands to both, and whatever differs
/// fails the test. How the two keep one time:
///   Scripts ask TIME in one way only; in both, that call is replaced by a read of the key
///   `sim:time`, a list of the same shape, which is set to the virtual time.
///   Commands go to Redis in segments of one virtual time, each a MULTI ... EXEC. The first ones of
///   a segment delete what has expired in virtual time, or is about to, and give all others the
///   life that they have left there; the last ones compare it, then lengthen it so that nothing
///   expires between two segments, however slow the machine is. Inside an EXEC Redis holds its time
///   for expiry, but its scripts read the clock anew: no key that they see may have a life shorter
///   than a segment takes, hence `about to`.
#pragma once

#include <deque>
#include <set>

#include "lib/store/redis_fixture.hpp"
#include "tests/sim/model_text.hpp"
#include "tests/sim/store_model.hpp"

namespace webmon::sim {

/// ms; what has less left when time goes on is deleted. Scripts must be given longer ones.
inline constexpr std::int64_t kShortestLife = 4'000;

class StorePair : public store::RedisTest {
 protected:
  StorePair();

  /// Empties both and begins a new life at a fixed time.
  void start_over();
  /// Runs a batch on the model and notes it for Redis; the answers are the model's.
  std::vector<store::Reply> both(const store::Batch& batch);
  store::Reply both(std::vector<std::string> words);

  /// Lets Redis catch up and compares its answers.
  void flush();
  /// flush(), then time goes on in both.
  void advance(milliseconds by);
  /// flush(), then every key: type, value, whether it has an expiry and, for long ones, about
  /// which.
  void compare_keys();

  /// What the scripts have answered so far: "claim claimed", or "finish -STAGING" for an error.
  const std::set<std::string>& answered() const noexcept { return answered_; }

  StoreTime virtual_now() const { return store_time_ms(model_.time().count() / 1'000); }
  std::int64_t now_ms() const { return model_.time().count() / 1'000; }
  std::size_t compared() const noexcept { return compared_; }  ///< commands, since ever

  StoreModel model_;

 private:
  struct Step {
    std::vector<std::string> words;
    store::Reply answer;  ///< the model's
  };
  void load_scripts();
  void open_segment(const std::vector<std::string>& expired);
  store::Batch segment(const std::vector<std::string>& short_lived) const;
  std::vector<std::string> short_lived() const;
  void compare_step(const Step& step, store::Reply real);
  void compare_lives(const std::vector<std::string>& names, std::span<const store::Reply> lives,
                     std::int64_t elapsed_ms);
  void compare_long_life(const Record& record, std::int64_t real_ms);

  std::vector<std::string> shas_;  ///< of the scripts with the replaced TIME
  store::Batch prologue_;
  std::deque<Step> steps_;
  std::size_t compared_ = 0;
  std::set<std::string> answered_;
  std::int64_t born_ms_ = 0;    ///< virtual time of start_over()
  std::int64_t born_wall_ = 0;  ///< Redis' own time of it
};

}  // namespace webmon::sim
