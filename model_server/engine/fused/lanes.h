// Sixteen numbers that are computed with at once, on any CPU that the compiler knows.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace scriptorium {

typedef float Lanes __attribute__((vector_size(64)));
constexpr int64_t LANES = 16;

inline Lanes lanes_at(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

// What is one instruction or two in these, the compiler takes apart where it is left to find them.
#ifdef __AVX512F__
inline Lanes lanes_at(const at::BFloat16* from) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return Lanes(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)));
}

inline Lanes lanes_at(const int8_t* from) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return Lanes(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}
#else
template <typename T>
Lanes lanes_at(const T* from) {
  Lanes lanes;
  for (int64_t i = 0; i < LANES; ++i) lanes[i] = float(from[i]);
  return lanes;
}
#endif

// e to the x for x <= 0, to within 2e-7 of it: 2 to a whole number, times a polynomial (Cephes' coefficients).
inline float power(float x) {
  x = std::max(x, -87.0f);
  const float whole = std::floor(x * 1.44269504f + 0.5f);
  const float rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * rest + 1.3981999507e-3f;
  y = y * rest + 8.3334519073e-3f;
  y = y * rest + 4.1665795894e-2f;
  y = y * rest + 1.6666665459e-1f;
  y = y * rest + 5.0000001201e-1f;
  y = y * rest * rest + rest + 1.0f;
  const int32_t bits = (int32_t(whole) + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

}  // namespace scriptorium
