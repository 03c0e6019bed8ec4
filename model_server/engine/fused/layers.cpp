// The layers of a Llama-like model on the CPU: all of them, for the next token of many rows or the next tokens of one.
//
// PyTorch would run some twenty operators a layer; here are products and loops between them, all of which compute in float32.
// Keys and values lie in pages, and a row is a table of pages.

#include <torch/custom_class.h>
#include <torch/library.h>

#include <optional>
#include <vector>

#include "adapters.h"
#include "attention.h"
#include "products.h"

namespace scriptorium {

struct Layer {
  Tensor before, after;  // weights of the norms before attention and before the feed-forward part
  Linear qkv, out, gate_up, down;
  Memory memory;
};

struct Stack : torch::CustomClassHolder {
  std::vector<Layer> layers;
  Shape shape;
  Tensor norm;
  Linear head;

  Stack(int64_t heads, int64_t groups, int64_t width, double eps, double scale)
      : shape{heads, groups, width, float(eps), float(scale)} {
    TORCH_CHECK(width % LANES == 0 && width <= MOST_WIDTH, "heads of this width are not computed here");
    TORCH_CHECK(heads / groups <= MOST_QUERIES, "so many heads on one of keys and values are not computed here");
  }

  using Weights = std::vector<std::optional<Tensor>>;

  // Two norms; weight, scales and bias of four products; norms of queries and keys.
  void add(const Weights& weights) {
    auto get = [&](size_t i) { return weights[i].value_or(Tensor()); };
    auto linear = [&](size_t i) { return Linear{get(i), get(i + 1), get(i + 2)}; };
    layers.push_back({get(0), get(1), linear(2), linear(5), linear(8), linear(11), {{}, {}, get(14), get(15)}});
  }

  // The last norm, and weight, scales and bias of the head.
  void end(const Weights& weights) {
    auto get = [&](size_t i) { return weights[i].value_or(Tensor()); };
    norm = get(0);
    head = {get(1), get(2), get(3)};
  }

  // Where each layer's keys and values lie.
  void place(const std::vector<Tensor>& keys, const std::vector<Tensor>& values) {
    for (size_t i = 0; i < layers.size(); ++i) {
      layers[i].memory.keys = keys[i];
      layers[i].memory.values = values[i];
    }
  }

  // x (tokens, width of the model) is computed upon in place; the rest as Batch has it. Each adapter lies over the tokens that are
  // named beside it. Gives logits (wanted, vocab) after each of the wanted tokens.
  Tensor run(const Tensor& x, const Tensor& cosine, const Tensor& sine, const Tensor& tables, const Tensor& owners,
             const Tensor& lengths, const Tensor& wanted, const std::vector<c10::intrusive_ptr<Adapter>>& adapters,
             const std::vector<Tensor>& places) const {
    const c10::InferenceMode guard;
    std::vector<Laid> laid;
    for (size_t i = 0; i < adapters.size(); ++i) laid.push_back({adapters[i], places[i]});
    const Batch batch(cosine, sine, tables, owners, lengths, shape);
    switch (layers[0].memory.keys.scalar_type()) {
      case at::kHalf: return through<at::Half>(x, batch, wanted, laid);
      case at::kBFloat16: return through<BFloat16>(x, batch, wanted, laid);
      default: return through<float>(x, batch, wanted, laid);
    }
  }

  template <typename K>
  Tensor through(const Tensor& x, const Batch& batch, const Tensor& wanted, std::vector<Laid>& laid) const {
    Found found(batch, shape);
    int64_t at = 0;
    const auto product = [&](const Linear& linear, const Tensor& from) {
      const Tensor y = linear.of(from);
      for (const Laid& one : laid) one.add(at, from, y);
      ++at;
      return y;
    };
    for (const Layer& layer : layers) {
      const Tensor qkv = product(layer.qkv, normed(x, layer.before, shape.eps));
      x.add_(product(layer.out, attend<K>(qkv, layer.memory, batch, shape, found)));
      const Tensor gate_up = product(layer.gate_up, normed(x, layer.after, shape.eps));
      x.add_(product(layer.down, gated(gate_up)));
    }
    for (Laid& one : laid) one = one.among(wanted);
    return product(head, normed(x.index_select(0, wanted), norm, shape.eps));
  }
};

}  // namespace scriptorium

TORCH_LIBRARY(scriptorium, library) {
  using scriptorium::Adapter;
  using scriptorium::Stack;
  library.class_<Adapter>("Adapter").def(torch::init<int64_t>()).def("add", &Adapter::add);
  library.class_<Stack>("Stack")
      .def(torch::init<int64_t, int64_t, int64_t, double, double>())
      .def("add", &Stack::add)
      .def("end", &Stack::end)
      .def("place", &Stack::place)
      .def("run", &Stack::run);
}
