/// What this machine's network can do, to tell its trouble from the page's.
#pragma once

namespace webmon::fetch {

/// True if the kernel has a route to the public internet in this family. Sends nothing.
bool has_route(bool is_v6) noexcept;

}  // namespace webmon::fetch
