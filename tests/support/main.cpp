// The test program's entry: Catch2's own. It stands alone because it is slow to compile.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
