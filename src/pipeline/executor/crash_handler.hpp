/// Records in the lease page which thread crashed, then lets the process die as it would have.
#pragma once

#include "pipeline/executor/lease_page.hpp"

namespace webmon::executor {

/// Catches SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT. Once per process; `page` must live as long.
void catch_crashes(LeasePage& page);

/// What a thread calls first: its index in the page, and a stack for the handler of its own, so
/// that an overflow of the normal one is told, too.
class CrashStack {
 public:
  explicit CrashStack(unsigned thread);
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  void* memory_ = nullptr;
};

}  // namespace webmon::executor
