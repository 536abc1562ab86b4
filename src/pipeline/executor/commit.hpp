/// From a check's result to what `finish` writes. Pure.
#pragma once

#include <string>

#include "lib/core/page.hpp"
#include "lib/store/history.hpp"
#include "lib/store/jobs.hpp"
#include "pipeline/executor/check.hpp"

namespace webmon::executor {

/// The history ring's columns: every statistical metric of every plugin compiled in.
store::HistoryLayout history_layout();

/// True if a newer observation of the asset is committed already: this one goes into the history
/// only.
inline bool is_late(const store::AssetHead& head, const Page& page) noexcept {
  return page.observed_at < head.observed;
}

/// True if the page fetched, less what is ignored of it, is what the asset asks for now; it may
/// have been changed meanwhile.
bool is_same_request(const Asset& fetched, const Asset& now) noexcept;

store::FinishArgs make_finish(const store::AssetHead& head, const Page& page, CheckResult&& result,
                              JobId job, std::string token, const store::HistoryLayout& layout);

}  // namespace webmon::executor
