#include "lib/signatures/rules.hpp"

#include <fmt/format.h>
#include <yara.h>

#include <algorithm>
#include <new>

#include "lib/signatures/document.hpp"
#include "lib/signatures/library.hpp"

namespace webmon::signatures {
namespace {

constexpr std::size_t kMostMessages = 5;  // of one file
constexpr std::size_t kMostFamily = 32;   // bytes

void check_memory(int code) {
  if (code == ERROR_INSUFFICIENT_MEMORY) throw std::bad_alloc{};
}

/// What the compiler says of one source.
struct Messages {
  const RuleSource& source;
  std::vector<std::string> errors, warnings;

  static void take(int level, const char*, int line, const YR_RULE*, const char* message,
                   void* self) noexcept {
    auto& messages = *static_cast<Messages*>(self);
    auto& list = level == YARA_ERROR_LEVEL_ERROR ? messages.errors : messages.warnings;
    if (list.size() == kMostMessages) return;
    try {
      list.push_back(fmt::format("{}:{}: {}", messages.source.file, line, message));
    } catch (...) {  // the count of errors, which the compiler returns, says it too
    }
  }
};

struct DestroyCompiler {
  void operator()(YR_COMPILER* compiler) const noexcept { yr_compiler_destroy(compiler); }
};
using Compiler = std::unique_ptr<YR_COMPILER, DestroyCompiler>;

Compiler make_compiler() {
  YR_COMPILER* made = nullptr;
  if (yr_compiler_create(&made) != ERROR_SUCCESS) throw std::bad_alloc{};
  Compiler compiler{made};
  yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);  // no includes
  for (const char* name : kEndVariables)
    check_memory(yr_compiler_define_integer_variable(made, name, 0));
  check_memory(yr_compiler_define_string_variable(made, "host", ""));
  check_memory(yr_compiler_define_boolean_variable(made, "has_password", 0));
  check_memory(yr_compiler_define_boolean_variable(made, "sends_password_away", 0));
  return compiler;
}

Result<void> add(YR_COMPILER* compiler, const RuleSource& source,
                 std::vector<std::string>& warnings) {
  if (source.text.find('\0') != std::string::npos)
    return fail(Errc::bad_input,
                source.file + ": has a zero byte: rules are needed as text, not compiled");
  Messages messages{source, {}, {}};
  yr_compiler_set_callback(compiler, Messages::take, &messages);
  const int errors = yr_compiler_add_string(compiler, source.text.c_str(), source.file.c_str());
  std::ranges::move(messages.warnings, std::back_inserter(warnings));
  if (errors == 0) return {};
  check_memory(compiler->last_error);
  if (messages.errors.empty()) return fail(Errc::bad_input, source.file + ": libyara refuses it");
  return fail(Errc::bad_input, fmt::format("{}", fmt::join(messages.errors, "\n")));
}

// ---- what YARA allows and Webmon does not

Result<void> check_metas(const YR_RULE& rule) {
  const auto refuse = [&](const std::string& what) {
    return fail(Errc::bad_input,
                fmt::format("{}: rule {}: {}", rule.ns->name, rule.identifier, what));
  };
  const YR_META* weight = find_meta(rule, "weight");
  const bool is_fine =
      weight == nullptr || (weight->type == META_TYPE_INTEGER && weight->integer >= kLeastWeight &&
                            weight->integer <= kMostWeight);
  if (!is_fine) return refuse("write a weight of 1 to 100, without quotation marks");
  const auto where = meta_text(rule, "where");
  if (find_meta(rule, "where") != nullptr && std::ranges::count(kPartNames, where) == 0)
    return refuse(fmt::format("where is one of {}", fmt::join(kPartNames, ", ")));
  if (meta_text(rule, "family").size() > kMostFamily)
    return refuse("write a family of 32 bytes at most");
  return {};
}

int find_import(YR_SCAN_CONTEXT*, int message, void* data, void* user) noexcept {
  if (message != CALLBACK_MSG_IMPORT_MODULE) return CALLBACK_CONTINUE;
  *static_cast<const char**>(user) = static_cast<YR_MODULE_IMPORT*>(data)->module_name;
  return CALLBACK_ERROR;
}

/// "FILE:LINE" of `import "module"`.
std::string place_of_import(std::string_view module, std::span<const RuleSource> sources) {
  const auto quoted = fmt::format("\"{}\"", module);
  for (const auto& source : sources) {
    const auto at = source.text.find(quoted);
    const auto line_begin = at == std::string::npos ? at : source.text.rfind('\n', at) + 1;
    if (line_begin == std::string::npos ||
        source.text.substr(line_begin, at - line_begin).find("import") == std::string::npos)
      continue;
    return fmt::format("{}:{}", source.file,
                       1 + std::count(source.text.begin(),
                                      source.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  return "rules";
}

/// One scan of nothing: it tells of imported modules before it loads them, and whether the
/// conditions can be executed at all.
Result<void> try_out(YR_RULES* rules, std::span<const RuleSource> sources) {
  const char* module = nullptr;
  constexpr std::uint8_t kNothing[] = {'\n'};
  const int code = yr_rules_scan_mem(rules, kNothing, sizeof kNothing, SCAN_FLAGS_NO_TRYCATCH,
                                     find_import, static_cast<void*>(&module), 1);
  check_memory(code);
  if (module != nullptr)
    return fail(Errc::bad_input,
                fmt::format("{}: modules of YARA are not available here; take out import \"{}\" "
                            "and the rules that need it",
                            place_of_import(module, sources), module));
  if (code == ERROR_SUCCESS) return {};
  return fail(Errc::bad_input, fmt::format("rules cannot be executed: {}", yara_error(code)));
}

Result<void> check(const Rules& rules, std::span<const RuleSource> sources) {
  const YR_RULE* rule = nullptr;
  const YR_RULES* all = rules.get();  // the macro wants a name
  yr_rules_foreach(all, rule) {
    if (auto fine = check_metas(*rule); !fine) return fine;
  }
  return try_out(rules.get(), sources);
}

}  // namespace

Result<std::shared_ptr<const Rules>> Rules::compile(std::span<const RuleSource> sources) {
  begin_library();
  const auto compiler = make_compiler();
  std::vector<std::string> warnings;
  for (const auto& source : sources)
    if (auto added = add(compiler.get(), source, warnings); !added) return fail(added.error());
  YR_RULES* made = nullptr;
  const int code = yr_compiler_get_rules(compiler.get(), &made);
  check_memory(code);
  if (code != ERROR_SUCCESS)
    return fail(Errc::bad_input, fmt::format("rules cannot be put together: {}", yara_error(code)));
  std::shared_ptr<const Rules> rules{new Rules{made, std::move(warnings)}};
  if (auto fine = check(*rules, sources); !fine) return fail(fine.error());
  return rules;
}

Rules::~Rules() { yr_rules_destroy(rules_); }

std::size_t Rules::size() const noexcept { return rules_->num_rules; }

std::vector<std::string> Rules::names() const {
  std::vector<std::string> all;
  const YR_RULE* rule = nullptr;
  yr_rules_foreach(rules_, rule) all.emplace_back(rule->identifier);
  return all;
}

}  // namespace webmon::signatures
