// Threads that share work.
//
// They wait for it awake for a moment, for most of it follows at once upon other work, and then asleep. Nobody waits for a
// thread that has not begun, as where another process has its core: whoever is there does all of it.
#pragma once

#include <ATen/Parallel.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace scriptorium {

constexpr int AWAKE = 4000;  // pauses before a thread goes to sleep: some 60 µs

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until a number is another one than this; gives the new one.
template <typename N>
N changed(const std::atomic<N>& number, N from) {
  for (int i = 0; i < AWAKE; ++i, pause())
    if (const N now = number.load(std::memory_order_acquire); now != from) return now;
  number.wait(from, std::memory_order_acquire);
  return number.load(std::memory_order_acquire);
}

class Team {
 public:
  static Team& here() {
    static Team* const team = new Team;  // never deleted: threads end with the process
    return *team;
  }

  // Lets as many threads as PyTorch is to use, those that come in time, call work(), which is to give out parts of it until there
  // are none; gives back when all of them are through. Where the others work for someone else, the caller works alone.
  template <typename Work>
  void share(const Work& work) {
    const std::unique_lock<std::mutex> turn(mutex, std::try_to_lock);
    const int64_t helpers = turn.owns_lock() ? at::get_num_threads() - 1 : 0;
    if (!helpers) return work();
    wanted = helpers;
    for (; there < wanted; ++there) std::thread([this, place = there] { serve(place); }).detach();
    task = {[](const void* work) { (*static_cast<const Work*>(work))(); }, &work};
    inside.fetch_and(~CLOSED, std::memory_order_release);
    round.fetch_add(1, std::memory_order_release);
    round.notify_all();
    work();
    for (int32_t count = inside.fetch_or(CLOSED, std::memory_order_acq_rel) | CLOSED; count != CLOSED;)
      count = changed(inside, count);
  }

 private:
  static constexpr int32_t CLOSED = 1 << 30;

  struct Task {
    void (*call)(const void*);
    const void* work;
  };

  Task task{};
  int64_t wanted = 0, there = 0;        // how many are to help, and how many have been started
  std::atomic<int32_t> inside{CLOSED};  // how many work, and whether it is too late to begin
  std::atomic<uint32_t> round{0};
  std::mutex mutex;

  void serve(int64_t place) {
    for (uint32_t seen = 0;;) {
      seen = changed(round, seen);
      if (!(inside.fetch_add(1, std::memory_order_acq_rel) & CLOSED) && place < wanted) task.call(task.work);
      inside.fetch_sub(1, std::memory_order_acq_rel);
      inside.notify_all();
    }
  }
};

// Lets the threads take parts of a count as each becomes free.
template <typename Work>
void share_out(int64_t count, int64_t part, const Work& work) {
  std::atomic<int64_t> next{0};
  const auto take = [&] {
    for (int64_t begin; (begin = next.fetch_add(part)) < count;) work(begin, std::min(begin + part, count));
  };
  if (count <= part) return take();
  Team::here().share(take);
}

}  // namespace scriptorium
