// Numbers that are computed with side by side, on any CPU that the compiler knows.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace scriptorium {

// Vectors of 64 bytes are used where the CPU also sums bytes in them.
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#define SCRIPTORIUM_WIDE
constexpr int64_t LANES = 16;
#else
constexpr int64_t LANES = 8;
#endif
constexpr int64_t AHEAD = 4096;  // bytes of weights that are called up before they are needed

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Whole __attribute__((vector_size(LANES * sizeof(int32_t))));

inline Lanes lanes_at(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

// What is one instruction or two in these, the compiler takes apart where it is left to find them.
#if defined(SCRIPTORIUM_WIDE)
inline Lanes lanes_at(const at::BFloat16* from) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return Lanes(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)));
}

inline Lanes lanes_at(const at::Half* from) {
  return Lanes(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
#elif defined(__AVX2__) && defined(__F16C__)
inline Lanes lanes_at(const at::BFloat16* from) {
  const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return Lanes(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16)));
}

inline Lanes lanes_at(const at::Half* from) {
  return Lanes(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
#else
template <typename T>
Lanes lanes_at(const T* from) {
  Lanes lanes;
  for (int64_t i = 0; i < LANES; ++i) lanes[i] = float(from[i]);
  return lanes;
}
#endif

// Adds a product to a sum, rounding once where the CPU can. Left to the compiler, one sum alone may be rounded otherwise than several.
inline void add_product(Lanes& sum, Lanes x, Lanes y) {
#if defined(SCRIPTORIUM_WIDE)
  sum = Lanes(_mm512_fmadd_ps(__m512(x), __m512(y), __m512(sum)));
#elif defined(__AVX2__) && defined(__FMA__)
  sum = Lanes(_mm256_fmadd_ps(__m256(x), __m256(y), __m256(sum)));
#else
  sum += x * y;
#endif
}

// What all lanes come to, half of them by the other half until there is one.
template <typename Act>
float halved(Lanes lanes, const Act& act) {
  float all[LANES];
  std::memcpy(all, &lanes, sizeof all);
  for (int64_t half = LANES / 2; half; half /= 2)
    for (int64_t i = 0; i < half; ++i) all[i] = act(all[i], all[i + half]);
  return all[0];
}

inline float sum_of(Lanes lanes) {
  return halved(lanes, [](float one, float other) { return one + other; });
}

inline float largest_of(Lanes lanes) {
  return halved(lanes, [](float one, float other) { return one > other ? one : other; });
}

inline Whole whole(Lanes x) { return __builtin_convertvector(x, Whole); }
inline int32_t whole(float x) { return int32_t(x); }
inline Lanes bits(Whole x) { return Lanes(x); }
inline Lanes as_float(Whole x) { return __builtin_convertvector(x, Lanes); }
inline float as_float(int32_t x) { return float(x); }
inline float bits(int32_t x) {
  float y;
  std::memcpy(&y, &x, sizeof y);
  return y;
}

// e to the x for x <= 0, to within 3e-7 of it, 0 below -87: 2 to a whole number, times a polynomial (Cephes' coefficients).
template <typename X>
X power(X x) {
  const X none{}, least = none - 87.0f, near = x > least ? x : least;
  const auto number = whole(near * 1.44269504f - 0.5f);
  const X rounded = as_float(number), rest = near - rounded * 0.693359375f + rounded * 2.12194440e-4f;
  X y = none + 1.9875691500e-4f;
  y = y * rest + 1.3981999507e-3f;
  y = y * rest + 8.3334519073e-3f;
  y = y * rest + 4.1665795894e-2f;
  y = y * rest + 1.6666665459e-1f;
  y = y * rest + 5.0000001201e-1f;
  y = y * rest * rest + rest + 1.0f;
  return x > least ? y * bits((number + 127) << 23) : none;
}

#if defined(SCRIPTORIUM_WIDE)
// The same, by fewer instructions: 2 to a whole number, times the series of e to what is left.
template <>
inline Lanes power(Lanes x) {
  const Lanes none{}, least = none - 110.0f, near = x > least ? x : least, turns = none + 1.44269504f;
  const Lanes number = Lanes(_mm512_roundscale_ps(__m512(near * turns), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  Lanes rest = none - number;
  add_product(rest, near, turns);
  add_product(rest, near, none + 1.925963033e-8f);
  Lanes y = none + 1.5403530393e-4f;
  for (const float next : {1.3333558146e-3f, 9.6181291076e-3f, 5.5504108665e-2f, 2.4022650696e-1f, 6.9314718056e-1f, 1.0f}) {
    Lanes sum = none + next;
    add_product(sum, y, rest);
    y = sum;
  }
  return Lanes(_mm512_scalef_ps(__m512(y), __m512(number)));
}
#endif

// Calls act(a number as a constant, where those so many begin), with the largest first, until all are through.
template <int Most, typename Act>
void in_groups(int64_t count, const Act& act, int64_t from = 0) {
  for (; from + Most <= count; from += Most) act(std::integral_constant<int, Most>(), from);
  if constexpr (Most > 1) in_groups<Most - 1>(count, act, from);
}

}  // namespace scriptorium
