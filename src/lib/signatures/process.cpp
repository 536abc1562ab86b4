// The rules of this process and the scanners of its threads.
#include <memory>
#include <stdexcept>

#include "lib/signatures/scanner.hpp"

namespace webmon::signatures {
namespace {

std::shared_ptr<const Rules> own_rules() {
  const auto sources = own_sources();
  auto rules = Rules::compile(sources);
  if (!rules) throw std::logic_error{"Webmon's own rules: " + rules.error().detail};
  return *rules;
}

std::shared_ptr<const Rules>& given() {
  static std::shared_ptr<const Rules> rules;
  return rules;
}

const std::shared_ptr<const Rules>& rules_of_this_process() {
  static const auto rules = given() ? given() : own_rules();
  return rules;
}

}  // namespace

void use_in_this_process(std::shared_ptr<const Rules> rules) {
  given() = std::move(rules);
  if (rules_of_this_process() != given()) throw std::logic_error{"the rules are in use already"};
}

Scanner& scanner_of_this_thread() {
  thread_local Scanner scanner{rules_of_this_process()};
  return scanner;
}

}  // namespace webmon::signatures
