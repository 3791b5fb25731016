// exp of numbers that need no temperature and no shift.
#pragma once

#include "core/temperature.h"

namespace sm {

// exp(x), x <= 88, with its constants made once: for loops.
class PlainExp {
 public:
  f32x4 operator()(f32x4 x) const { return series_(reduced_(x, rounder_, lowest_)); }

 private:
  Exp exp_ =
      temperature_of(nullptr, 0, 0).exp;  // not known to the compiler, nor then its constants
  Reduce reduced_{exp_};
  Series series_;
  f32x4 rounder_ = Exp::rounder(held(0)), lowest_ = exp_.lowest(held(0));
};

}  // namespace sm
