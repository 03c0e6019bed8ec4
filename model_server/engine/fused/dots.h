// Exact sums of small whole numbers: of each of BLOCK outputs, the weights of four inputs with those inputs.
//
// Weights are 0 to 15 (uint8_t, two in a byte) or -127 to 127 (int8_t); inputs are bytes from -127 to 127.
#pragma once

#include "lanes.h"
#include "team.h"

namespace scriptorium {

constexpr int64_t BLOCK = 16;          // outputs whose weights lie side by side
constexpr int64_t QUAD = 4;            // inputs that are taken at once
constexpr int64_t GROUP = 32;          // inputs that share a scale
constexpr int64_t BYTES = BLOCK * QUAD;
constexpr int64_t PARTS = BLOCK / LANES;
constexpr int64_t NEARBY = 64;  // rows that stay near while one block of weights after the other is taken

// Lets the threads take rows with blocks of outputs, so many pairs of both at once: act(how many rows, as a constant of Most or less,
// the first of them, the block).
template <int Most, typename Act>
void over_blocks(int64_t rows, int64_t blocks, int64_t at_once, const Act& act) {
  const int64_t tiles = (rows + NEARBY - 1) / NEARBY;
  share_out(tiles * blocks, at_once, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t block = part % blocks, first = part / blocks * NEARBY;
      const auto take = [&](auto some, int64_t row) { act(some, row, block); };
      in_groups<Most>(std::min(first + NEARBY, rows), take, first);
    }
  });
}

inline int32_t quad_at(const int8_t* x) {
  int32_t four;
  std::memcpy(&four, x, sizeof four);
  return four;
}

template <typename W>
struct Weights;  // of the outputs of a part, those of one quad of inputs, or two

template <typename W>
struct Sums;  // of the outputs of a part

#if defined(SCRIPTORIUM_WIDE)

template <>
struct Weights<uint8_t> {
  __m512i quad[2];

  void load(const uint8_t* from, int64_t) {
    const __m512i both = _mm512_loadu_si512(from), low = _mm512_set1_epi8(15);
    quad[0] = _mm512_and_si512(both, low);
    quad[1] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
  }
};

// The instruction takes weights without a sign: 128 is added to each, and taken off where the sum begins.
template <>
struct Weights<int8_t> {
  __m512i quad[1];

  void load(const int8_t* from, int64_t) {
    quad[0] = _mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi8(-128));
  }
};

template <typename W>
struct Sums {
  __m512i of;

  void begin(int32_t inputs) { of = _mm512_set1_epi32((std::is_same_v<W, int8_t> ? -128 * inputs : 0)); }
  void add(__m512i weights, const int8_t* x) { of = _mm512_dpbusd_epi32(of, weights, _mm512_set1_epi32(quad_at(x))); }
  Lanes lanes() const { return Lanes(_mm512_cvtepi32_ps(of)); }
};

#elif defined(__AVX2__)

inline __m256i part_at(const void* from, int64_t part) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from) + part);
}

template <>
struct Weights<uint8_t> {
  __m256i quad[2];

  void load(const uint8_t* from, int64_t part) {
    const __m256i both = part_at(from, part), low = _mm256_set1_epi8(15);
    quad[0] = _mm256_and_si256(both, low);
    quad[1] = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
  }
};

template <>
struct Weights<int8_t> {
  __m256i quad[1];

  void load(const int8_t* from, int64_t part) { quad[0] = part_at(from, part); }
};

// Keeps a sum in its register: the compiler would rather load ahead, and then have none left for the sums.
inline void stay(__m256i& sum) { asm volatile("" : "+x"(sum)); }

// Two products are 3,810 at most: those of a group fit into sixteen bits.
template <>
struct Sums<uint8_t> {
  __m256i of;

  void begin(int32_t) { of = _mm256_setzero_si256(); }
  void add(__m256i weights, const int8_t* x) {
    of = _mm256_add_epi16(of, _mm256_maddubs_epi16(weights, _mm256_set1_epi32(quad_at(x))));
    stay(of);
  }
  Lanes lanes() const { return Lanes(_mm256_cvtepi32_ps(_mm256_madd_epi16(of, _mm256_set1_epi16(1)))); }
};

// The instruction takes one side without a sign: the weights give theirs to the inputs.
template <>
struct Sums<int8_t> {
  __m256i of;

  void begin(int32_t) { of = _mm256_setzero_si256(); }
  void add(__m256i weights, const int8_t* x) {
    const __m256i inputs = _mm256_sign_epi8(_mm256_set1_epi32(quad_at(x)), weights);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), inputs);
    of = _mm256_add_epi32(of, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    stay(of);
  }
  Lanes lanes() const { return Lanes(_mm256_cvtepi32_ps(of)); }
};

#else

struct Quad {
  int8_t bytes[LANES * QUAD];
};

template <>
struct Weights<uint8_t> {
  Quad quad[2];

  void load(const uint8_t* from, int64_t part) {
    from += part * LANES * QUAD;
    for (int64_t i = 0; i < LANES * QUAD; ++i) {
      quad[0].bytes[i] = int8_t(from[i] & 15);
      quad[1].bytes[i] = int8_t(from[i] >> 4);
    }
  }
};

template <>
struct Weights<int8_t> {
  Quad quad[1];

  void load(const int8_t* from, int64_t part) { std::memcpy(quad, from + part * LANES * QUAD, sizeof quad); }
};

template <typename W>
struct Sums {
  int32_t of[LANES];

  void begin(int32_t) { std::memset(of, 0, sizeof of); }
  void add(const Quad& weights, const int8_t* x) {
    for (int64_t i = 0; i < LANES; ++i)
      for (int64_t k = 0; k < QUAD; ++k) of[i] += int32_t(weights.bytes[i * QUAD + k]) * x[k];
  }
  Lanes lanes() const {
    Lanes lanes;
    for (int64_t i = 0; i < LANES; ++i) lanes[i] = float(of[i]);
    return lanes;
  }
};

#endif

}  // namespace scriptorium
