#include "weightsieve/mpi/mpi_session.hpp"

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

constexpr int kData = 1;
constexpr int kCallOff = 2;  // and above: a tag for each pass, so that none is called off by an earlier one
constexpr int kPasses = 10'000;

/// Counts of MPI are int.
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

void check(int status, const char* what) {
  if (status != MPI_SUCCESS) throw Error(ErrorCode::unreadable, std::string("MPI: ") + what + " failed");
}

void send(int to, Bytes bytes) {
  const std::uint64_t size = bytes.size();
  check(MPI_Send(&size, 1, MPI_UINT64_T, to, kData, MPI_COMM_WORLD), "sending");
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kMostBytes)))
    check(MPI_Send(bytes.data(), static_cast<int>(std::min(bytes.size(), kMostBytes)), MPI_BYTE, to, kData,
                   MPI_COMM_WORLD),
          "sending");
}

std::vector<std::byte> receive(int from) {
  std::uint64_t size = 0;
  check(MPI_Recv(&size, 1, MPI_UINT64_T, from, kData, MPI_COMM_WORLD, MPI_STATUS_IGNORE), "receiving");
  std::vector<std::byte> bytes(size);
  for (std::size_t at = 0; at < bytes.size(); at += std::min(bytes.size() - at, kMostBytes))
    check(MPI_Recv(bytes.data() + at, static_cast<int>(std::min(bytes.size() - at, kMostBytes)), MPI_BYTE,
                   from, kData, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
          "receiving");
  return bytes;
}

int ask(int (*question)(MPI_Comm, int*)) {
  int answer = 0;
  check(question(MPI_COMM_WORLD, &answer), "asking for ranks");
  return answer;
}

}  // namespace

class MpiSession::MpiTeam : public Team {
 public:
  MpiTeam() : rank_(ask(MPI_Comm_rank)), size_(ask(MPI_Comm_size)) {}

  unsigned rank() const noexcept override { return static_cast<unsigned>(rank_); }
  unsigned size() const noexcept override { return static_cast<unsigned>(size_); }

  void gather(Bytes mine, const std::function<void(unsigned, Bytes)>& take) override {
    if (rank_ != 0) {
      send(0, mine);
    } else {
      take_all(mine, take);
    }
    pass_ = (pass_ + 1) % kPasses;
  }

  std::vector<std::byte> broadcast(Bytes bytes) override {
    std::uint64_t size = bytes.size();
    check(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD), "telling");
    std::vector<std::byte> told(size);
    if (rank_ == 0) std::copy(bytes.begin(), bytes.end(), told.begin());
    for (std::size_t at = 0; at < told.size(); at += std::min(told.size() - at, kMostBytes))
      check(MPI_Bcast(told.data() + at, static_cast<int>(std::min(told.size() - at, kMostBytes)), MPI_BYTE, 0,
                      MPI_COMM_WORLD),
            "telling");
    return told;
  }

  void call_off() override {
    for (int other = 0; other < size_; ++other)
      if (other != rank_)
        check(MPI_Send(nullptr, 0, MPI_BYTE, other, kCallOff + pass_, MPI_COMM_WORLD), "calling off");
  }

  bool is_called_off() override {
    int waits = 0;
    check(MPI_Iprobe(MPI_ANY_SOURCE, kCallOff + pass_, MPI_COMM_WORLD, &waits, MPI_STATUS_IGNORE), "asking");
    return waits != 0;
  }

 private:
  void take_all(Bytes mine, const std::function<void(unsigned, Bytes)>& take) {
    std::exception_ptr failure;
    for (int from = 0; from < size_; ++from) {
      const std::vector<std::byte> received = from == 0 ? std::vector<std::byte>{} : receive(from);
      try {
        if (!failure) take(static_cast<unsigned>(from), from == 0 ? mine : Bytes(received));
      } catch (...) {
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  int rank_;
  int size_;
  int pass_ = 0;
};

bool MpiSession::is_launched() noexcept {
  const auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  return is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMIX_RANK") || is_set("PMI_RANK");
}

MpiSession::MpiSession() {
  int provided = 0;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "starting");
  if (provided < MPI_THREAD_FUNNELED)
    throw Error(ErrorCode::unreadable, "MPI: this one cannot be used in a program of several threads");
  team_ = std::make_unique<MpiTeam>();
}

MpiSession::~MpiSession() {
  team_.reset();
  MPI_Finalize();
}

Team& MpiSession::team() noexcept { return *team_; }

void MpiSession::abort(int status) noexcept {
  MPI_Abort(MPI_COMM_WORLD, status);
  std::abort();
}

}  // namespace weightsieve
