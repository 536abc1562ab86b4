#include "lib/change/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace webmon::change {
namespace {

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

/// How little sense a reader makes of it: 0 to about 3.
double oddness(std::string_view text) {
  double odd = 0;
  for (const std::string_view sink : {"eval(", "unescape(", "fromCharCode", "atob(",
                                      "document.write(", "Function(", "decodeURIComponent("}) {
    if (text.find(sink) != text.npos) odd += 0.5;
  }
  std::size_t longest = 0, run = 0, escapes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_code = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '=' || c == '%' ||
                         c == '\\';
    run = is_code ? run + 1 : 0;
    longest = std::max(longest, run);
    escapes += c == '%' || c == '\\' ? 1 : 0;
  }
  odd += std::min(1.0, static_cast<double>(longest) / 200);
  odd += std::min(1.0, 10 * ratio(static_cast<double>(escapes), static_cast<double>(text.size())));
  return odd;
}

class Observer {
 public:
  Observer(const PageTraits& traits, const PageMemory& memory, ObserverBuffers& buffers)
      : t_{traits}, m_{memory}, buffers_{buffers} {}

  Observation take() {
    pieces();
    names();
    scripts();
    sizes();
    title();
    history();
    return o_;
  }

 private:
  double& at(Sign sign) { return o_.evidence[static_cast<std::size_t>(sign)]; }

  bool is_new_name(const Name& name) const {
    return name.role == Role::link ? !m_.knows_link(name) : !m_.knows_load(name);
  }

  void pieces() {
    double novel = 0, novel_bytes = 0, bytes = 0, hidden = 0, words = 0, new_words = 0,
           headings = 0, new_headings = 0;
    double sampled_words = 0, all_new_words = 0;
    const double piece_scale = std::exp2(m_.piece_shift), word_scale = std::exp2(m_.word_shift);
    auto& novel_words = buffers_.novel_words;
    novel_words.clear();
    is_novel_.assign(t_.pieces.size(), false);
    for (std::size_t i = 0; i < t_.pieces.size(); ++i) {
      const Piece& piece = t_.pieces[i];
      bytes += static_cast<double>(piece.text.size());
      headings += piece.is_heading ? 1 : 0;
      if (m_.knows_piece(piece.hash, i)) continue;
      const double scale = m_.is_sampled(piece.hash) ? piece_scale : 1;
      is_novel_[i] = true;
      ++novel;
      novel_bytes += scale * static_cast<double>(piece.text.size());
      new_headings += piece.is_heading ? 1 : 0;
      if (piece.is_hidden) hidden += scale * static_cast<double>(piece.text.size());
      words += piece.words;
      for (std::uint32_t w = 0; w < piece.words; ++w) {
        const std::uint64_t word = t_.words[piece.first_word + w];
        novel_words.push_back(word);
        if (!m_.keeps_word(word)) continue;
        ++sampled_words;
        if (m_.words.contains(word)) continue;
        ++new_words;
        all_new_words += scale * word_scale;
      }
    }
    o_.novel_share = std::min(1.0, ratio(novel_bytes, bytes));
    at(Sign::novel_share) = o_.novel_share;
    at(Sign::novel_bytes) = std::log1p(novel_bytes) / 5;
    at(Sign::novel_words_share) = ratio(new_words, sampled_words + 2);
    at(Sign::novel_words) = std::log1p(all_new_words) / 3;
    at(Sign::headings_new) = ratio(new_headings, headings + 1);
    at(Sign::hidden_text_new) = std::log1p(hidden) / 4;
    auto& same = buffers_.hashes;
    same.clear();
    for (std::size_t i = 0; i < t_.pieces.size(); ++i)
      if (is_novel_[i] && t_.pieces[i].words > 0) same.push_back(t_.pieces[i].hash);
    std::ranges::sort(same);
    std::size_t most = 0, in_row = 0;
    for (std::size_t i = 0; i < same.size(); ++i) {
      in_row = i > 0 && same[i] == same[i - 1] ? in_row + 1 : 1;
      most = std::max(most, in_row);
    }
    at(Sign::novel_same) = most < 2 ? 0 : std::log(static_cast<double>(most));
    std::ranges::sort(novel_words);
    const auto rest = std::ranges::unique(novel_words);
    at(Sign::novel_variety) = words < 8 ? 0 : ratio(static_cast<double>(rest.size()), words);
    if (!is_novel_.empty()) {
      at(Sign::novel_first) = is_novel_.front() ? 1 : 0;
      at(Sign::novel_last) = is_novel_.back() ? 1 : 0;
    }
    novel_pieces_ = novel;
  }

  void names() {
    double refresh = 0, frames = 0, hidden_frames = 0, forms = 0, scripts = 0, common = 0;
    double to_new = 0, hidden_links = 0, hijacked = 0, linked_novel = 0, bare = 0;
    auto& hosts = buffers_.hashes;
    hosts.clear();
    for (const Name& name : t_.names) {
      if (!is_new_name(name)) continue;
      const bool is_trusted = name.is_common || m_.has_linked_to(name);
      switch (name.role) {
        case Role::refresh:
          ++refresh;
          break;
        case Role::frame:
          frames += is_trusted ? 0.3 : 1;
          hidden_frames += name.is_hidden ? 1 : 0;
          break;
        case Role::form:
          forms += is_trusted ? 0.3 : 1;
          break;
        case Role::script:
          (is_trusted ? common : scripts) += 1;
          break;
        case Role::link: {
          const bool is_novel = name.piece < is_novel_.size() && is_novel_[name.piece];
          if (name.is_hidden) ++hidden_links;
          if (name.is_common) break;
          ++to_new;
          hosts.push_back(name.domain);
          if (is_novel)
            ++linked_novel;
          else if (name.piece != kNoTextRun)
            ++hijacked;
          else
            ++bare;
          break;
        }
      }
    }
    std::ranges::sort(hosts);
    const auto rest = std::ranges::unique(hosts);
    hosts.erase(rest.begin(), rest.end());
    at(Sign::refresh_new) = std::min(refresh, 1.0);
    at(Sign::frame_new) = std::log1p(frames);
    at(Sign::frame_hidden) = std::min(hidden_frames, 1.0);
    at(Sign::form_new) = std::log1p(forms);
    at(Sign::script_new) = std::log1p(scripts);
    at(Sign::script_common_new) = std::log1p(common);
    at(Sign::links_bare) = std::log1p(bare);
    at(Sign::hijacked) = std::log1p(hijacked);
    at(Sign::hijacked_share) = ratio(hijacked, t_.sizes[kLinks]);
    at(Sign::link_hosts_new) = std::log1p(static_cast<double>(hosts.size()));
    at(Sign::links_to_new) = std::log1p(to_new);
    at(Sign::links_hidden) = std::log1p(hidden_links);
    at(Sign::novel_links) = ratio(linked_novel, novel_pieces_ + 1);
  }

  void scripts() {
    for (const InlineScript& script : t_.scripts) {
      if (m_.loads.contains(script.shape)) continue;
      at(Sign::script_inline_new) = 1;
      at(Sign::script_odd) = std::max(at(Sign::script_odd), oddness(script.text));
    }
  }

  /// How far `value` is above or below the nearest of the last versions, as a ratio of logarithms.
  double above(Size size, double floor) const {
    double best = std::numeric_limits<double>::infinity();
    for (const Version& v : m_.versions)
      best = std::min(
          best, std::log((t_.sizes[size] + floor) / (static_cast<double>(v.sizes[size]) + floor)));
    return m_.versions.empty() ? 0 : std::max(0.0, best);
  }
  double below(Size size, double floor) const {
    double best = std::numeric_limits<double>::infinity();
    for (const Version& v : m_.versions)
      best = std::min(
          best, std::log((static_cast<double>(v.sizes[size]) + floor) / (t_.sizes[size] + floor)));
    return m_.versions.empty() ? 0 : std::max(0.0, best);
  }

  void sizes() {
    at(Sign::text_grown) = above(kTextBytes, 100);
    at(Sign::text_shrunk) = below(kTextBytes, 100);
    at(Sign::tags_grown) = above(kTags, 10);
    at(Sign::tags_shrunk) = below(kTags, 10);
    at(Sign::hidden_more) = above(kHidden, 1);
    at(Sign::password_new) = std::min(1.0, above(kPasswords, 0.5));
    at(Sign::external_more) = above(kExternal, 0.5);
    at(Sign::forms_more) = above(kForms, 0.5);
    at(Sign::links_more) = above(kLinks, 5);
    at(Sign::scripts_more) = above(kScripts, 2);
    at(Sign::bodies_more) = above(kBodies, 0.1);
    at(Sign::errors_more) = above(kErrors, 5);
    at(Sign::odd_more) = above(kOdd, 2);
    at(Sign::foreign_more) = above(kForeign, 30);
    constexpr double kFew = 2;
    double repeated = 1, far = 1, few_put_aside = 1;
    for (const Version& v : m_.versions) {
      repeated = std::min(
          repeated, std::max(0.0, t_.sizes[kRepeated] - static_cast<double>(v.sizes[kRepeated])));
      double apart = 0, all = 0;
      for (std::size_t i = 0; i < v.tags.size(); ++i) {
        apart += std::abs(static_cast<double>(t_.tags[i]) - v.tags[i]);
        all += static_cast<double>(t_.tags[i]) + v.tags[i];
      }
      far = std::min(far, ratio(apart, all));
      few_put_aside = std::min(few_put_aside, ratio(std::max(apart - kFew, 0.0), all));
    }
    at(Sign::repeated) = m_.versions.empty() ? 0 : repeated;
    at(Sign::structure_far) = m_.versions.empty() ? 0 : far;
    far_beyond_few_ = m_.versions.empty() ? 0 : few_put_aside;
    at(Sign::size_calm) = std::max({at(Sign::text_grown), at(Sign::text_shrunk),
                                    at(Sign::tags_grown), at(Sign::tags_shrunk)}) < 0.02
                              ? 1
                              : 0;
    double kept = 0;
    bool had_end = !m_.versions.empty();
    for (const Version& v : m_.versions) {
      kept = std::max(kept, kept_share(v, t_.sorted));
      had_end = had_end && v.has_end;
    }
    o_.lost_share = m_.versions.empty() ? 0 : 1 - kept;
    at(Sign::lost_share) = o_.lost_share;
    at(Sign::end_lost) = had_end && !t_.has_end ? 1 : 0;
    at(Sign::tiny) = 1 / (1 + static_cast<double>(t_.pieces.size()) / 20);
  }

  void title() {
    const bool is_known =
        std::ranges::find(m_.versions, t_.title, &Version::title) != m_.versions.end();
    if (is_known) return;
    double fresh = 0;
    for (std::uint32_t w = 0; w < t_.title_words; ++w) {
      const std::uint64_t word = t_.words[t_.title_first + w];
      fresh += m_.knows_word(word) ? 0 : 1;
    }
    at(Sign::title_new) = 0.3 + ratio(fresh, t_.title_words + 0.5);
  }

  void history() {
    const auto unusual = [](double value, const Habit& habit) {
      return std::log1p(value / (0.01 + static_cast<double>(habit.mean) + 2 * habit.sd()));
    };
    at(Sign::novelty_unusual) = unusual(o_.novel_share, m_.novelty);
    at(Sign::loss_unusual) = unusual(o_.lost_share, m_.loss);
    at(Sign::changes_often) = static_cast<double>(m_.changes.mean);
    combined();
    o_.is_known = true;
    for (const Sign sign : {Sign::novel_share, Sign::lost_share, Sign::script_inline_new,
                            Sign::links_to_new, Sign::script_new, Sign::frame_new, Sign::form_new,
                            Sign::refresh_new, Sign::title_new, Sign::structure_far}) {
      if (at(sign) > 0) o_.is_known = false;
    }
  }

  /// What two or more signs say together.
  void combined() {
    const auto beyond = [](double value, const Habit& habit) {
      return std::max(0.0, value - static_cast<double>(habit.mean));
    };
    at(Sign::calm) = std::exp(-(3 * beyond(o_.novel_share, m_.novelty) +
                                3 * beyond(o_.lost_share, m_.loss) + 6 * far_beyond_few_));
    constexpr double kLeast = 0.02;
    const auto has = [this](std::initializer_list<Sign> signs) {
      return std::ranges::any_of(signs, [this](Sign sign) { return at(sign) > kLeast; }) ? 1 : 0;
    };
    at(Sign::kinds) = has({Sign::script_new, Sign::script_common_new, Sign::external_more}) +
                      has({Sign::form_new, Sign::forms_more}) + has({Sign::frame_new}) +
                      has({Sign::script_inline_new}) + has({Sign::links_to_new, Sign::links_bare}) +
                      has({Sign::novel_share}) + has({Sign::lost_share});
    if (at(Sign::forms_more) < 0.01) at(Sign::form_hijacked) = at(Sign::form_new);
    at(Sign::links_alike) = std::max(0.0, at(Sign::links_to_new) - at(Sign::link_hosts_new));
    at(Sign::hijacked_alike) = std::max(0.0, at(Sign::hijacked) - at(Sign::link_hosts_new));
    at(Sign::unfamiliar) = at(Sign::novel_words) * at(Sign::novel_words_share);
    at(Sign::replaced) = std::max(0.0, 2 * o_.novel_share * o_.lost_share - 1);
    if (at(Sign::novel_share) < 0.05)
      at(Sign::pure_loss) = at(Sign::lost_share) * (1 - at(Sign::novel_words_share));
  }

  const PageTraits& t_;
  const PageMemory& m_;
  Observation o_;
  ObserverBuffers& buffers_;
  std::vector<bool>& is_novel_ = buffers_.is_novel;
  double novel_pieces_ = 0;
  double far_beyond_few_ = 0;  ///< structure_far without two elements
};

}  // namespace

Observation observe(const PageTraits& traits, const PageMemory& memory, ObserverBuffers& buffers) {
  return Observer{traits, memory, buffers}.take();
}

}  // namespace webmon::change
