// Numbers narrower than floats: widened to floats, which all arithmetic is in, and rounded once.
//
// Widening is exact but for from_uint8 and from_int8, which round the product. Every op here is of
// n numbers, whatever rows they lie in. NaN stays NaN, with bits of its own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sm {

// from_float16: halves as floats, subnormal ones too.
//
//   y_i = x_i
//
//   out     y [n]   not x
//   in      x [n]   patterns of binary16
//   within  exact
//   source  IEEE 754-2019, section 3.4
void from_float16(float* y, const uint16_t* x, size_t n);

// to_float16: floats rounded to the nearest half, of two the even one. From 65520 on that is
// infinity, up to 2⁻²⁵ it is 0.
//
//   out     y [n]   not x; patterns of binary16
//   in      x [n]
//   within  half the distance of halves at x
//   source  IEEE 754-2019, section 4.3.1
void to_float16(uint16_t* y, const float* x, size_t n);

// from_bfloat16: floats whose lower half is 0, as floats.
//
//   y_i = x_i
//
//   out     y [n]   not x
//   in      x [n]   the upper halves of patterns of binary32
//   within  exact
//   source  Kalamkar et al. 2019, section 3
void from_bfloat16(float* y, const uint16_t* x, size_t n);

// to_bfloat16: floats rounded to the nearest of those whose lower half is 0, of two the even one.
//
//   out     y [n]   not x; the upper halves of patterns of binary32
//   in      x [n]
//   within  half the distance of such floats at x
//   source  Kalamkar et al. 2019, section 3
void to_bfloat16(uint16_t* y, const float* x, size_t n);

// from_uint8: quantised numbers as floats.
//
//   y_i = scale (x_i - zero)
//
//   out     y [n]   not x
//   in      x [n]   scale > 0 and finite; zero a whole number from 0 to 255
//   within  1/2 ulp
//   source  Jacob et al. 2018, section 2.1
void from_uint8(float* y, const uint8_t* x, float scale, float zero, size_t n);

// from_int8: quantised numbers with a sign as floats.
//
//   y_i = scale (x_i - zero)
//
//   out     y [n]   not x
//   in      x [n]   patterns of int8_t; scale > 0 and finite; zero a whole number from -128 to 127
//   within  1/2 ulp
//   source  Jacob et al. 2018, section 2.1
void from_int8(float* y, const uint8_t* x, float scale, float zero, size_t n);

// to_uint8: probabilities in steps of 1/256, so that 1 becomes 255 steps. NaN becomes 0.
//
//   y_i = min(round(256 x_i), 255)
//
//   out     y [n]   not x
//   in      x [n]   what is outside of [0, 1] becomes its nearest end
//   within  half a step, of two the even one; one step at 1
//   source  TensorFlow Lite 8-bit quantization specification, SOFTMAX
void to_uint8(uint8_t* y, const float* x, size_t n);

// to_int8: probabilities in steps of 1/256 above -128, so that 1 becomes 127. NaN becomes -128.
//
//   y_i = min(round(256 x_i), 255) - 128
//
//   out     y [n]   not x; patterns of int8_t
//   in      x [n]   what is outside of [0, 1] becomes its nearest end
//   within  half a step, of two the even one; one step at 1
//   source  TensorFlow Lite 8-bit quantization specification, SOFTMAX
void to_int8(uint8_t* y, const float* x, size_t n);

}  // namespace sm
