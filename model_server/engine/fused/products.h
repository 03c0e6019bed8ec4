// Products of a few rows with a matrix of weights: plain, or packed into int4 or int8.
#pragma once

#include <ATen/Parallel.h>

#include "lanes.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t GROUP = 2 * LANES;  // int8 weights that share a scale

// R rows of x (R, in) with some rows of int8 weights (out, in), into y (R, out).
template <typename T, int R>
void int8_rows(const float* x, const int8_t* weights, const float* scales, T* y, int64_t in, int64_t out,
               int64_t begin, int64_t end) {
  for (int64_t n = begin; n < end; ++n) {
    Lanes sums[R] = {};
    for (int64_t group = 0; group < in / GROUP; ++group) {
      const int8_t* from = weights + n * in + group * GROUP;
      const Lanes first = lanes_at(from), second = lanes_at(from + LANES);
      const float scale = scales[n * (in / GROUP) + group];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const float* at = x + r * in + group * GROUP;
        sums[r] += scale * (first * lanes_at(at) + second * lanes_at(at + LANES));
      }
    }
    for (int r = 0; r < R; ++r) y[r * out + n] = T(sum_of(sums[r]));
  }
}

// x (rows, in) with int8 weights (out, in) and scales (out, in / GROUP): (rows, out).
template <typename T>
Tensor int8_product(const Tensor& x, const Tensor& weight, const Tensor& scales) {
  const int64_t rows = x.size(0), in = x.size(1), out = weight.size(0);
  const Tensor wide = x.to(at::kFloat).contiguous();
  Tensor y = at::empty({rows, out}, x.options());
  const float* from = wide.const_data_ptr<float>();
  T* to = y.mutable_data_ptr<T>();
  at::parallel_for(0, out, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows;) {
      auto some = [&](auto count) {
        int8_rows<T, decltype(count)::value>(from + row * in, weight.const_data_ptr<int8_t>(),
                                             scales.const_data_ptr<float>(), to + row * out, in, out, begin, end);
        row += decltype(count)::value;
      };
      if (rows - row >= 8) some(std::integral_constant<int, 8>());
      else if (rows - row >= 4) some(std::integral_constant<int, 4>());
      else if (rows - row >= 2) some(std::integral_constant<int, 2>());
      else some(std::integral_constant<int, 1>());
    }
  });
  return y;
}

struct Linear {
  Tensor weight, scales, bias;  // the last two may be undefined

  template <typename T>
  Tensor of(const Tensor& x) const {
    if (!scales.defined()) return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
    const Tensor y = weight.scalar_type() == at::kChar
        ? int8_product<T>(x, weight, scales)
        : at::_weight_int4pack_mm_for_cpu(x, weight, x.size(1) / scales.size(0), scales);
    return bias.defined() ? y.add(bias) : y;
  }
};

}  // namespace scriptorium
