// What lies between the products of a layer: norms, the gate, the turning by position.
#pragma once

#include "lanes.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t FEW = 2;  // rows that one thread is through with before another has begun

inline void rms_norm(const float* x, const float* weight, float* y, int64_t width, float eps) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; ++i) sum += x[i] * x[i];
  const float scale = 1.0f / std::sqrt(sum / width + eps);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) y[i] = weight[i] * (x[i] * scale);
}

inline Tensor normed(const Tensor& x, const Tensor& weight, float eps) {
  const int64_t width = x.size(1);
  Tensor y = at::empty_like(x);
  const float *from = x.const_data_ptr<float>(), *by = weight.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  share_out(x.size(0), FEW, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) rms_norm(from + row * width, by, to + row * width, width, eps);
  });
  return y;
}

// x times its share by the logistic curve (SiLU), by the power that does not overflow.
template <typename X>
X silu(X x) {
  const X none{}, e = power(x < none ? x : -x);
  return (x < none ? x * e : x) / (1.0f + e);
}

inline Tensor gated(const Tensor& gate_up) {
  const int64_t rows = gate_up.size(0), width = gate_up.size(1) / 2;
  Tensor y = at::empty({rows, width}, gate_up.options());
  const float* from = gate_up.const_data_ptr<float>();
  float* const into = y.mutable_data_ptr<float>();
  share_out(rows, FEW, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float *gate = from + row * 2 * width, *up = gate + width;
      float* to = into + row * width;
      int64_t i = 0;
      for (; i + LANES <= width; i += LANES) {
        const Lanes both = silu(lanes_at(gate + i)) * lanes_at(up + i);
        std::memcpy(to + i, &both, sizeof both);
      }
      for (; i < width; ++i) to[i] = silu(gate[i]) * up[i];
    }
  });
  return y;
}

// Turns a head by its position: pairs are (i, i + width / 2), as transformers has them.
inline void rotate(const float* x, const float* cosine, const float* sine, float* y, int64_t width) {
  const int64_t half = width / 2;
#pragma omp simd
  for (int64_t i = 0; i < half; ++i) {
    const float a = x[i], b = x[i + half];
    y[i] = a * cosine[i] - b * sine[i];
    y[i + half] = b * cosine[i + half] + a * sine[i + half];
  }
}

}  // namespace scriptorium
