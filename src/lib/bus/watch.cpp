#include <utility>

#include "lib/bus/socket.hpp"

namespace webmon::bus {

struct Watch::Impl {
  Loop& loop;
  Socket& socket;
  std::function<void()> ready;
  std::function<bool()> wants_more;
  int fd = socket.fd();
  bool is_send_only = socket.is_send_only();
  bool is_poked = true;  // what came before the watch gives no further edge
  std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);

  // Asking for the events also takes the commands out of the socket's mailbox, without which the
  // descriptor would stay readable and the loop would spin.
  bool has_work() const {
    const bool is_able = is_send_only ? socket.can_send() : socket.can_receive();
    return is_able && wants_more();
  }

  void look() {
    const bool was_poked = std::exchange(is_poked, false);
    if (!has_work() && !was_poked) return;
    const auto alive = is_alive;  // `ready` may destroy this watch
    ready();
    if (*alive && has_work()) spin();
  }

  void spin() {
    loop.after(nanoseconds{0}, [] {});  // the next turn must not wait
  }
};

Watch::Watch(Loop& loop, Socket& socket, std::function<void()> ready,
             std::function<bool()> wants_more)
    : impl_{std::make_unique<Impl>(Impl{loop, socket, std::move(ready), std::move(wants_more)})} {
  // The edge is only noted here: the hook after the turn looks once for all of its reasons.
  loop.watch(impl_->fd, Loop::kRead, [impl = impl_.get()](unsigned) {
    (void)impl->socket.can_receive();
    impl->is_poked = true;
  });
  loop.after_turn([impl = impl_.get(), alive = impl_->is_alive] {
    if (*alive) impl->look();
  });
  impl_->spin();
}

Watch::~Watch() {
  *impl_->is_alive = false;
  impl_->loop.unwatch(impl_->fd);
}

void Watch::poke() {
  if (std::exchange(impl_->is_poked, true)) return;
  impl_->spin();
}

}  // namespace webmon::bus
