// Scores of queries with the keys of a page, the weights that come of them, and the values by these weights.
//
// Keys and values are in float32 or float16, and multiplied in float32; or in bfloat16, and multiplied in pairs, with queries and
// weights rounded to it.
#pragma once

#include <type_traits>

#include "pairs.h"

namespace scriptorium {

constexpr int64_t PAGE = 32;
constexpr int64_t STRETCH = 8 * PAGE;
constexpr int64_t MOST_WIDTH = 256;
constexpr int64_t MOST_QUERIES = 24;  // that look at a stretch together, for their scores to stay near
constexpr int QUERIES = LANES == 16 ? 12 : 6;  // whose sums fit into registers, two vectors of each

// How a page holds the keys (width, PAGE) and values (PAGE, width) of a head in a type: so many numbers of a sum side by side, which
// are multiplied with as many of this type.
template <typename K>
struct Kept {
  using Factor = float;
  static constexpr int64_t TOGETHER = 1;
};

template <>
struct Kept<BFloat16> {
  using Factor = BFloat16;
  static constexpr int64_t TOGETHER = PAIR;
};

template <typename K>
using Factor = typename Kept<K>::Factor;

// Where the i-th number of a key or value lies.
template <typename K>
int64_t place_of_key(int64_t slot, int64_t i) {
  constexpr int64_t T = Kept<K>::TOGETHER;
  return (i / T * PAGE + slot) * T + i % T;
}

template <typename K>
int64_t place_of_value(int64_t slot, int64_t i, int64_t width) {
  constexpr int64_t T = Kept<K>::TOGETHER;
  return (slot / T * width + i) * T + slot % T;
}

template <typename K>
Lanes kept_at(const K* from) { return lanes_at(from); }
inline Pairs kept_at(const BFloat16* from) { return pairs_at(from); }

inline float everywhere(const float* factor) { return *factor; }
inline Pairs everywhere(const BFloat16* factors) { return pair_everywhere(factors); }

inline void add(Lanes& sums, float factor, Lanes kept) { add_product(sums, factor - Lanes{}, kept); }
inline void add(Lanes& sums, const Pairs& factors, const Pairs& kept) { add_pairs(sums, kept, factors); }

inline void keep(Lanes from, float* to) { std::memcpy(to, &from, sizeof from); }
inline void keep(Lanes from, BFloat16* to) { round_lanes(from, to); }

// Scores of Q queries (Q, width) with the tokens of a page; the keys of the next are called up.
template <typename K, int Q>
void score_page(const Factor<K>* queries, const K* keys, const K* next, int64_t width, float* scores) {
  constexpr int64_t T = Kept<K>::TOGETHER;
  for (int64_t from = 0; from < PAGE; from += 2 * LANES) {
    Lanes sums[Q][2] = {};
    for (int64_t i = 0; i < width; i += T) {
      const int64_t first = i * PAGE + from * T, second = first + LANES * T;
      __builtin_prefetch(next + first);
      if constexpr (T > 1) __builtin_prefetch(next + second);
      const auto one = kept_at(keys + first), other = kept_at(keys + second);
#pragma GCC unroll 12
      for (int q = 0; q < Q; ++q) {
        const auto factor = everywhere(queries + q * width + i);
        add(sums[q][0], factor, one);
        add(sums[q][1], factor, other);
      }
    }
    for (int q = 0; q < Q; ++q) std::memcpy(scores + q * STRETCH + from, sums[q], sizeof sums[q]);
  }
}

// Adds to V lanes of each of Q outputs (Q, width) the values of a page's first tokens by their weights; those of the next are
// called up.
template <typename K, int Q, int V>
void weigh_page(const Factor<K>* weights, const K* values, const K* next, int64_t tokens, int64_t width, float* output) {
  constexpr int64_t T = Kept<K>::TOGETHER;
  Lanes sums[Q][V];
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) sums[q][v] = lanes_at(output + q * width + v * LANES);
  const auto weigh = [&](int64_t at, const auto& held) __attribute__((always_inline)) {
    decltype(kept_at(values)) some[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      if (v % 2 == 0 || T > 1) __builtin_prefetch(next + at * width + v * LANES * T);
      some[v] = held(kept_at(values + at * width + v * LANES * T));
    }
#pragma GCC unroll 12
    for (int q = 0; q < Q; ++q) {
      const auto factor = everywhere(weights + q * STRETCH + at);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) add(sums[q][v], factor, some[v]);
    }
  };
  int64_t at = 0;
  for (; at + T <= tokens; at += T) weigh(at, [](const auto& kept) { return kept; });
  if constexpr (T > 1)
    if (at < tokens) weigh(at, first_of);  // the second is not there yet, and whatever lies in its place may be no number
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) std::memcpy(output + q * width + v * LANES, &sums[q][v], sizeof(Lanes));
}

inline float largest_of(const float* scores, int64_t count) {
  Lanes most = lanes_at(scores);
  for (int64_t i = LANES; i < count; i += LANES) {
    const Lanes some = lanes_at(scores + i);
    most = some > most ? some : most;
  }
  return largest_of(most);
}

// Makes of scores the weights that they have beside the largest, and gives their sum. Both may lie in the same place.
template <typename F>
float weights_of(const float* scores, int64_t count, float largest, F* to) {
  Lanes sums{};
  for (int64_t i = 0; i < count; i += LANES) {
    const Lanes weights = power(lanes_at(scores + i) - largest);
    keep(weights, to + i);
    sums += weights;
  }
  return sum_of(sums);
}

}  // namespace scriptorium
