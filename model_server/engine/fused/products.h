// Products of rows with a matrix of weights: plain, or packed into int4 or int8.
//
// For packed weights the rows too are rounded to bytes, each GROUP of a row by a scale of its own, as llama.cpp
// does; the products of a group are summed exactly, and the scales come to their sum. So a row's numbers do not
// depend on the other rows.
#pragma once

#include <memory>
#include <type_traits>

#include "dots.h"
#include "paired.h"
#include "plain.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t MOST_ROWS = 8;  // rows whose sums fit into registers

// Rows rounded to bytes (rows, in), with a scale and the sum of the bytes for each group (rows, groups).
struct Rounded {
  int64_t in, groups;
  std::unique_ptr<int8_t[]> bytes;
  std::unique_ptr<int32_t[]> sums;
  std::unique_ptr<float[]> scales, shifts;  // a shift is the sum, scaled

  Rounded(const float* x, int64_t rows, int64_t in)
      : in(in),
        groups(in / GROUP),
        bytes(std::make_unique_for_overwrite<int8_t[]>(rows * in)),
        sums(std::make_unique_for_overwrite<int32_t[]>(rows * groups)),
        scales(std::make_unique_for_overwrite<float[]>(rows * groups)),
        shifts(std::make_unique_for_overwrite<float[]>(rows * groups)) {
    share_out(rows * groups, 512, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) round(x + i * GROUP, i);
    });
  }

  void round(const float* x, int64_t group) {
    float most = 0;
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < GROUP; ++i) most = std::max(most, std::abs(x[i]));
    const float scale = most / 127, by = most > 0 ? 127 / most : 0.0f;
    int32_t sum = 0;
    int8_t* to = bytes.get() + group * GROUP;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < GROUP; ++i) {
      const int32_t whole = int32_t(std::nearbyint(x[i] * by));
      to[i] = int8_t(whole);
      sum += whole;
    }
    sums[group] = sum;
    scales[group] = scale;
    shifts[group] = scale * float(sum);
  }
};

// How the weights of a type lie: how many quads in BYTES bytes, and how many numbers a group has beside.
template <typename W>
struct Packing;

template <>
struct Packing<uint8_t> {
  static constexpr int64_t QUADS = 2, BESIDE = 2;  // step, then least
};

template <>
struct Packing<int8_t> {
  static constexpr int64_t QUADS = 1, BESIDE = 1;  // step
};

// R rows of x with P parts of one block of outputs, into y (R, out).
template <typename W, int R, int P>
void part_of_block(const Rounded& x, int64_t row, int64_t part, const W* weights, const at::Half* beside, int64_t out,
                   float* y) {
  constexpr int64_t QUADS = Packing<W>::QUADS;
  Lanes totals[R][P] = {};
  const int8_t* bytes = x.bytes.get() + row * x.in;
  const float* scales = x.scales.get() + row * x.groups;
  const float* shifts = x.shifts.get() + row * x.groups;
  const int32_t* sums = x.sums.get() + row * x.groups;
  for (int64_t group = 0; group < x.groups; ++group, beside += Packing<W>::BESIDE * BLOCK) {
    Sums<W> found[R][P];
    for (int r = 0; r < R; ++r)
      for (int p = 0; p < P; ++p) found[r][p].begin(sums[r * x.groups + group]);
#pragma GCC unroll 1
    for (int64_t at = group * GROUP; at < (group + 1) * GROUP; at += QUAD * QUADS, weights += BYTES) {
      __builtin_prefetch(reinterpret_cast<const char*>(weights) + AHEAD);
      Weights<W> some[P];
      for (int p = 0; p < P; ++p) some[p].load(weights, part + p);
#pragma GCC unroll 2
      for (int k = 0; k < QUADS; ++k)
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
          for (int p = 0; p < P; ++p) found[r][p].add(some[p].quad[k], bytes + r * x.in + at + k * QUAD);
    }
#pragma GCC unroll 2
    for (int p = 0; p < P; ++p) {
      const Lanes step = lanes_at(beside + (part + p) * LANES);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) totals[r][p] += (scales[r * x.groups + group] * step) * found[r][p].lanes();
      if constexpr (std::is_same_v<W, uint8_t>) {
        const Lanes least = lanes_at(beside + BLOCK + (part + p) * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) totals[r][p] += shifts[r * x.groups + group] * least;
      }
    }
  }
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < P; ++p)
      std::memcpy(y + r * out + (part + p) * LANES, &totals[r][p], sizeof(Lanes));
}

template <typename W, int R>
void block(const Rounded& x, int64_t row, const W* weights, const at::Half* beside, int64_t out, float* y) {
  constexpr int P = R > 4 ? 1 : PARTS;
  for (int64_t part = 0; part < PARTS; part += P) part_of_block<W, R, P>(x, row, part, weights, beside, out, y);
}

// x (rows, in) with packed weights (out / BLOCK, …) and the numbers beside them (out / BLOCK, groups, …, BLOCK): (rows, out).
template <typename W>
Tensor packed_product(const Tensor& x, const Tensor& weight, const Tensor& beside) {
  const int64_t rows = x.size(0), blocks = weight.size(0), out = blocks * BLOCK;
  const Rounded rounded(x.const_data_ptr<float>(), rows, x.size(1));
  Tensor y = at::empty({rows, out}, x.options());
  float* to = y.mutable_data_ptr<float>();
  const W* all = weight.const_data_ptr<W>();
  const at::Half* numbers = beside.const_data_ptr<at::Half>();
  const int64_t apart = weight.stride(0), numbers_apart = beside.stride(0);
  over_blocks<MOST_ROWS>(rows, blocks, rows < MOST_ROWS ? 2 : 1, [&](auto some, int64_t row, int64_t at) {
    block<W, decltype(some)::value>(rounded, row, all + at * apart, numbers + at * numbers_apart, out, to + row * out + at * BLOCK);
  });
  return y;
}

struct Linear {
  Tensor weight, beside, bias;  // the last two may be undefined

  Tensor of(const Tensor& x) const {
    const Tensor y = product(x);
    return bias.defined() ? y.add_(bias) : y;
  }

  Tensor product(const Tensor& x) const {
    switch (weight.scalar_type()) {
      case at::kByte: return packed_product<uint8_t>(x, weight, beside);
      case at::kChar: return packed_product<int8_t>(x, weight, beside);
      case at::kBFloat16: return weight.dim() > 2 ? paired_product(x, weight) : plain_product<BFloat16>(x, weight);
      case at::kHalf: return plain_product<at::Half>(x, weight);
      default: return plain_product<float>(x, weight);
    }
  }
};

}  // namespace scriptorium
