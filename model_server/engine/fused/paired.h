// Products of rows with a matrix of weights in bfloat16, for CPUs that multiply it in pairs.
//
// The rows too are rounded to bfloat16, and one pair of inputs after the other is added: so a row's numbers do not depend on the
// other rows.
#pragma once

#include <memory>

#include "dots.h"
#include "pairs.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

constexpr int MOST_SUMS = 16;  // rows whose sums fit into registers

// R rows of x (R, in) with the weights (in / PAIR, BLOCK, PAIR) of a block of outputs, into y (R, out).
template <int R>
void pairs_of_block(const BFloat16* x, const BFloat16* weights, int64_t in, int64_t out, float* y) {
  Lanes sums[R][PARTS] = {};
#pragma GCC unroll 1
  for (int64_t i = 0; i < in; i += PAIR, weights += PAIR * BLOCK) {
    __builtin_prefetch(reinterpret_cast<const char*>(weights) + AHEAD);
    Pairs some[PARTS];
    for (int64_t p = 0; p < PARTS; ++p) some[p] = pairs_at(weights + p * PAIR * LANES);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Pairs inputs = pair_everywhere(x + r * in + i);
      for (int64_t p = 0; p < PARTS; ++p) add_pairs(sums[r][p], some[p], inputs);
    }
  }
  for (int r = 0; r < R; ++r) std::memcpy(y + r * out, sums[r], sizeof sums[r]);
}

// x (rows, in) with weights (out / BLOCK, in / PAIR, BLOCK, PAIR): (rows, out).
inline Tensor paired_product(const Tensor& x, const Tensor& weight) {
  const int64_t rows = x.size(0), in = x.size(1), blocks = weight.size(0), out = blocks * BLOCK;
  const auto rounded = std::make_unique_for_overwrite<BFloat16[]>(rows * in);
  const float* from = x.const_data_ptr<float>();
  share_out(rows * in / LANES, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * LANES; i < end * LANES; i += LANES) round_lanes(lanes_at(from + i), rounded.get() + i);
  });
  Tensor y = at::empty({rows, out}, x.options());
  float* to = y.mutable_data_ptr<float>();
  const BFloat16* all = weight.const_data_ptr<BFloat16>();
  over_blocks<MOST_SUMS>(rows, blocks, rows < MOST_SUMS / 2 ? 8 : 4, [&](auto some, int64_t row, int64_t at) {
    pairs_of_block<decltype(some)::value>(rounded.get() + row * in, all + at * BLOCK * in, in, out, to + row * out + at * BLOCK);
  });
  return y;
}

}  // namespace scriptorium
