// What adapters add to products: for each row over which one lies, what comes through a product of low rank (LoRA, Hu et al., 2021,
// arXiv:2106.09685).
#pragma once

#include <torch/custom_class.h>

#include <vector>

#include "plain.h"

namespace scriptorium {

// One of the parts that an adapter has of a product: what it adds to the outputs from `at` on, by down (rank, in) and up (rank, out).
struct Part {
  int64_t at;
  Tensor down, up;
};

// All parts, by products: those of the first layer, of the next, and so on, and then the head.
struct Adapter : torch::CustomClassHolder {
  std::vector<std::vector<Part>> products;

  explicit Adapter(int64_t count) : products(count) {}

  void add(int64_t product, int64_t at, const Tensor& down, const Tensor& up) { products[product].push_back({at, down, up}); }
};

// An adapter, and the rows of x over which it lies.
struct Laid {
  c10::intrusive_ptr<Adapter> adapter;
  Tensor rows;

  bool over_all(const Tensor& x) const { return rows.size(0) == x.size(0); }

  // Adds to y (rows, out) what the adapter gives for x (rows, in) beside this product.
  void add(int64_t product, const Tensor& x, const Tensor& y) const {
    const auto& parts = adapter->products[product];
    if (parts.empty()) return;
    const Tensor own = over_all(x) ? x : x.index_select(0, rows);
    for (const Part& part : parts) raise(plain_product<float>(own, part.down), part, y);
  }

  // Some of these rows, as they lie in another order.
  Laid among(const Tensor& wanted) const { return {adapter, at::isin(wanted, rows).nonzero().flatten()}; }

 private:
  static constexpr int BESIDE = 4;  // rows that are added to at once

  // Adds to the own rows of y the product of low (rows, rank) with a part's up.
  void raise(const Tensor& low, const Part& part, const Tensor& y) const {
    const int64_t rank = part.up.size(0), width = part.up.size(1), out = y.size(1);
    const float *from = low.const_data_ptr<float>(), *up = part.up.const_data_ptr<float>();
    const int64_t* place = rows.const_data_ptr<int64_t>();
    float* const to = y.mutable_data_ptr<float>() + part.at;
    share_out(rows.size(0), BESIDE, [&](int64_t begin, int64_t end) {
      const auto take = [&](auto some, int64_t row) {
        constexpr int R = decltype(some)::value;
        int64_t at = 0;
        for (; at + LANES <= width; at += LANES) {
          Lanes sums[R];
          for (int r = 0; r < R; ++r) sums[r] = lanes_at(to + place[row + r] * out + at);
          for (int64_t i = 0; i < rank; ++i) {
            const Lanes own = lanes_at(up + i * width + at);
            for (int r = 0; r < R; ++r) add_product(sums[r], from[(row + r) * rank + i] - Lanes{}, own);
          }
          for (int r = 0; r < R; ++r) std::memcpy(to + place[row + r] * out + at, &sums[r], sizeof(Lanes));
        }
        for (; at < width; ++at)
          for (int r = 0; r < R; ++r)
            for (int64_t i = 0; i < rank; ++i) to[place[row + r] * out + at] += from[(row + r) * rank + i] * up[i * width + at];
      };
      in_groups<BESIDE>(end, take, begin);
    });
  }
};

}  // namespace scriptorium
