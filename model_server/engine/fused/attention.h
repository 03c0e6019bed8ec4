// Attention of new tokens over the pages of their rows.
//
// It runs over stretches of fixed length whose partial results are merged (as in Flash-Decoding, Dao et al.,
// 2023), so a token's numbers depend neither on the tokens beside it nor on the number of threads. Tokens that
// look at the same pages, for they belong to one row or to rows with a common beginning, do so together.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "norms.h"
#include "pages.h"
#include "team.h"

namespace scriptorium {

using at::Tensor;

struct Shape {
  int64_t heads, groups, width;  // query heads, key-value heads, width of a head
  float eps, scale;

  int64_t shared() const { return heads / groups; }
};

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
void attend_stretch(const Factor<K>* queries, const View* views, int64_t count, const K* keys, const K* values, int64_t head,
                    const Shape& shape, float* largest, float* sums, float* output) {
  const int64_t width = shape.width;
  int64_t pages = 0;
  for (int64_t q = 0; q < count; ++q) pages = std::max(pages, views[q].count());
  float scores[MOST_QUERIES * STRETCH];
  constexpr bool there = std::is_same_v<Factor<K>, float>;  // scores become weights where they lie
  Factor<K> others[there ? 1 : MOST_QUERIES * STRETCH];
  Factor<K>* weights;
  if constexpr (there) weights = scores;
  else weights = others;
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
    sums[q] = weights_of(own, end, largest[q], weights + q * STRETCH);
  }
  std::fill(output, output + count * width, 0.0f);
  for (int64_t place = 0; place < pages; ++place)
    by_page(views, count, place, [&](int32_t page, int64_t first, int64_t last) {
      const View& view = views[last - 1];
      const int64_t tokens = std::min(PAGE, view.tokens - place * PAGE);
      const K* own = values + at(page);
      const K* next = values + at(view.pages[std::min(place + 1, view.count() - 1)]);
      const auto weigh = [&](auto some, int64_t q) {
        constexpr int Q = decltype(some)::value, V = std::min(4, 2 * QUERIES / Q);
        const Factor<K>* by = weights + q * STRETCH + place * PAGE;
        const auto add_to = [&](auto lanes, int64_t from) {
          const int64_t apart = from * Kept<K>::TOGETHER;
          weigh_page<K, Q, decltype(lanes)::value>(by, own + apart, next + apart, tokens, width, output + q * width + from);
        };
        int64_t from = 0;
        for (; from + V * LANES <= width; from += V * LANES) add_to(std::integral_constant<int, V>(), from);
        for (; from < width; from += LANES) add_to(std::integral_constant<int, 1>(), from);
      };
      in_groups<QUERIES>(last, weigh, first);
    });
}

// What attention has of a layer: keys (pages, groups, width, PAGE) and values (pages, groups, PAGE, width), as Kept has them, and the
// weights of the norms of queries and keys, where the model has them.
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
    K* keys = memory.keys.mutable_data_ptr<K>() + (page + head) * width * PAGE;
    K* values = memory.values.mutable_data_ptr<K>() + (page + head) * width * PAGE;
    const float* value = heads + (shape.heads + shape.groups + head) * width;
    for (int64_t i = 0; i < width; ++i) {
      keys[place_of_key<K>(slot, i)] = K(turned[i]);
      values[place_of_value<K>(slot, i, width)] = K(value[i]);
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
  Factor<K> queries[MOST_QUERIES * MOST_WIDTH];
  float outputs[MOST_QUERIES * MOST_WIDTH];
  float largest[MOST_QUERIES], sums[MOST_QUERIES];
  View views[MOST_QUERIES];
  for (int64_t i = 0; i < tile.count; ++i) {
    const float* own = heads + (tile.first + i) * apart + tile.head * shared * width;
    Factor<K>* scaled = queries + i * shared * width;
    for (int64_t d = 0; d < shared * width; d += LANES) keep(lanes_at(own + d) * shape.scale, scaled + d);
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
