// forms: where the page sends what people type, and what it asks them for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/origins.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"count", 1500, "count", false, 0, 0, "forms, the first 128; html-stats judges them"},
    MetricSpec{"password_forms", 1501, "count", true, 0.15, 0, "forms that ask for a password",
               Excess::injection},
    MetricSpec{"card_forms", 1502, "count", true, 0.15, 0, "forms that ask for a payment card",
               Excess::injection},
    MetricSpec{"hidden_inputs", 1503, "count", false, 0, 0, "input elements of type hidden"},
};
constexpr std::array kFacts = {
    FactSpec{"each", ValueType::objects,
             "the first 12: action_origin, method, insecure_action, cross_origin, password, "
             "card_fields, hidden_inputs, autocomplete (false: switched off)"},
    FactSpec{"new_form", ValueType::boolean,
             "a form with fields that no check before had together"},
    FactSpec{"action_changed", ValueType::boolean,
             "a form with fields that are known, and an action that is not"},
    FactSpec{"new_targets", ValueType::texts, "foreign origins that no check before sent to"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::crit, "new_target_of_secrets",
               "a form with a password or card fields sends to a foreign origin that no check "
               "before had, after 20 checks"},
    ReasonSpec{ReportState::warn, "new_form_target",
               "a form sends to a foreign origin that no check before had, after 20 checks"},
    ReasonSpec{ReportState::ok, "new_form_target", "the same within the first 20 checks"},
    ReasonSpec{ReportState::ok, "action_changed", "the fact of that name"},
    ReasonSpec{ReportState::ok, "new_form", "the fact of that name"},
    ReasonSpec{ReportState::warn, "insecure_action",
               "a password or card number goes over http, or from a page of http"},
};

constexpr std::size_t kMostTold = 12;

struct Asked {
  bool has_password = false;
  int card_fields = 0, hidden_inputs = 0;
};

/// Names as shops use them, and those of the autocomplete attribute (WHATWG HTML §4.10.18.7).
bool is_card_field(const Field& field) {
  if (field.type == "hidden" || field.type == "submit" || field.type == "button") return false;
  if (lower(field.autocomplete.substr(0, 64)).find("cc-") != std::string::npos) return true;
  std::string name = lower(field.name.substr(0, 64));
  std::erase_if(name, [](char c) { return c == '-' || c == '_' || c == ' '; });
  constexpr std::array<std::string_view, 8> kNames = {
      "cardnumber", "ccnumber", "creditcard", "ccnum", "cvv", "cvc", "cardcode", "securitycode"};
  return std::ranges::any_of(
      kNames, [&](std::string_view one) { return name.find(one) != std::string::npos; });
}

std::vector<Asked> asked(const PageFeatures& features) {
  std::vector<Asked> all(features.forms.size() + 1);  // the last: fields outside of forms
  for (const Field& field : features.fields) {
    Asked& one = all[std::min<std::size_t>(field.form, features.forms.size())];
    if (field.type == "password") one.has_password = true;
    if (field.type == "hidden") ++one.hidden_inputs;
    if (is_card_field(field)) ++one.card_fields;
  }
  return all;
}

/// The names of its fields in their order: what makes it this form and no other.
std::vector<std::string> fields_of(const PageFeatures& features) {
  constexpr std::size_t kMostBytes = 4096;
  std::vector<std::string> all(features.forms.size());
  for (const Field& field : features.fields) {
    if (field.form >= all.size() || all[field.form].size() > kMostBytes) continue;
    all[field.form].append(field.type).append(" ").append(field.name.substr(0, 256)).append("\n");
  }
  return all;
}

/// State: u8 length of the set of targets, the set itself, the set of forms: "f" and the fields,
/// "a", the action and the fields.
constexpr std::size_t kTargets = 20;
constexpr std::size_t kForms = 55;

class KnownForms {
 public:
  KnownForms(std::string_view state, StoreTime now) : known_{state, now, kForms} {}

  void look(const Form& form, const std::string& fields) {
    const std::string_view action = form.action.substr(0, form.action.find_first_of("?#"));
    const bool is_new_form = known_.add("f" + fields);
    const bool is_new_action = known_.add("a" + std::string{action} + "\n" + fields);
    is_new_ = is_new_ || is_new_form;
    has_other_action_ = has_other_action_ || (is_new_action && !is_new_form);
  }
  void tell(Report& report) const {
    if (is_new_) {
      report.facts["new_form"] = true;
      add(report, "new_form", "a form has fields that no check before had together");
    }
    if (has_other_action_) {
      report.facts["action_changed"] = true;
      add(report, "action_changed", "a form that is known sends to another place");
    }
  }
  std::string state() const { return known_.state(); }

 private:
  static void add(Report& report, std::string_view code, std::string_view message) {
    add_finding(report, {.severity = Severity::info,
                         .code = std::string{code},
                         .message = std::string{message},
                         .expected = "as before",
                         .seen = {},
                         .evidence = {}});
  }

  plugins::KnownSet known_;
  bool is_new_ = false, has_other_action_ = false;
};

struct Totals {
  int passwords = 0, cards = 0, hidden = 0;
};
Totals sum(const std::vector<Asked>& all) {
  Totals totals;
  for (const Asked& one : all) {
    totals.passwords += one.has_password ? 1 : 0;
    totals.cards += one.card_fields > 0 ? 1 : 0;
    totals.hidden += one.hidden_inputs;
  }
  return totals;
}

class Judge {
 public:
  Judge(const Page& page, plugins::KnownSet& known, Report& report)
      : page_{page}, known_{known}, report_{report} {}

  void look(const Form& form, const Asked& asks) {
    const auto target = read_reference(form.action);
    const std::string origin = origin_of(target, page_);
    const bool is_cross = is_foreign(target, page_);
    const bool is_insecure = origin.starts_with("http://");
    const bool is_secret = asks.has_password || asks.card_fields > 0;
    if (each_.size() < kMostTold) {
      each_.push_back({{"action_origin", clean(origin, 255)},
                       {"method", equals_ignoring_case(form.method, "post") ? "post" : "get"},
                       {"insecure_action", is_insecure},
                       {"cross_origin", is_cross},
                       {"password", asks.has_password},
                       {"card_fields", asks.card_fields},
                       {"hidden_inputs", asks.hidden_inputs},
                       {"autocomplete", !form.has_autocomplete_off}});
    }
    if (is_cross && known_.add(origin)) tell_new(origin, is_secret);
    if (is_secret && is_insecure && !is_told_) tell_insecure(asks);
  }
  void finish() {
    if (!each_.empty()) report_.facts["each"] = std::move(each_);
    if (!fresh_.empty()) report_.facts["new_targets"] = plugins::bounded_list(fresh_);
  }

 private:
  void tell_new(const std::string& origin, bool is_secret) {
    constexpr std::size_t kMost = 4;
    fresh_.push_back(origin);
    if (fresh_.size() > kMost) return;
    const bool is_grave = is_secret && known_.is_settled();
    add_finding(report_,
                {.severity = is_grave              ? Severity::crit
                             : known_.is_settled() ? Severity::warn
                                                   : Severity::info,
                 .code = is_grave ? "new_target_of_secrets" : "new_form_target",
                 .message = fmt::format("a form{} sends to {}, to which no check before sent",
                                        is_secret ? " with a password or card number" : "",
                                        clean(origin, 255)),
                 .expected = "origins seen before",
                 .seen = clean(origin, 255),
                 .evidence = {}});
  }
  void tell_insecure(const Asked& asks) {
    is_told_ = true;
    add_finding(report_,
                {.severity = Severity::warn,
                 .code = "insecure_action",
                 .message = fmt::format("{} goes over http, where anybody on the way can "
                                        "read it",
                                        asks.has_password ? "a password" : "a card number"),
                 .expected = "https",
                 .seen = "http",
                 .evidence = {}});
  }

  const Page& page_;
  plugins::KnownSet& known_;
  Report& report_;
  boost::json::array each_;
  std::vector<std::string> fresh_;
  bool is_told_ = false;
};

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  const std::vector<Asked> all = asked(page.features);
  PluginOutput output;
  Report& report = output.report;
  const Totals totals = sum(all);
  add_metric(report, kMetrics[0], static_cast<double>(page.features.forms.size()));
  add_metric(report, kMetrics[1], totals.passwords);
  add_metric(report, kMetrics[2], totals.cards);
  add_metric(report, kMetrics[3], totals.hidden);
  const auto [targets, forms] = plugins::split_state(input.state);
  plugins::KnownSet known{targets, page.observed_at, kTargets};
  KnownForms known_forms{forms, page.observed_at};
  Judge judge{page, known, report};
  const std::vector<std::string> fields = fields_of(page.features);
  for (std::size_t i = 0; i < page.features.forms.size(); ++i) {
    judge.look(page.features.forms[i], all[i]);
    if (i < kForms / 2) known_forms.look(page.features.forms[i], fields[i]);
  }
  judge.finish();
  known_forms.tell(report);
  output.next_state = plugins::joined_state(known.state(), known_forms.state());
  return output;
}

constexpr Plugin kPlugin{.name = "forms",
                         .number = 15,
                         .version = 1,
                         .describes_content = true,
                         .summary = "Where the page sends what people type, and what it asks for.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
