// One number becomes one number.
//
// Every vjp multiplies dy by the derivative, and takes what that is exact from: the result y for
// sigmoid and tanh, the score x for the others. NaN gives NaN, ±inf what the function tends to.
// Results and derivatives under 2⁻¹²⁶ may be flushed to 0.
#pragma once

#include <cstddef>

#include "shapes.h"

namespace sm {

// sigmoid: the probability of the first of two scores x and 0; in [0, 1] always.
//
//   y = 1 / (1 + exp(-x))
//
//   out     y [n]   may be x
//   in      x [n]
//   cost    one exp and one division an entry
//   within  2.5 ulp; sigmoid(x) + sigmoid(-x) is 1 within 2⁻²⁵
//   source  Bridle 1990, section 2
void sigmoid(float* y, const float* x, size_t n);

// sigmoid_vjp: the gradient of sigmoid, from its result.
//
//   dx = dy y (1 - y)
//
//   out     dx [n]      may be y or dy
//   in      y, dy [n]
//   within  2 ulp
void sigmoid_vjp(float* dx, const float* y, const float* dy, size_t n);

// log_sigmoid: its logarithm, in nats; never through sigmoid, so exact where that would be 0 or 1.
//
//   y = min(x, 0) - log(1 + exp(-|x|))
//
//   out     y [n]   may be x
//   in      x [n]
//   cost    one exp and one division an entry
//   within  3.5 ulp
//   source  Mächler 2012, section 3
void log_sigmoid(float* y, const float* x, size_t n);

// log_sigmoid_vjp: the gradient of log_sigmoid, from its score.
//
//   dx = dy sigmoid(-x)
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
//   within  3 ulp
void log_sigmoid_vjp(float* dx, const float* x, const float* dy, size_t n);

// softplus: a smooth maximum of x and 0, the log-sum-exp of both.
//
//   y = max(x, 0) + log(1 + exp(-|x|))
//
//   out     y [n]   may be x
//   in      x [n]
//   cost    one exp and one division an entry
//   within  3.5 ulp
//   source  Dugas et al. 2000; Mächler 2012, section 3
void softplus(float* y, const float* x, size_t n);

// softplus_vjp: the gradient of softplus, from its score.
//
//   dx = dy sigmoid(x)
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
//   within  3 ulp
void softplus_vjp(float* dx, const float* x, const float* dy, size_t n);

// tanh: sigmoid stretched to [-1, 1].
//
//   y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)) = 2 sigmoid(2 x) - 1
//
//   out     y [n]   may be x
//   in      x [n]
//   cost    one exp and one division an entry
//   within  2 ulp; |y| <= 1
//   source  Cody and Waite 1980, chapter 13
void tanh(float* y, const float* x, size_t n);

// tanh_vjp: the gradient of tanh, from its result.
//
//   dx = dy (1 - y²)
//
//   out     dx [n]      may be y or dy
//   in      y, dy [n]
//   within  2.5 ulp
void tanh_vjp(float* dx, const float* y, const float* dy, size_t n);

// relu: scores under 0 become 0.
//
//   y = max(x, 0)
//
//   out     y [n]   may be x
//   in      x [n]
//   source  Nair and Hinton 2010
void relu(float* y, const float* x, size_t n);

// relu_vjp: the gradient of relu, from its score or its result, whose signs are the same. Where x
// is not above 0, dy does not count.
//
//   dx = dy where x > 0, 0 elsewhere
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
void relu_vjp(float* dx, const float* x, const float* dy, size_t n);

// leaky_relu: scores under 0 keep a part of their size. With slope 0 it is relu.
//
//   y = x where x >= 0, slope x elsewhere
//
//   out     y [n]   may be x
//   in      x [n]
//           slope   finite
//   within  1/2 ulp
//   source  Maas, Hannun and Ng 2013
void leaky_relu(float* y, const float* x, size_t n, float slope);

// leaky_relu_vjp: the gradient of leaky_relu, from its score.
//
//   dx = dy where x > 0, slope dy elsewhere
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
//           slope       finite
//   within  1/2 ulp
void leaky_relu_vjp(float* dx, const float* x, const float* dy, size_t n, float slope);

// silu: a score times its own sigmoid.
//
//   y = x sigmoid(x)
//
//   out     y [n]   may be x
//   in      x [n]
//   cost    one exp and one division an entry
//   within  4 ulp
//   source  Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017 call it swish
void silu(float* y, const float* x, size_t n);

// silu_vjp: the gradient of silu, from its score.
//
//   dx = dy sigmoid(x) (1 + x sigmoid(-x))
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
//   within  6 2⁻²⁴ |dy| sigmoid(x) (1 + |x| sigmoid(-x)): the derivative is 0 at x = -1.28
void silu_vjp(float* dx, const float* x, const float* dy, size_t n);

// gelu: a score times the probability that a normal number is below it.
//
//   y = x (1 + erf(x / sqrt 2)) / 2
//   y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))) / 2   with Gelu::tanh_form
//
//   out     y [n]   may be x
//   in      x [n]
//           form    a Gelu
//   cost    one exp and two divisions an entry; one of each with Gelu::tanh_form
//   within  6 ulp; with Gelu::tanh_form 4 ulp, of its own formula
//   source  Hendrycks and Gimpel 2016, sections 2 and 4
void gelu(float* y, const float* x, size_t n, int form);

// gelu_vjp: the gradient of gelu, from its score.
//
//   dx = dy (Phi(x) + x phi(x)),   Phi and phi the normal distribution and density
//   dx = dy s(z) (1 + x z' s(-z)),   s the sigmoid, z = 2 sqrt(2 / pi) (x + 0.044715 x³), with
//        Gelu::tanh_form
//
//   out     dx [n]      may be x or dy
//   in      x, dy [n]
//           form        that of gelu
//   within  7 2⁻²⁴ |dy| times the sum of the terms' sizes: the derivative is 0 at x = -0.75; it may
//           be flushed to 0 under 2⁻¹²³
void gelu_vjp(float* dx, const float* x, const float* dy, size_t n, int form);

}  // namespace sm
