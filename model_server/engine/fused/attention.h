// Attention of one new token of each row over the row's pages.
//
// It runs over stretches of fixed length whose partial results are merged (as in Flash-Decoding, Dao et al.,
// 2023), so a row's numbers depend neither on the other rows nor on the number of threads.
#pragma once

#include <ATen/Parallel.h>

#include <limits>
#include <type_traits>
#include <vector>

#include "lanes.h"
#include "norms.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t PAGE = 32;
constexpr int64_t STRETCH = 8 * PAGE;
constexpr int64_t MOST_WIDTH = 256;

struct Shape {
  int64_t heads, groups, width;  // query heads, key-value heads, width of a head
  float eps, scale;
};

// Scores of Q queries (Q, width) with the tokens of a page, whose keys lie as (width, PAGE).
template <typename T, int Q>
void score_page(const float* queries, const T* keys, int64_t width, float* scores) {
  Lanes sums[Q][2] = {};
  for (int64_t i = 0; i < width; ++i) {
    const Lanes first = lanes_at(keys + i * PAGE), second = lanes_at(keys + i * PAGE + LANES);
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q) {
      sums[q][0] += queries[q * width + i] * first;
      sums[q][1] += queries[q * width + i] * second;
    }
  }
  for (int q = 0; q < Q; ++q) std::memcpy(scores + q * STRETCH, sums[q], sizeof sums[q]);
}

// Adds to V vectors of each of Q outputs (Q, width) the values (tokens, width) of a page by their weights.
template <typename T, int Q, int V>
void weigh_page(const float* weights, const T* values, int64_t tokens, int64_t width, float* output) {
  Lanes sums[Q][V];
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) sums[q][v] = lanes_at(output + q * width + v * LANES);
  for (int64_t at = 0; at < tokens; ++at) {
    Lanes value[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) value[v] = lanes_at(values + at * width + v * LANES);
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[q][v] += weights[q * STRETCH + at] * value[v];
  }
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) std::memcpy(output + q * width + v * LANES, &sums[q][v], sizeof(Lanes));
}

// Attention of Q queries of one key-value head over a stretch of a row: the largest score, the sum of the
// weights, and the weighted values, for each.
template <typename T, int Q>
void attend_some(const T* queries, const T* keys, const T* values, const int32_t* table, int64_t tokens,
                 int64_t head, const Shape& shape, float* largest, float* sums, float* output) {
  const int64_t width = shape.width;
  float wide[Q * MOST_WIDTH], scores[Q * STRETCH];
  for (int64_t i = 0; i < Q * width; ++i) wide[i] = float(queries[i]) * shape.scale;
  auto at = [&](int64_t page) { return (int64_t(table[page]) * shape.groups + head) * PAGE * width; };
  for (int64_t page = 0; page * PAGE < tokens; ++page)
    score_page<T, Q>(wide, keys + at(page), width, scores + page * PAGE);
  for (int q = 0; q < Q; ++q) {
    float* own = scores + q * STRETCH;
    largest[q] = *std::max_element(own, own + tokens);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < tokens; ++i) sum += own[i] = power(own[i] - largest[q]);
    sums[q] = sum;
  }
  std::fill(output, output + Q * width, 0.0f);
  for (int64_t page = 0; page * PAGE < tokens; ++page) {
    const int64_t count = std::min(PAGE, tokens - page * PAGE);
    int64_t from = 0;
    for (; from + 4 * LANES <= width; from += 4 * LANES)
      weigh_page<T, Q, 4>(scores + page * PAGE, values + at(page) + from, count, width, output + from);
    for (; from < width; from += LANES)
      weigh_page<T, Q, 1>(scores + page * PAGE, values + at(page) + from, count, width, output + from);
  }
}

template <typename T>
void attend_stretch(const T* queries, const T* keys, const T* values, const int32_t* table, int64_t tokens,
                    int64_t head, const Shape& shape, float* largest, float* sums, float* output) {
  const int64_t shared = shape.heads / shape.groups, width = shape.width;
  for (int64_t q = 0; q < shared; q += 4) {
    auto run = [&](auto count) {
      attend_some<T, decltype(count)::value>(queries + q * width, keys, values, table, tokens, head, shape,
                                             largest + q, sums + q, output + q * width);
    };
    switch (std::min<int64_t>(4, shared - q)) {
      case 1: run(std::integral_constant<int, 1>()); break;
      case 2: run(std::integral_constant<int, 2>()); break;
      case 3: run(std::integral_constant<int, 3>()); break;
      default: run(std::integral_constant<int, 4>());
    }
  }
}

// What attention has of a layer: keys (pages, groups, width, PAGE), values (pages, groups, PAGE, width), and
// the weights of the norms of queries and keys, where the model has them.
struct Memory {
  Tensor keys, values, query_norm, key_norm;
};

// A stretch of a row's text, for one key-value head.
struct Piece {
  int64_t row, head, begin, end;
};

// What is the same in every layer: cosine and sine (rows, width) of the new tokens' positions, tables of pages
// (rows, most), lengths (rows) with the new token, and the pieces of each row's heads, one after the other.
struct Batch {
  Tensor cosine, sine, tables, lengths;
  std::vector<Piece> pieces;
  std::vector<int64_t> firsts;

  Batch(const Tensor& cosine, const Tensor& sine, const Tensor& tables, const Tensor& lengths, int64_t groups)
      : cosine(cosine), sine(sine), tables(tables), lengths(lengths) {
    for (int64_t row = 0; row < rows(); ++row)
      for (int64_t head = 0; head < groups; ++head) {
        firsts.push_back(int64_t(pieces.size()));
        for (int64_t at = 0; at < length(row); at += STRETCH)
          pieces.push_back({row, head, at, std::min(at + STRETCH, length(row))});
      }
    firsts.push_back(int64_t(pieces.size()));
  }

  int64_t rows() const { return lengths.size(0); }
  int64_t length(int64_t row) const { return lengths.const_data_ptr<int64_t>()[row]; }
  const int32_t* table(int64_t row) const { return tables.const_data_ptr<int32_t>() + row * tables.size(1); }
};

// Norms and turns a row's heads (heads + 2 groups, width), and puts its new keys and values into their page.
template <typename T>
void put(T* heads, int64_t row, const Memory& memory, const Batch& batch, const Shape& shape) {
  const int64_t width = shape.width, at = batch.length(row) - 1, slot = at % PAGE;
  const int64_t page = int64_t(batch.table(row)[at / PAGE]) * shape.groups;
  const T* cosine = batch.cosine.const_data_ptr<T>() + row * width;
  const T* sine = batch.sine.const_data_ptr<T>() + row * width;
  T turned[MOST_WIDTH];
  auto turn = [&](T* head, const Tensor& norm) {
    if (norm.defined()) rms_norm(head, norm.const_data_ptr<T>(), head, width, shape.eps);
    rotate(head, cosine, sine, turned, width);
  };
  for (int64_t head = 0; head < shape.heads; ++head) {
    turn(heads + head * width, memory.query_norm);
    std::copy(turned, turned + width, heads + head * width);
  }
  for (int64_t head = 0; head < shape.groups; ++head) {
    turn(heads + (shape.heads + head) * width, memory.key_norm);
    T* key = memory.keys.mutable_data_ptr<T>() + (page + head) * width * PAGE + slot;
    for (int64_t i = 0; i < width; ++i) key[i * PAGE] = turned[i];
    const T* value = heads + (shape.heads + shape.groups + head) * width;
    std::copy(value, value + width, memory.values.mutable_data_ptr<T>() + ((page + head) * PAGE + slot) * width);
  }
}

// Merges what the pieces of one key-value head have found, each (shared + shared + shared * width), into its
// queries' outputs (shared, width).
template <typename T>
void merge(const float* pieces, int64_t count, int64_t shared, int64_t width, T* to) {
  const int64_t each = shared * (width + 2);
  for (int64_t q = 0; q < shared; ++q) {
    float most = std::numeric_limits<float>::lowest(), sum = 0, merged[MOST_WIDTH] = {};
    for (int64_t i = 0; i < count; ++i) most = std::max(most, pieces[i * each + q]);
    for (int64_t i = 0; i < count; ++i) {
      const float* from = pieces + i * each;
      const float weight = power(from[q] - most);
      sum += weight * from[shared + q];
      for (int64_t d = 0; d < width; ++d) merged[d] += weight * from[2 * shared + q * width + d];
    }
    for (int64_t d = 0; d < width; ++d) to[q * width + d] = T(merged[d] / sum);
  }
}

// Attends to all that a row holds: qkv (rows, (heads + 2 groups) * width) -> (rows, heads * width).
template <typename T>
Tensor attend(Tensor qkv, const Memory& memory, const Batch& batch, const Shape& shape) {
  const int64_t width = shape.width, shared = shape.heads / shape.groups, each = shared * (width + 2);
  T* heads = qkv.mutable_data_ptr<T>();
  for (int64_t row = 0; row < batch.rows(); ++row) put(heads + row * qkv.size(1), row, memory, batch, shape);
  std::vector<float> found(batch.pieces.size() * each);
  at::parallel_for(0, int64_t(batch.pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Piece& piece = batch.pieces[i];
      float* to = found.data() + i * each;
      attend_stretch(heads + piece.row * qkv.size(1) + piece.head * shared * width,
                     memory.keys.const_data_ptr<T>(), memory.values.const_data_ptr<T>(),
                     batch.table(piece.row) + piece.begin / PAGE, piece.end - piece.begin, piece.head, shape, to,
                     to + shared, to + 2 * shared);
    }
  });
  Tensor y = at::empty({batch.rows(), shape.heads * width}, qkv.options());
  for (int64_t unit = 0; unit < batch.rows() * shape.groups; ++unit)
    merge(found.data() + batch.firsts[unit] * each, batch.firsts[unit + 1] - batch.firsts[unit], shared, width,
          y.mutable_data_ptr<T>() + unit * shared * width);
  return y;
}

}  // namespace scriptorium
