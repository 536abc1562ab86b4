/// Writes a new folder of stored data with today's code: real scripts in a real Redis, then every
/// key as a file. CONTRIBUTING.md, "Formats of stored data", says when.
#pragma once

#include <string>

namespace webmon::versions {

/// Adds the test that does it; without this call there is none, so that no check can run it.
void register_make_fixtures(std::string folder);

}  // namespace webmon::versions
