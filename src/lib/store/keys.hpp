/// Every key name of Webmon in one place. Pattern, type, writer, reader, lifetime and size:
/// docs/redis.md. `ns` is the tenant prefix ("wm"). Keys of one partition carry its hash tag {pNN}.
#pragma once

#include <string>
#include <string_view>

#include "lib/core/asset.hpp"
#include "lib/core/id.hpp"

namespace webmon::store {

class Keys {
 public:
  explicit Keys(std::string ns = "wm") : ns_{std::move(ns)} {}
  const std::string& ns() const noexcept { return ns_; }

  // fleet-wide
  std::string meta() const { return ns_ + ":meta"; }  ///< HASH schema min_reader partitions
  std::string snap() const {
    return ns_ + ":snap";
  }  ///< HASH epoch durable ... of the snapshot coordinator
  std::string leader() const {
    return ns_ + ":leader";
  }  ///< STRING token, PX: the dispatcher's lease
  std::string leader_report() const {
    return ns_ + ":leader:report";
  }  ///< STRING JSON, PX: lag, open jobs, window
  std::string runs() const {
    return ns_ + ":runs";
  }  ///< ZSET run id -> created ms: runs not yet retired
  std::string executors() const { return ns_ + ":execs"; }  ///< ZSET executor id -> last beat ms
  std::string executor(std::string_view id) const {
    return ns_ + ":exec:" + std::string{id};
  }  ///< STRING, PX
  /// STRING, EX 7 days: number of the last change of this api process that the data holds.
  std::string journal(std::string_view api) const { return ns_ + ":journal:" + std::string{api}; }
  std::string groups() const { return ns_ + ":groups"; }        ///< HASH tag -> group (groups.hpp)
  std::string events() const { return ns_ + ":events"; }        ///< STREAM of results (events.hpp)
  std::string listening() const { return ns_ + ":listening"; }  ///< STRING, EX: somebody follows it

  // per partition
  std::string pend(Partition p) const {
    return part(p) + "pend";
  }  ///< ZSET job id -> next-action ms
  std::string next(Partition p) const {
    return part(p) + "next";
  }  ///< ZSET asset id -> ms of its next check
  std::string outbox(Partition p) const { return part(p) + "out"; }  ///< LIST of results to be told
  std::string dead(Partition p) const { return part(p) + "dead"; }   ///< ZSET job id -> death ms
  std::string kept(Partition p) const {
    return part(p) + "kept";
  }  ///< ZSET job id of a run -> end ms
  std::string assets(Partition p) const { return part(p) + "assets"; }  ///< ZSET asset id -> 0
  std::string urls(Partition p) const {
    return part(p) + "urls";
  }  ///< HASH normalised url -> asset id
  std::string trash(Partition p) const {
    return part(p) + "trash";
  }  ///< ZSET removed asset id -> ms of its removal
  std::string tag(Partition p, std::string_view t) const {
    return part(p) + "tag:" + std::string{t};
  }  ///< ZSET
  std::string state(Partition p, AssetState s) const {
    return part(p) + "state:" + std::string{to_string(s)};  ///< ZSET asset id -> 0
  }
  std::string bucket(Partition p, std::string_view host) const {
    return part(p) +
           "host:" + std::string{host};  ///< HASH tokens at busy queue, PX: politeness of one host
  }
  /// STRING blob, PX: an answer beside the page that all executors share (sides.hpp).
  std::string side(std::string_view host, std::string_view digest) const {
    return part(partition_of_host(host)) + "side:" + std::string{digest};
  }
  std::string idempotency(Partition p, std::string_view k) const {
    return part(p) + "idem:" + std::string{k};
  }

  // per asset, job, run
  std::string asset(AssetId id) const {
    return of(id, "a:");
  }  ///< HASH doc ver rev ... (docs/redis.md)
  std::string trashed(AssetId id) const {
    return of(id, "t:");
  }  ///< HASH the asset's, while it is removed and can be restored
  std::string model(AssetId id) const {
    return of(id, "m:");
  }  ///< STRING blob: statistics (lib/stats/model.hpp)
  std::string report(AssetId id) const {
    return of(id, "r:");
  }  ///< STRING blob: latest reports (report_blob.hpp)
  std::string history(AssetId id) const {
    return of(id, "h:");
  }  ///< STRING ring: recent samples (history.hpp)
  std::string old_history(AssetId id) const {
    return of(id, "h0:");
  }  ///< the ring before the last change of layout
  std::string moved(AssetId id) const {
    return of(id, "moved:");
  }                                                         ///< STRING new asset id, EX 30 days
  std::string job(JobId id) const { return of(id, "j:"); }  ///< HASH (jobs.hpp)
  /// Blobs staged for `finish`, named by the claim's token too: two holders never stage over each
  /// other.
  std::string staged_model(JobId id, std::string_view token) const {
    return of(id, "x:m:") + ":" + std::string{token};  ///< STRING, PX 60 s
  }
  std::string staged_report(JobId id, std::string_view token) const {
    return of(id, "x:r:") + ":" + std::string{token};  ///< STRING, PX 60 s
  }
  std::string run(RunId id) const {
    return of(id, "run:");
  }  ///< HASH header of a run, in the run's partition
  /// HASH total leased done dead cancelled s:<state>: the counters of a run in one partition.
  std::string run_part(Partition p, RunId id) const { return part(p) + "rp:" + id.text(); }
  std::string run_jobs(Partition p, RunId id) const {
    return part(p) + "rj:" + id.text();
  }  ///< LIST of job ids

 private:
  std::string part(Partition p) const {
    const char digits[] = {static_cast<char>('0' + p / 10), static_cast<char>('0' + p % 10), '\0'};
    return ns_ + ":{p" + digits + "}:";
  }
  template <class I>
  std::string of(I id, std::string_view kind) const {
    return part(id.partition()) + std::string{kind} + id.text();
  }
  std::string ns_;
};

}  // namespace webmon::store
