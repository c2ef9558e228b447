#include <catch2/catch.hpp>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "weightsieve/base/error.hpp"
#include "weightsieve/engine/executor.hpp"

using namespace weightsieve;

namespace {

struct Value : UnitResult {
  explicit Value(std::size_t v) : value(v) {}
  std::size_t value;
};

/// Squares unit numbers; each unit takes a different time. Can be told to fail.
class SquareJob : public Job {
 public:
  explicit SquareJob(std::size_t count) : count_(count) {}

  std::size_t units() const override { return count_; }

  std::unique_ptr<JobWorker> make_worker() override {
    ++workers;
    return std::make_unique<Worker>(*this);
  }

  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    in_order = in_order && unit == merged.size();
    if (merges_now.fetch_add(1) != 0) overlapped = true;
    if (fail_merge == unit) throw std::runtime_error("merge " + std::to_string(unit));
    merged.push_back(static_cast<Value&>(*result).value);
    merges_now.fetch_sub(1);
    if (on_merge) on_merge(unit);
  }

  std::vector<std::size_t> merged;
  std::function<void(std::size_t)> on_merge;
  std::size_t fail_merge = SIZE_MAX;
  std::vector<std::size_t> fail_units;
  std::atomic<std::size_t> furthest_ahead{0};
  std::atomic<int> merges_now{0};
  int workers = 0;
  bool in_order = true;
  bool overlapped = false;

 private:
  class Worker : public JobWorker {
   public:
    explicit Worker(SquareJob& job) : job_(job) {}

    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      std::this_thread::sleep_for(std::chrono::microseconds(unit * 7919 % 13 * 20));
      for (const std::size_t failing : job_.fail_units) {
        if (failing == unit) throw std::runtime_error("unit " + std::to_string(unit));
      }
      return std::make_unique<Value>(unit * unit);
    }

   private:
    SquareJob& job_;
  };

  std::size_t count_;
};

}  // namespace

TEST_CASE("results are joined in order, one at a time, with any number of threads") {
  for (const unsigned threads : {1u, 2u, 3u, 8u}) {
    for (const std::size_t count : {0u, 1u, 7u, 300u}) {
      SquareJob job(count);
      ThreadExecutor(threads, 2 * threads, nullptr).run(job);
      REQUIRE(job.merged.size() == count);
      for (std::size_t i = 0; i < count; ++i)
        REQUIRE(job.merged[i] == i * i);
      CHECK(job.in_order);
      CHECK_FALSE(job.overlapped);
      CHECK(job.workers == static_cast<int>(threads));
    }
  }
}

TEST_CASE("the first failing unit in order ends the run, whoever fails first") {
  for (const unsigned threads : {1u, 2u, 8u}) {
    for (int round = 0; round < 20; ++round) {
      SquareJob job(200);
      job.fail_units = {25, 26, 27, 28};
      REQUIRE_THROWS_WITH(ThreadExecutor(threads, 32, nullptr).run(job), "unit 25");
      CHECK(job.merged.size() <= 25);
    }
  }
}

TEST_CASE("a merge that throws ends the run too") {
  SquareJob job(100);
  job.fail_merge = 40;
  REQUIRE_THROWS_WITH(ThreadExecutor(4, 8, nullptr).run(job), "merge 40");
  CHECK(job.merged.size() == 40);
}

TEST_CASE("a cancelled run stops soon and says so") {
  CancelToken token;
  SquareJob job(100'000);
  job.on_merge = [&](std::size_t unit) {
    if (unit == 50) token.cancel();
  };
  try {
    ThreadExecutor(4, 8, &token).run(job);
    FAIL("ran to the end");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::cancelled);
  }
  CHECK(job.merged.size() < 100);
}

#if defined(__SSE__)
TEST_CASE("a library that made subnormals flush to zero has no say in results, and keeps its setting") {
  class Subnormal : public Job {
   public:
    std::size_t units() const override { return 1; }
    std::unique_ptr<JobWorker> make_worker() override {
      class Worker : public JobWorker {
        std::unique_ptr<UnitResult> run(std::size_t) override {
          volatile double tiny = 5e-324;
          return std::make_unique<Value>(tiny * 1.0 > 0 ? 1 : 0);
        }
      };
      return std::make_unique<Worker>();
    }
    void merge(std::size_t, std::unique_ptr<UnitResult> result) override {
      kept = static_cast<Value&>(*result).value;
    }
    std::size_t kept = 0;
  };
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // FTZ and DAZ
  Subnormal job;
  ThreadExecutor(1, 1, nullptr).run(job);
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  CHECK(job.kept == 1);
  CHECK((after & 0x8040) == 0x8040);
}
#endif

TEST_CASE("there is at least one thread to use") { CHECK(available_threads() >= 1); }
