#include "lib/core/plugin.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace webmon {
namespace {

std::vector<const Plugin*>& registry() {
  static std::vector<const Plugin*> plugins;
  return plugins;
}

}  // namespace

Registration::Registration(const Plugin& plugin) {
  auto& plugins = registry();
  for (const auto* other : plugins) {
    if (other->number != plugin.number && other->name != plugin.name) continue;
    std::fprintf(stderr, "two plugins share a name or number: %.*s, %.*s\n",
                 static_cast<int>(other->name.size()), other->name.data(),
                 static_cast<int>(plugin.name.size()), plugin.name.data());
    std::abort();
  }
  const auto at = std::ranges::upper_bound(plugins, plugin.number, {}, &Plugin::number);
  plugins.insert(at, &plugin);
}

std::string_view to_string(ValueType type) noexcept {
  switch (type) {
    case ValueType::text:
      return "string";
    case ValueType::boolean:
      return "boolean";
    case ValueType::integer:
      return "integer";
    case ValueType::number:
      return "number";
    case ValueType::texts:
      return "array of strings";
    case ValueType::object:
      return "object";
    case ValueType::objects:
      break;
  }
  return "array of objects";
}

const SideResult* find_side(std::span<const SideResult> sides, std::string_view target) noexcept {
  const auto found = std::ranges::find(sides, target, &SideResult::target);
  return found == sides.end() ? nullptr : &*found;
}

std::span<const Plugin* const> all_plugins() noexcept { return registry(); }

const Plugin* find_plugin(std::string_view name) noexcept {
  for (const auto* plugin : registry())
    if (plugin->name == name) return plugin;
  return nullptr;
}

const Plugin* find_plugin(std::uint8_t number) noexcept {
  for (const auto* plugin : registry())
    if (plugin->number == number) return plugin;
  return nullptr;
}

const MetricSpec* find_metric(std::uint16_t number) noexcept {
  const auto* plugin = find_plugin(static_cast<std::uint8_t>(number / 100));
  if (plugin == nullptr) return nullptr;
  const auto found = std::ranges::find(plugin->metrics, number, &MetricSpec::number);
  return found == plugin->metrics.end() ? nullptr : &*found;
}

}  // namespace webmon
