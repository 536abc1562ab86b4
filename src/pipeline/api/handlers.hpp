/// All handlers, one group per .cpp file; routes.cpp says which path each answers. What they do:
/// docs/api.md.
#pragma once

#include "pipeline/api/context.hpp"

namespace webmon::api {

// assets.cpp, asset_list.cpp, asset_change.cpp
Awaitable<Answer> create_asset(Context& context, const Request& request);
Awaitable<Answer> list_assets(Context& context, const Request& request);
Awaitable<Answer> get_asset(Context& context, const Request& request);
Awaitable<Answer> patch_asset(Context& context, const Request& request);

// asset_bulk.cpp, asset_export.cpp
Awaitable<Answer> bulk_assets(Context& context, const Request& request);
Awaitable<Answer> export_assets(Context& context, const Request& request);

// groups.cpp
Awaitable<Answer> list_groups(Context& context, const Request& request);
Awaitable<Answer> get_group(Context& context, const Request& request);
Awaitable<Answer> put_group(Context& context, const Request& request);
Awaitable<Answer> delete_group(Context& context, const Request& request);
Awaitable<Answer> get_effective(Context& context, const Request& request);

// asset_trash.cpp
Awaitable<Answer> delete_asset(Context& context, const Request& request);
Awaitable<Answer> restore_asset(Context& context, const Request& request);

// baseline.cpp
Awaitable<Answer> get_baseline(Context& context, const Request& request);
Awaitable<Answer> decide_baseline(Context& context, const Request& request);

// statistics.cpp
Awaitable<Answer> get_statistics(Context& context, const Request& request);
Awaitable<Answer> get_reports(Context& context, const Request& request);
Awaitable<Answer> get_history(Context& context, const Request& request);
Awaitable<Answer> list_plugins(Context& context, const Request& request);

// fleet.cpp
Awaitable<Answer> get_fleet(Context& context, const Request& request);
Awaitable<Answer> get_health(Context& context, const Request& request);

// metrics.cpp
Awaitable<Answer> get_metrics(Context& context, const Request& request);

// runs.cpp, run_status.cpp, jobs.cpp
Awaitable<Answer> create_run(Context& context, const Request& request);
Awaitable<Answer> list_runs(Context& context, const Request& request);
Awaitable<Answer> get_run(Context& context, const Request& request);
Awaitable<Answer> list_run_jobs(Context& context, const Request& request);
Awaitable<Answer> cancel_run(Context& context, const Request& request);
Awaitable<Answer> get_job(Context& context, const Request& request);
Awaitable<Answer> cancel_job(Context& context, const Request& request);

// events.cpp
Awaitable<Answer> get_events(Context& context, const Request& request);

// openapi.cpp
Awaitable<Answer> get_openapi(Context& context, const Request& request);

// snapshots.cpp
Awaitable<Answer> create_snapshot(Context& context, const Request& request);
Awaitable<Answer> get_snapshot(Context& context, const Request& request);

}  // namespace webmon::api
