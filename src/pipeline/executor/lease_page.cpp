#include "pipeline/executor/lease_page.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace webmon::executor {
namespace {

constexpr std::uint64_t kMagic = 0x32304750'4d4257ULL;  // "WBMPG02": raise it with the layout
constexpr std::size_t kIdBytes = 64;
constexpr std::size_t kUuid = JobId::kTextSize;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kHostBytes = 256;

/// Fields are written between two stores of `is_held`; they are read only when no writer lives.
struct LeaseRow {
  std::atomic<std::uint32_t> is_held;
  std::array<char, kUuid> job, asset, run;
  std::array<char, kTokenBytes> token;
  std::array<char, kHostBytes> host;  // NUL-terminated
};

/// slot + 1, or 0 between jobs; `plugin` is stored last on entry and first on leaving.
struct ThreadRow {
  std::atomic<std::uint32_t> slot;
  std::atomic<std::uint32_t> plugin;
  std::atomic<std::int64_t> entered;
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

template <std::size_t N>
void put(std::array<char, N>& field, std::string_view text) noexcept {
  field.fill('\0');
  std::memcpy(field.data(), text.data(), std::min(text.size(), N));
}

template <std::size_t N>
std::string_view get(const std::array<char, N>& field) noexcept {
  return {field.data(), strnlen(field.data(), N)};
}

bool is_token(std::string_view text) noexcept {
  return text.size() == kTokenBytes &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_host(std::string_view text) noexcept {
  return !text.empty() && text.size() < kHostBytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<HeldLease> lease_of(const LeaseRow& row) {
  if (row.is_held.load(std::memory_order_acquire) == 0) return std::nullopt;
  const auto job = parse_id<JobId>(get(row.job));
  const auto asset = parse_id<AssetId>(get(row.asset));
  if (!job || !asset || !is_token(get(row.token)) || !is_host(get(row.host))) return std::nullopt;
  HeldLease lease;
  lease.job.id = *job;
  lease.job.asset = *asset;
  if (const auto run = parse_id<RunId>(get(row.run))) lease.job.run = *run;
  lease.job.host = get(row.host);
  lease.token = get(row.token);
  return lease;
}

}  // namespace

struct LeasePage::Layout {
  std::uint64_t magic;
  std::uint32_t threads, slots;
  std::int32_t creator;
  std::array<char, kIdBytes> id;
  std::atomic<std::int32_t> crashed;
  std::array<ThreadRow, kMaxThreads> marks;
  Counters counters;
  // threads * slots rows of LeaseRow follow

  static std::size_t bytes(unsigned threads, unsigned slots) noexcept {
    return sizeof(Layout) + std::size_t{threads} * slots * sizeof(LeaseRow);
  }
  LeaseRow* rows() noexcept { return reinterpret_cast<LeaseRow*>(this + 1); }
};

namespace {

tl::unexpected<Error> fail_errno(std::string_view what) {
  return fail(Errc::internal, std::string{what} + ": " + std::strerror(errno));
}

}  // namespace

Result<LeasePage> LeasePage::create(unsigned threads, unsigned slots, std::string_view id) {
  if (threads < 1 || threads > kMaxThreads || slots < 1 || slots > kMaxSlots)
    return fail(Errc::bad_config, "lease page: threads 1 to 64, slots 1 to 1024");
  const auto size = Layout::bytes(threads, slots);
  const int fd = memfd_create("webmon-leases", MFD_CLOEXEC);
  if (fd < 0) return fail_errno("memfd_create");
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) {
    const auto error = fail_errno("ftruncate");
    close(fd);
    return error;
  }
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    const auto error = fail_errno("mmap");
    close(fd);
    return error;
  }
  auto* layout = new (memory) Layout;  // the kernel's zeroes are valid rows: nothing held
  layout->magic = kMagic;
  layout->threads = threads;
  layout->slots = slots;
  layout->creator = getpid();
  put(layout->id, id.substr(0, kIdBytes - 1));
  LeasePage page{layout, size, fd};
  page.clear();
  return page;
}

Result<LeasePage> LeasePage::attach(int fd) {
  struct stat about {};
  if (fstat(fd, &about) != 0 || static_cast<std::size_t>(about.st_size) < sizeof(Layout))
    return fail(Errc::bad_config, "no lease page: the worker is started by its supervisor only");
  const auto size = static_cast<std::size_t>(about.st_size);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return fail_errno("mmap");
  auto* layout = std::launder(reinterpret_cast<Layout*>(memory));
  LeasePage page{layout, size, -1};
  const bool is_ours = layout->magic == kMagic && layout->threads >= 1 &&
                       layout->threads <= kMaxThreads && layout->slots >= 1 &&
                       layout->slots <= kMaxSlots &&
                       size == Layout::bytes(layout->threads, layout->slots);
  if (!is_ours) return fail(Errc::bad_config, "the lease page is of another build");
  return page;
}

LeasePage::LeasePage(Layout* layout, std::size_t size, int fd) noexcept
    : layout_{layout}, size_{size}, fd_{fd}, threads_{layout->threads}, slots_{layout->slots} {}

LeasePage::LeasePage(LeasePage&& other) noexcept
    : layout_{std::exchange(other.layout_, nullptr)},
      size_{other.size_},
      fd_{std::exchange(other.fd_, -1)},
      threads_{other.threads_},
      slots_{other.slots_} {}

LeasePage& LeasePage::operator=(LeasePage&& other) noexcept {
  std::swap(layout_, other.layout_);
  std::swap(size_, other.size_);
  std::swap(fd_, other.fd_);
  std::swap(threads_, other.threads_);
  std::swap(slots_, other.slots_);
  return *this;
}

LeasePage::~LeasePage() {
  if (layout_ != nullptr) munmap(layout_, size_);
  if (fd_ >= 0) close(fd_);
}

int LeasePage::creator() const noexcept { return layout_->creator; }
Counters& LeasePage::counters() noexcept { return layout_->counters; }
const Counters& LeasePage::counters() const noexcept { return layout_->counters; }
std::string LeasePage::executor_id() const { return std::string{get(layout_->id)}; }

void LeasePage::hold(unsigned thread, unsigned slot, const store::JobRef& job,
                     std::string_view token) noexcept {
  auto& row = layout_->rows()[std::size_t{thread} * slots_ + slot];
  put(row.job, job.id.text());
  put(row.asset, job.asset.text());
  put(row.run, job.run.text());
  put(row.token, token);
  put(row.host, std::string_view{job.host}.substr(0, kHostBytes - 1));
  row.is_held.store(1, std::memory_order_release);
}

void LeasePage::drop(unsigned thread, unsigned slot) noexcept {
  layout_->rows()[std::size_t{thread} * slots_ + slot].is_held.store(0, std::memory_order_release);
}

void LeasePage::work_on(unsigned thread, std::optional<unsigned> slot) noexcept {
  layout_->marks[thread].slot.store(slot ? *slot + 1 : 0, std::memory_order_release);
}

void LeasePage::enter(unsigned thread, std::uint8_t plugin, MonoTime now) noexcept {
  auto& row = layout_->marks[thread];
  row.entered.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  row.plugin.store(plugin, std::memory_order_release);
}

void LeasePage::leave(unsigned thread) noexcept {
  layout_->marks[thread].plugin.store(0, std::memory_order_release);
}

void LeasePage::crashed(unsigned thread) noexcept {
  std::int32_t nobody = kNoThread;
  layout_->crashed.compare_exchange_strong(nobody, static_cast<std::int32_t>(thread));
}

Mark LeasePage::mark(unsigned thread) const noexcept {
  const auto& row = layout_->marks[thread];
  Mark mark;
  mark.plugin = static_cast<std::uint8_t>(row.plugin.load(std::memory_order_acquire));
  mark.entered = MonoTime{nanoseconds{row.entered.load(std::memory_order_relaxed)}};
  const auto slot = row.slot.load(std::memory_order_acquire);
  if (slot != 0 && slot <= slots_) mark.slot = slot - 1;
  return mark;
}

std::optional<unsigned> LeasePage::crashed_thread() const noexcept {
  const auto thread = layout_->crashed.load();
  if (thread < 0 || thread >= static_cast<std::int32_t>(threads_)) return std::nullopt;
  return static_cast<unsigned>(thread);
}

std::vector<HeldLease> LeasePage::held() const {
  std::vector<HeldLease> leases;
  for (unsigned thread = 0; thread < threads_; ++thread) {
    for (unsigned slot = 0; slot < slots_; ++slot) {
      auto lease = lease_of(layout_->rows()[std::size_t{thread} * slots_ + slot]);
      if (!lease) continue;
      lease->thread = thread;
      lease->slot = slot;
      leases.push_back(std::move(*lease));
    }
  }
  return leases;
}

void LeasePage::clear() noexcept {
  layout_->crashed.store(kNoThread);
  layout_->counters.in_flight.store(0);
  for (auto& mark : layout_->marks) {
    mark.slot.store(0);
    mark.plugin.store(0);
    mark.entered.store(0);
  }
  for (unsigned thread = 0; thread < threads_; ++thread)
    for (unsigned slot = 0; slot < slots_; ++slot)
      layout_->rows()[std::size_t{thread} * slots_ + slot].is_held.store(0);
}

}  // namespace webmon::executor
