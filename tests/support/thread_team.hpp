// A team whose ranks are threads of one process, for tests of what ranks do together without MPI.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "weightsieve/engine/team.hpp"

namespace weightsieve::test {

/// Where the messages of all ranks lie until they are fetched.
class Mailbox {
 public:
  using Message = std::vector<std::byte>;

  void put(unsigned from, unsigned to, Bytes bytes) {
    const std::scoped_lock lock(mutex_);
    messages_[{from, to}].emplace_back(bytes.begin(), bytes.end());
    arrived_.notify_all();
  }

  Message get(unsigned from, unsigned to) {
    std::unique_lock lock(mutex_);
    auto& queue = messages_[{from, to}];
    arrived_.wait(lock, [&] { return !queue.empty(); });
    Message message = std::move(queue.front());
    queue.erase(queue.begin());
    return message;
  }

  void call_off(unsigned pass) {
    const std::scoped_lock lock(mutex_);
    called_off_[pass] = true;
  }

  bool is_called_off(unsigned pass) {
    const std::scoped_lock lock(mutex_);
    return called_off_[pass];
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::pair<unsigned, unsigned>, std::vector<Message>> messages_;
  std::map<unsigned, bool> called_off_;
};

class ThreadTeam : public Team {
 public:
  ThreadTeam(Mailbox& mail, unsigned rank, unsigned size) : mail_(mail), rank_(rank), size_(size) {}

  unsigned rank() const noexcept override { return rank_; }
  unsigned size() const noexcept override { return size_; }

  void gather(Bytes mine, const std::function<void(unsigned, Bytes)>& take) override {
    ++pass_;
    if (rank_ != 0) return mail_.put(rank_, 0, mine);
    for (unsigned from = 0; from < size_; ++from) {
      if (from == 0) {
        take(0, mine);
      } else {
        take(from, mail_.get(from, 0));
      }
    }
  }

  std::vector<std::byte> broadcast(Bytes bytes) override {
    if (rank_ != 0) return mail_.get(0, rank_);
    for (unsigned to = 1; to < size_; ++to)
      mail_.put(0, to, bytes);
    return {bytes.begin(), bytes.end()};
  }

  void call_off() override { mail_.call_off(pass_); }
  bool is_called_off() override { return mail_.is_called_off(pass_); }

 private:
  Mailbox& mail_;
  unsigned rank_;
  unsigned size_;
  unsigned pass_ = 0;
};

/// Runs `work` on so many ranks; what each of them ended with, by rank: null where it did not throw.
inline std::vector<std::exception_ptr> run_team(unsigned size, const std::function<void(Team&)>& work) {
  Mailbox mail;
  std::vector<std::exception_ptr> ends(size);
  std::vector<std::jthread> ranks;
  for (unsigned rank = 0; rank < size; ++rank)
    ranks.emplace_back([&mail, &ends, &work, rank, size] {
      ThreadTeam team(mail, rank, size);
      try {
        work(team);
      } catch (...) {
        ends[rank] = std::current_exception();
      }
    });
  ranks.clear();
  return ends;
}

}  // namespace weightsieve::test
