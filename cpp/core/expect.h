// What a kernel trusts: checked in native builds, absent in modules.
#pragma once

#ifdef SOFTMAX_CHECKED
#define EXPECT(condition) ((condition) ? void() : __builtin_trap())
#else
#define EXPECT(condition) void()
#endif
