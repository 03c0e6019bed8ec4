// Products of few rows with a matrix of plain weights, in float32, bfloat16 or float16.
//
// Each output is one sum over lanes, in float32 and in the same order whatever stands beside it, so a row's numbers do not
// depend on the other rows. Beside a few rows it takes what the weights' way from memory takes, which is shortest in one stream:
// one output after the other. Of more rows, a tile has several outputs, for its inputs to be loaded once; of many,
// PyTorch's products make more.
#pragma once

#include "lanes.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t MANY = 16;                  // rows, and more are PyTorch's
constexpr int ROWS = 4;                       // of a tile, whose sums fit into registers
constexpr int OUTPUTS = LANES == 16 ? 6 : 3;  // of a tile of more rows
constexpr int64_t SHARE = 16 * OUTPUTS;       // outputs that a thread takes at once

// R rows of x (R, in) with O outputs' weights (O, in), into y (R, out).
template <typename W, int R, int O>
void tile(const float* x, const W* weights, int64_t in, int64_t out, float* y) {
  Lanes sums[R][O] = {};
  for (int64_t i = 0; i < in; i += LANES) {
    Lanes some[O];
#pragma GCC unroll 6
    for (int o = 0; o < O; ++o) {
      __builtin_prefetch(reinterpret_cast<const char*>(weights + o * in + i) + AHEAD);
      some[o] = lanes_at(weights + o * in + i);
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Lanes inputs = lanes_at(x + r * in + i);
#pragma GCC unroll 6
      for (int o = 0; o < O; ++o) add_product(sums[r][o], inputs, some[o]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int o = 0; o < O; ++o) y[r * out + o] = sum_of(sums[r][o]);
}

// x (rows, in) with weights (out, in): (rows, out).
template <typename W>
Tensor plain_product(const Tensor& x, const Tensor& weight) {
  const int64_t rows = x.size(0), in = x.size(1), out = weight.size(0);
  if (rows > MANY || in % LANES) return at::linear(x.to(weight.scalar_type()), weight).to(at::kFloat);
  Tensor y = at::empty({rows, out}, x.options());
  const float* from = x.const_data_ptr<float>();
  const W* weights = weight.const_data_ptr<W>();
  float* to = y.mutable_data_ptr<float>();
  share_out(out, SHARE, [&](int64_t begin, int64_t end) {
    const auto take = [&](auto outputs, int64_t at) {
      const auto some = [&](auto several, int64_t row) {
        tile<W, decltype(several)::value, decltype(outputs)::value>(from + row * in, weights + at * in, in, out,
                                                                    to + row * out + at);
      };
      in_groups<ROWS>(rows, some);
    };
    if (rows > ROWS)
      for (; begin + OUTPUTS <= end; begin += OUTPUTS) take(std::integral_constant<int, OUTPUTS>(), begin);
    for (; begin < end; ++begin) take(std::integral_constant<int, 1>(), begin);
  });
  return y;
}

}  // namespace scriptorium
