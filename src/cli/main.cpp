#include "cli/app.hpp"

int main(int argc, char** argv) { return webmon::cli::run(argc, argv); }
