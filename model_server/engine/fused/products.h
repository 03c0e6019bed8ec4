// Products of a few rows with a matrix of weights: plain, or packed into int4 or int8.
//
// Packed weights lie in blocks of LANES outputs, two inputs side by side, as the dot product of bfloat16 pairs
// takes them. The numbers of a group are multiplied as they are, exactly; its scale comes to their sum.
#pragma once

#include <ATen/Parallel.h>

#include <type_traits>

#include "lanes.h"

namespace scriptorium {

using at::Tensor;
using Half = at::BFloat16;

constexpr int64_t GROUP = 32;       // inputs that share a scale
constexpr int64_t PAIRS = GROUP / 2;
constexpr int64_t MOST_ROWS = 8;    // rows whose sums fit into registers

#ifdef __AVX512BF16__
using Pairs = __m512bh;  // of each of LANES outputs, the weights of two inputs

inline Pairs int4_pairs(__m512i numbers) {
  // Bfloat16 of 0 to 15, twice: the instruction looks at five bits, of which the fifth is another number's.
  const __m512i table = _mm512_broadcast_i64x4(_mm256_setr_epi16(
      0x0000, 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0, 0x40e0, 0x4100, 0x4110, 0x4120, 0x4130, 0x4140,
      0x4150, 0x4160, 0x4170));
  return Pairs(_mm512_permutexvar_epi16(numbers, table));
}

// Two pairs of inputs lie in a byte: the first in its low half.
inline void pairs_of(const uint8_t* from, Pairs* pairs) {
  const __m512i words = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  pairs[0] = int4_pairs(words);
  pairs[1] = int4_pairs(_mm512_srli_epi16(words, 4));
}

inline void pairs_of(const int8_t* from, Pairs* pairs) {
  for (int i = 0; i < 2; ++i, from += 2 * LANES)
    pairs[i] = _mm512_cvtne2ps_pbh(__m512(lanes_at(from + LANES)), __m512(lanes_at(from)));
}

inline Lanes dot(Lanes sum, const Pairs& pairs, const Half* x) {
  int32_t both;
  std::memcpy(&both, x, sizeof both);
  return Lanes(_mm512_dpbf16_ps(__m512(sum), pairs, Pairs(_mm512_set1_epi32(both))));
}
#else
struct Pairs {
  Lanes first, second;
};

inline void pairs_of(const uint8_t* from, Pairs* pairs) {
  for (int64_t i = 0; i < LANES; ++i) {
    pairs[0].first[i] = from[2 * i] & 15;
    pairs[0].second[i] = from[2 * i + 1] & 15;
    pairs[1].first[i] = from[2 * i] >> 4;
    pairs[1].second[i] = from[2 * i + 1] >> 4;
  }
}

inline void pairs_of(const int8_t* from, Pairs* pairs) {
  for (int64_t pair = 0; pair < 2; ++pair, from += 2 * LANES)
    for (int64_t i = 0; i < LANES; ++i) {
      pairs[pair].first[i] = from[2 * i];
      pairs[pair].second[i] = from[2 * i + 1];
    }
}

inline Lanes dot(Lanes sum, const Pairs& pairs, const Half* x) {
  return sum + float(x[0]) * pairs.first + float(x[1]) * pairs.second;
}
#endif

// How the weights of a type lie: bytes for two pairs of inputs of LANES outputs, and lanes of scales a group.
template <typename W>
struct Packing;

template <>
struct Packing<uint8_t> {
  static constexpr int64_t BYTES = 2 * LANES, SCALES = 2 * LANES;  // step, then least
};

template <>
struct Packing<int8_t> {
  static constexpr int64_t BYTES = 4 * LANES, SCALES = LANES;
};

// R rows of x (R, in) with one block of LANES outputs, into y (R, out); sums (R, groups) are those of x.
template <typename W, int R>
void block(const Half* x, const float* sums, const W* weights, const float* scales, int64_t in, int64_t out, Half* y) {
  const int64_t groups = in / GROUP;
  Lanes totals[R] = {};
  for (int64_t group = 0; group < groups; ++group, scales += Packing<W>::SCALES) {
    Lanes parts[R] = {};
    const Half* at = x + group * GROUP;
    for (int64_t pair = 0; pair < PAIRS; pair += 2, weights += Packing<W>::BYTES) {
      Pairs pairs[2];
      pairs_of(weights, pairs);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        parts[r] = dot(parts[r], pairs[0], at + r * in + 2 * pair);
        parts[r] = dot(parts[r], pairs[1], at + r * in + 2 * pair + 2);
      }
    }
    const Lanes step = lanes_at(scales);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) totals[r] += step * parts[r];
    if constexpr (std::is_same_v<W, uint8_t>) {
      const Lanes least = lanes_at(scales + LANES);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) totals[r] += least * sums[r * groups + group];
    }
  }
  for (int r = 0; r < R; ++r)
    for (int64_t i = 0; i < LANES; ++i) y[r * out + i] = Half(totals[r][i]);
}

inline Tensor group_sums(const Tensor& x) {
  return x.to(at::kFloat).view({x.size(0), x.size(1) / GROUP, GROUP}).sum(-1);
}

// x (rows, in) with packed weights (out / LANES, …): (rows, out), all in bfloat16.
template <typename W>
Tensor packed_product(const Tensor& x, const Tensor& weight, const Tensor& scales) {
  const int64_t rows = x.size(0), in = x.size(1), groups = in / GROUP, blocks = weight.size(0), out = blocks * LANES;
  const Tensor sums = std::is_same_v<W, uint8_t> ? group_sums(x) : x;
  Tensor y = at::empty({rows, out}, x.options());
  const Half* from = x.const_data_ptr<Half>();
  const float* sum = std::is_same_v<W, uint8_t> ? sums.const_data_ptr<float>() : nullptr;
  Half* to = y.mutable_data_ptr<Half>();
  at::parallel_for(0, blocks, 4, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const W* weights = weight.const_data_ptr<W>() + at * (in / 4) * Packing<W>::BYTES;
      const float* scale = scales.const_data_ptr<float>() + at * groups * Packing<W>::SCALES;
      for (int64_t row = 0; row < rows;) {
        auto some = [&](auto count) {
          constexpr int R = decltype(count)::value;
          block<W, R>(from + row * in, sum + row * groups, weights, scale, in, out, to + row * out + at * LANES);
          row += R;
        };
        if (rows - row >= MOST_ROWS) some(std::integral_constant<int, MOST_ROWS>());
        else if (rows - row >= 4) some(std::integral_constant<int, 4>());
        else if (rows - row >= 2) some(std::integral_constant<int, 2>());
        else some(std::integral_constant<int, 1>());
      }
    }
  });
  return y;
}

struct Linear {
  Tensor weight, scales, bias;  // the last two may be undefined

  Tensor of(const Tensor& x) const {
    if (!scales.defined()) return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
    TORCH_CHECK(x.scalar_type() == at::kBFloat16, "packed weights are multiplied with bfloat16");
    const Tensor y = weight.scalar_type() == at::kByte ? packed_product<uint8_t>(x, weight, scales)
                                                       : packed_product<int8_t>(x, weight, scales);
    return bias.defined() ? y.add(bias) : y;
  }
};

}  // namespace scriptorium
