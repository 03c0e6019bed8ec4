// Attention of new tokens over the pages of their rows.
//
// It runs over stretches of fixed length whose partial results are merged (as in Flash-Decoding, Dao et al.,
// 2023), so a token's numbers depend neither on the tokens beside it nor on the number of threads. Tokens that
// look at the same pages, for they belong to one row or to rows with a common beginning, do so together.
#pragma once

#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include "lanes.h"
#include "norms.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

constexpr int64_t PAGE = 32;
constexpr int64_t STRETCH = 8 * PAGE;
constexpr int64_t MOST_WIDTH = 256;
constexpr int64_t MOST_QUERIES = 24;  // that look at a stretch together, for their scores to stay near
constexpr int QUERIES = LANES == 16 ? 12 : 6;  // whose sums fit into registers, two vectors of each

struct Shape {
  int64_t heads, groups, width;  // query heads, key-value heads, width of a head
  float eps, scale;

  int64_t shared() const { return heads / groups; }
};

// Scores of Q queries (Q, width) with the tokens of a page, whose keys lie as (width, PAGE); those of the next are called up.
template <typename K, int Q>
void score_page(const float* queries, const K* keys, const K* next, int64_t width, float* scores) {
  for (int64_t from = 0; from < PAGE; from += 2 * LANES) {
    Lanes sums[Q][2] = {};
    for (int64_t i = 0; i < width; ++i) {
      __builtin_prefetch(next + i * PAGE + from);
      const Lanes first = lanes_at(keys + i * PAGE + from), second = lanes_at(keys + i * PAGE + from + LANES);
#pragma GCC unroll 12
      for (int q = 0; q < Q; ++q) {
        sums[q][0] += queries[q * width + i] * first;
        sums[q][1] += queries[q * width + i] * second;
      }
    }
    for (int q = 0; q < Q; ++q) std::memcpy(scores + q * STRETCH + from, sums[q], sizeof sums[q]);
  }
}

// Adds to V lanes of each of Q outputs (Q, width) the values (tokens, width) of a page by their weights; those of the next are
// called up.
template <typename K, int Q, int V>
void weigh_page(const float* weights, const K* values, const K* next, int64_t tokens, int64_t width, float* output) {
  Lanes sums[Q][V];
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) sums[q][v] = lanes_at(output + q * width + v * LANES);
  for (int64_t at = 0; at < tokens; ++at) {
    __builtin_prefetch(next + at * width);
    Lanes value[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) value[v] = lanes_at(values + at * width + v * LANES);
#pragma GCC unroll 12
    for (int q = 0; q < Q; ++q)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[q][v] += weights[q * STRETCH + at] * value[v];
  }
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < V; ++v) std::memcpy(output + q * width + v * LANES, &sums[q][v], sizeof(Lanes));
}

inline float largest_of(const float* scores, int64_t count) {
  Lanes most = lanes_at(scores);
  for (int64_t i = LANES; i < count; i += LANES) {
    const Lanes some = lanes_at(scores + i);
    most = some > most ? some : most;
  }
  float largest = most[0];
  for (int64_t i = 1; i < LANES; ++i) largest = std::max(largest, most[i]);
  return largest;
}

// Makes of scores the weights that they have beside the largest, and gives their sum.
inline float weights_of(float* scores, int64_t count, float largest) {
  Lanes sums{};
  for (int64_t i = 0; i < count; i += LANES) {
    const Lanes weights = power(lanes_at(scores + i) - largest);
    std::memcpy(scores + i, &weights, sizeof weights);
    sums += weights;
  }
  float sum = 0;
  for (int64_t i = 0; i < LANES; ++i) sum += sums[i];
  return sum;
}

// What a query sees of a stretch: the first so many tokens, in these pages.
struct View {
  const int32_t* pages;
  int64_t tokens;

  int64_t count() const { return (tokens + PAGE - 1) / PAGE; }
};

// Calls act(page, first, last) for neighbouring queries that have the same page at this place, with each page.
template <typename Act>
void by_page(const View* views, int64_t count, int64_t place, const Act& act) {
  const auto page_of = [&](int64_t q) { return place < views[q].count() ? views[q].pages[place] : -1; };
  for (int64_t first = 0, last; first < count; first = last) {
    for (last = first + 1; last < count && page_of(last) == page_of(first);) ++last;
    if (page_of(first) >= 0) act(page_of(first), first, last);
  }
}

// Attention of some queries (count, width) of one key-value head over a stretch, of which each has its own view: the
// largest score, the sum of the weights, and the weighted values (count, width), for each.
template <typename K>
void attend_stretch(const float* queries, const View* views, int64_t count, const K* keys, const K* values, int64_t head,
                    const Shape& shape, float* largest, float* sums, float* output) {
  const int64_t width = shape.width;
  int64_t pages = 0;
  for (int64_t q = 0; q < count; ++q) pages = std::max(pages, views[q].count());
  float scores[MOST_QUERIES * STRETCH];
  const auto at = [&](int32_t page) { return (int64_t(page) * shape.groups + head) * PAGE * width; };
  for (int64_t place = 0; place < pages; ++place)
    by_page(views, count, place, [&](int32_t page, int64_t first, int64_t last) {
      const View& view = views[last - 1];
      const K* next = place + 1 < view.count() ? keys + at(view.pages[place + 1]) : values + at(view.pages[0]);
      const auto score = [&](auto some, int64_t q) {
        score_page<K, decltype(some)::value>(queries + q * width, keys + at(page), next, width,
                                             scores + q * STRETCH + place * PAGE);
      };
      in_groups<QUERIES>(last, score, first);
    });
  for (int64_t q = 0; q < count; ++q) {
    float* own = scores + q * STRETCH;
    const int64_t end = views[q].count() * PAGE;
    std::fill(own + views[q].tokens, own + end, std::numeric_limits<float>::lowest());
    largest[q] = largest_of(own, end);
    sums[q] = weights_of(own, end, largest[q]);
  }
  std::fill(output, output + count * width, 0.0f);
  for (int64_t place = 0; place < pages; ++place)
    by_page(views, count, place, [&](int32_t page, int64_t first, int64_t last) {
      const View& view = views[last - 1];
      const int64_t there = std::min(PAGE, view.tokens - place * PAGE);
      const K* own = values + at(page);
      const K* next = values + at(view.pages[std::min(place + 1, view.count() - 1)]);
      const auto weigh = [&](auto some, int64_t q) {
        constexpr int Q = decltype(some)::value, V = std::min(4, 2 * QUERIES / Q);
        const float* weights = scores + q * STRETCH + place * PAGE;
        int64_t from = 0;
        for (; from + V * LANES <= width; from += V * LANES)
          weigh_page<K, Q, V>(weights, own + from, next + from, there, width, output + q * width + from);
        for (; from < width; from += LANES)
          weigh_page<K, Q, 1>(weights, own + from, next + from, there, width, output + q * width + from);
      };
      in_groups<QUERIES>(last, weigh, first);
    });
}

// What attention has of a layer: keys (pages, groups, width, PAGE), values (pages, groups, PAGE, width), in float32
// or float16, and the weights of the norms of queries and keys, where the model has them.
struct Memory {
  Tensor keys, values, query_norm, key_norm;
};

// Neighbouring tokens that look at the same first page of a stretch, for one key-value head.
struct Tile {
  int64_t first, count, head, stretch;
};

// What is the same in every layer: cosine and sine (tokens, width) of the new tokens' positions, tables of pages
// (rows, most), the row of each token, and how long its text is with it.
struct Batch {
  Tensor cosine, sine;
  int64_t count, apart;
  const int32_t* tables;
  const int64_t *owners, *lengths;
  std::vector<Tile> tiles;
  std::vector<int64_t> firsts;  // of each token, how many stretches those before it look at

  Batch(const Tensor& cosine, const Tensor& sine, const Tensor& tables, const Tensor& owners, const Tensor& lengths,
        const Shape& shape)
      : cosine(cosine),
        sine(sine),
        count(lengths.size(0)),
        apart(tables.size(1)),
        tables(tables.const_data_ptr<int32_t>()),
        owners(owners.const_data_ptr<int64_t>()),
        lengths(lengths.const_data_ptr<int64_t>()),
        firsts{0} {
    int64_t most = 0;
    for (int64_t token = 0; token < tokens(); ++token) {
      firsts.push_back(firsts.back() + stretches(token));
      most = std::max(most, stretches(token));
    }
    for (int64_t head = 0; head < shape.groups; ++head)
      for (int64_t stretch = 0; stretch < most; ++stretch) lay(head, stretch, MOST_QUERIES / shape.shared());
  }

  void lay(int64_t head, int64_t stretch, int64_t most) {
    Tile tile{0, 0, head, stretch};
    for (int64_t token = 0; token <= tokens(); ++token) {
      const bool looks = token < tokens() && stretch < stretches(token);
      if (tile.count && !(looks && tile.count < most && *table(tile.first, stretch) == *table(token, stretch))) {
        tiles.push_back(tile);
        tile.count = 0;
      }
      if (looks && !tile.count++) tile.first = token;
    }
  }

  int64_t tokens() const { return count; }
  int64_t length(int64_t token) const { return lengths[token]; }
  int64_t stretches(int64_t token) const { return (length(token) + STRETCH - 1) / STRETCH; }
  const int32_t* table(int64_t token, int64_t stretch = 0) const {
    return tables + owners[token] * apart + stretch * (STRETCH / PAGE);
  }
  View view(int64_t token, int64_t stretch) const {
    return {table(token, stretch), std::min(length(token) - stretch * STRETCH, STRETCH)};
  }
};

// Norms and turns a token's heads (heads + 2 groups, width), and puts its keys and values into their page.
template <typename K>
void put(float* heads, int64_t token, const Memory& memory, const Batch& batch, const Shape& shape) {
  const int64_t width = shape.width, at = batch.length(token) - 1, slot = at % PAGE;
  const int64_t page = int64_t(batch.table(token)[at / PAGE]) * shape.groups;
  const float* cosine = batch.cosine.const_data_ptr<float>() + token * width;
  const float* sine = batch.sine.const_data_ptr<float>() + token * width;
  float turned[MOST_WIDTH];
  auto turn = [&](float* head, const Tensor& norm) {
    if (norm.defined()) rms_norm(head, norm.const_data_ptr<float>(), head, width, shape.eps);
    rotate(head, cosine, sine, turned, width);
  };
  for (int64_t head = 0; head < shape.heads; ++head) {
    turn(heads + head * width, memory.query_norm);
    std::copy(turned, turned + width, heads + head * width);
  }
  for (int64_t head = 0; head < shape.groups; ++head) {
    turn(heads + (shape.heads + head) * width, memory.key_norm);
    K* key = memory.keys.mutable_data_ptr<K>() + (page + head) * width * PAGE + slot;
    const float* value = heads + (shape.heads + shape.groups + head) * width;
    K* to = memory.values.mutable_data_ptr<K>() + ((page + head) * PAGE + slot) * width;
    for (int64_t i = 0; i < width; ++i) {
      key[i * PAGE] = K(turned[i]);
      to[i] = K(value[i]);
    }
  }
}

// What the queries of one token and key-value head have found in each stretch, one after the other: for each query the largest
// score, the sum of the weights, and the weighted values.
class Found {
 public:
  Found(const Batch& batch, const Shape& shape)
      : batch(batch),
        shape(shape),
        shared(shape.shared()),
        each(shape.width + 2),
        all(std::make_unique_for_overwrite<float[]>(batch.firsts.back() * shape.heads * each)) {}

  // Takes what the queries of a tile have found, (count * shared) of each, and as many outputs (…, width).
  void keep(const Tile& tile, const float* largest, const float* sums, const float* outputs) {
    for (int64_t i = 0; i < tile.count; ++i)
      for (int64_t q = 0; q < shared; ++q, ++largest, ++sums, outputs += shape.width) {
        float* to = at(tile.first + i, tile.head * shared + q, tile.stretch);
        to[0] = *largest;
        to[1] = *sums;
        std::copy(outputs, outputs + shape.width, to + 2);
      }
  }

  // Merges what one head of a token has found into its output (width).
  void merge(int64_t token, int64_t head, float* to) {
    const int64_t count = batch.stretches(token);
    float most = std::numeric_limits<float>::lowest(), sum = 0, merged[MOST_WIDTH] = {};
    for (int64_t i = 0; i < count; ++i) most = std::max(most, at(token, head, i)[0]);
    for (int64_t i = 0; i < count; ++i) {
      const float* from = at(token, head, i);
      const float weight = power(from[0] - most);
      sum += weight * from[1];
      for (int64_t d = 0; d < shape.width; ++d) merged[d] += weight * from[2 + d];
    }
    for (int64_t d = 0; d < shape.width; ++d) to[d] = merged[d] / sum;
  }

 private:
  const Batch& batch;
  const Shape& shape;
  int64_t shared, each;
  std::unique_ptr<float[]> all;

  float* at(int64_t token, int64_t head, int64_t stretch) {
    return all.get() + (batch.firsts[token] * shape.heads + head * batch.stretches(token) + stretch) * each;
  }
};

template <typename K>
void attend_tile(const Tile& tile, const float* heads, int64_t apart, const Memory& memory, const Batch& batch,
                 const Shape& shape, Found& found) {
  const int64_t width = shape.width, shared = shape.shared();
  float queries[MOST_QUERIES * MOST_WIDTH], outputs[MOST_QUERIES * MOST_WIDTH];
  float largest[MOST_QUERIES], sums[MOST_QUERIES];
  View views[MOST_QUERIES];
  for (int64_t i = 0; i < tile.count; ++i) {
    const float* own = heads + (tile.first + i) * apart + tile.head * shared * width;
    for (int64_t d = 0; d < shared * width; ++d) queries[i * shared * width + d] = own[d] * shape.scale;
    std::fill_n(views + i * shared, shared, batch.view(tile.first + i, tile.stretch));
  }
  attend_stretch(queries, views, tile.count * shared, memory.keys.const_data_ptr<K>(), memory.values.const_data_ptr<K>(),
                 tile.head, shape, largest, sums, outputs);
  found.keep(tile, largest, sums, outputs);
}

// Attends to all that each token's row holds up to it: qkv (tokens, (heads + 2 groups) * width) -> (tokens, heads * width).
template <typename K>
Tensor attend(Tensor qkv, const Memory& memory, const Batch& batch, const Shape& shape, Found& found) {
  const int64_t tokens = batch.tokens(), apart = qkv.size(1), width = shape.width;
  float* heads = qkv.mutable_data_ptr<float>();
  share_out(tokens, FEW, [&](int64_t begin, int64_t end) {
    for (int64_t token = begin; token < end; ++token) put<K>(heads + token * apart, token, memory, batch, shape);
  });
  share_out(int64_t(batch.tiles.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      attend_tile<K>(batch.tiles[i], heads, apart, memory, batch, shape, found);
  });
  Tensor y = at::empty({tokens, shape.heads * width}, qkv.options());
  float* to = y.mutable_data_ptr<float>();
  share_out(tokens, FEW, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * shape.heads; i < end * shape.heads; ++i)
      found.merge(i / shape.heads, i % shape.heads, to + i * width);
  });
  return y;
}

}  // namespace scriptorium
