// Outboxes become one stream, under the lease, whatever happens in between.
#include "lib/store/events.hpp"
#include "pipeline/dispatcher/test_rig.hpp"

namespace webmon::dispatcher {
namespace {

struct EventRig : Rig {
  void leave(Partition p, const std::string& entry) {
    Batch batch;
    batch.add({"RPUSH", keys.outbox(p), entry});
    ask(batch);
  }
  std::int64_t length(const char* verb, const std::string& key) {
    Batch batch;
    batch.add({verb, key});
    return ask(batch).front().integer;
  }
  std::int64_t in_stream() { return length("XLEN", keys.events()); }
};

TEST(EventMover, MovesWhatIsThereAndLeavesNothing) {
  EventRig rig;
  for (int i = 0; i < 500; ++i) rig.leave(static_cast<Partition>(i % 3), std::to_string(i));
  rig.lead();
  ASSERT_TRUE(rig.until([&] { return rig.in_stream() == 500; })) << rig.in_stream();
  for (Partition p = 0; p < 3; ++p) EXPECT_EQ(rig.length("LLEN", rig.keys.outbox(p)), 0);
}

TEST(EventMover, IsQuickWhileSomebodyListens) {
  EventRig rig;
  rig.lead();
  Batch batch;
  store::add_listening(batch, rig.keys);
  rig.ask(batch);
  rig.leave(7, "first");
  // The look after a quiet time finds the listener; from then on each tick looks.
  ASSERT_TRUE(rig.until([&] { return rig.in_stream() == 1; }));
  rig.leave(7, "second");
  ASSERT_TRUE(rig.until([&] { return rig.in_stream() == 2; }, seconds{2}));
}

TEST(EventMover, AnotherDispatcherGoesOn) {
  EventRig rig;
  rig.lead();
  rig.dispatcher->drain_and_stop();
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  rig.client.reset();
  rig.dispatcher.reset();
  rig.is_ready = false;
  rig.leave(9, "left behind");
  rig.lead();
  ASSERT_TRUE(rig.until([&] { return rig.in_stream() == 1; }));
}

}  // namespace
}  // namespace webmon::dispatcher
