#include "support/call.h"

std::vector<float> run(Map op, const Rows& in, const Call& call) {
  Arguments a(in.rows, in.cols, call);
  const std::vector<float> scores = laid_out(in.x, in.cols, call.inner);
  Guarded<float> x(scores, call.offset), y(call.in_place ? 0 : scores.size(), call.offset);
  float* const out = call.in_place ? x.data() : y.data();
  CHECK(allocations([&] {
          op(out, x.data(), a.mask.or_null(), a.t.or_null(), a.outer, in.cols, call.inner, a.rules);
        }) == 0);
  if (call.in_place) return as_rows(x.values(), in.cols, call.inner);
  CHECK_THAT(x.values(), SameBits(scores));
  return as_rows(y.values(), in.cols, call.inner);
}

std::vector<float> run(Vjp op, const Rows& y, const std::vector<float>& dy, const Call& call,
                       Place place) {
  Arguments a(y.rows, y.cols, call);
  Guarded<float> ys(laid_out(y.x, y.cols, call.inner), call.offset),
      gs(laid_out(dy, y.cols, call.inner), call.offset), dx(y.x.size(), call.offset);
  Guarded<float>& out = place == Place::apart ? dx : place == Place::on_y ? ys : gs;
  CHECK(allocations([&] {
          op(out.data(), ys.data(), gs.data(), a.t.or_null(), a.outer, y.cols, call.inner, a.rules);
        }) == 0);
  return as_rows(out.values(), y.cols, call.inner);
}

std::vector<float> run(decltype(sm::log_sum_exp) op, const Rows& in, const Call& call) {
  Arguments a(in.rows, in.cols, call);
  Guarded<float> x(laid_out(in.x, in.cols, call.inner), call.offset), lse(in.rows, call.offset);
  CHECK(allocations([&] {
          op(lse.data(), x.data(), a.mask.or_null(), a.t.or_null(), a.outer, in.cols, call.inner,
             a.rules);
        }) == 0);
  std::vector<float> expected = in.x;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!call.keeps(i / in.cols, i % in.cols, in.cols)) expected[i] = -kInf;
  }
  CHECK_THAT(as_rows(x.values(), in.cols, call.inner), SameBits(expected));
  return lse.values();
}
