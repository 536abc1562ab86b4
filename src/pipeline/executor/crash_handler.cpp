#include "pipeline/executor/crash_handler.hpp"

#include <signal.h>
#include <sys/mman.h>

namespace webmon::executor {
namespace {

constexpr std::size_t kStackBytes = 64U * 1024U;

LeasePage* crash_page = nullptr;
thread_local int crash_thread = kNoThread;

/// Async-signal-safe: two atomics and a raise. SA_RESETHAND has put the default back, SA_NODEFER
/// lets it through at once.
void on_crash(int signal) {
  if (crash_page != nullptr && crash_thread >= 0)
    crash_page->crashed(static_cast<unsigned>(crash_thread));
  raise(signal);
}

}  // namespace

void catch_crashes(LeasePage& page) {
  crash_page = &page;
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    sigaction(signal, &action, nullptr);
}

CrashStack::CrashStack(unsigned thread) {
  crash_thread = static_cast<int>(thread);
#ifndef WEBMON_SANITIZED  // the sanitizers' runtime has put one of its own there, and frees it
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  memory_ = memory;
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = kStackBytes;
  sigaltstack(&stack, nullptr);
#endif
}

CrashStack::~CrashStack() {
  crash_thread = kNoThread;
  if (memory_ == nullptr) return;
  stack_t off{};
  off.ss_flags = SS_DISABLE;
  sigaltstack(&off, nullptr);
  munmap(memory_, kStackBytes);
}

}  // namespace webmon::executor
