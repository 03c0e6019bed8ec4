// Numbers in bfloat16 that are multiplied and added in pairs, as some CPUs can.
//
// Products are exact, and sums are in float32.
#pragma once

#include "lanes.h"

namespace scriptorium {

using at::BFloat16;

constexpr int64_t PAIR = 2;  // numbers of a sum that are taken at once

#if defined(__AVX512BF16__) && defined(SCRIPTORIUM_WIDE)
typedef __m512bh Pairs;

inline Pairs pairs_at(const BFloat16* from) { return Pairs(_mm512_loadu_si512(from)); }

inline Pairs pair_everywhere(const BFloat16* from) {
  int32_t pair;
  std::memcpy(&pair, from, sizeof pair);
  return Pairs(_mm512_set1_epi32(pair));
}

inline void add_pairs(Lanes& sums, Pairs one, Pairs other) { sums = Lanes(_mm512_dpbf16_ps(__m512(sums), one, other)); }

inline Pairs first_of(Pairs pairs) { return Pairs(_mm512_and_si512(__m512i(pairs), _mm512_set1_epi32(0xffff))); }

inline void round_lanes(Lanes from, BFloat16* to) {
  const __m256bh rounded = _mm512_cvtneps_pbh(__m512(from));
  std::memcpy(to, &rounded, sizeof rounded);
}
#else
struct Pairs {
  float of[PAIR][LANES];
};

inline Pairs pairs_at(const BFloat16* from) {
  Pairs pairs;
  for (int64_t i = 0; i < PAIR * LANES; ++i) pairs.of[i % PAIR][i / PAIR] = float(from[i]);
  return pairs;
}

inline Pairs pair_everywhere(const BFloat16* from) {
  Pairs pairs;
  for (int64_t i = 0; i < PAIR * LANES; ++i) pairs.of[i % PAIR][i / PAIR] = float(from[i % PAIR]);
  return pairs;
}

inline void add_pairs(Lanes& sums, const Pairs& one, const Pairs& other) {
  for (int64_t i = 0; i < PAIR; ++i) sums += lanes_at(one.of[i]) * lanes_at(other.of[i]);
}

// The first of each pair, and nothing instead of the second.
inline Pairs first_of(Pairs pairs) {
  std::fill_n(pairs.of[1], LANES, 0.0f);
  return pairs;
}

inline void round_lanes(Lanes from, BFloat16* to) {
  for (int64_t i = 0; i < LANES; ++i) to[i] = BFloat16(from[i]);
}
#endif

}  // namespace scriptorium
