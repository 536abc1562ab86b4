/// What a fuzz target holds: the program ends, so that the input is kept, where it does not.
#pragma once

#include <cstdio>
#include <cstdlib>

inline void require(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}
