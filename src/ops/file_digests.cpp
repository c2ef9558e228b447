#include "ops/file_digests.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weightsieve/base/error.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

constexpr std::uint64_t kReadBytes = std::uint64_t{1} << 20;

struct UnhashedFile {
  std::string path;
  std::uint64_t bytes = 0;
};

class DigestJob : public SharedJob {
 public:
  DigestJob(std::span<const UnhashedFile> files, IoMode io, const CancelToken* cancel)
      : files_(files), io_(io), cancel_(cancel) {}

  std::size_t units() const override { return files_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }
  void merge(std::size_t, std::unique_ptr<UnitResult> result) override {
    digests_.push_back(std::move(static_cast<Result&>(*result).digest));
  }

  std::uint64_t work(std::size_t unit) const override { return files_[unit].bytes; }
  std::uint64_t result_bytes(std::size_t) const override { return 65; }
  void write(const UnitResult& result, WireWriter& out) const override {
    out.text(static_cast<const Result&>(result).digest);
  }
  std::unique_ptr<UnitResult> read(std::size_t, WireReader& in) const override {
    auto result = std::make_unique<Result>();
    result->digest = in.text();
    return result;
  }

  std::vector<std::string> take() { return std::move(digests_); }

 private:
  struct Result : UnitResult {
    std::string digest;
  };

  class Worker : public JobWorker {
   public:
    explicit Worker(const DigestJob& job) : job_(job) {}
    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      auto result = std::make_unique<Result>();
      result->digest = sha256_stepwise(*open_source(job_.files_[unit].path, job_.io_),
                                       [this](std::uint64_t) { stop_if_cancelled(job_.cancel_); });
      return result;
    }

   private:
    const DigestJob& job_;
  };

  std::span<const UnhashedFile> files_;
  IoMode io_;
  const CancelToken* cancel_;
  std::vector<std::string> digests_;
};

std::vector<std::byte> unhashed_among(const std::vector<ManifestFile>& files) {
  WireWriter out;
  for (const ManifestFile& file : files) {
    if (!file.sha256.empty()) continue;
    out.text(file.name);
    out.count(file.bytes);
  }
  return out.take();
}

}  // namespace

std::string sha256_stepwise(const Source& file, const std::function<void(std::uint64_t)>& step) {
  Sha256 digest;
  const auto cursor = file.cursor();
  for (std::uint64_t at = 0; at < file.size(); at += kReadBytes) {
    const std::uint64_t length = std::min(kReadBytes, file.size() - at);
    digest.add(cursor->view(at, static_cast<std::size_t>(length)));
    step(length);
  }
  file.check_unchanged();
  return digest.finish();
}

void add_digests(std::vector<ManifestFile>& files, const std::string& folder, IoMode io, const Crew& crew,
                 const ProgressSink& sink) {
  const auto told = on_first(crew.team, [&] { return unhashed_among(files); });
  std::vector<UnhashedFile> unhashed;
  std::uint64_t bytes = 0;
  for (WireReader in(told); !in.is_at_end();) {
    const std::string name(in.text());
    unhashed.push_back({fmt::format("{}/{}", folder, name), in.count()});
    bytes += unhashed.back().bytes;
  }
  if (unhashed.empty()) return;
  ProgressMeter progress(sink, bytes, "taking SHA-256");
  DigestJob job(unhashed, io, crew.cancel);
  run_job(job, crew, crew.threads, progress);
  std::vector<std::string> digests = job.take();
  auto next = digests.begin();
  for (ManifestFile& file : files)
    if (file.sha256.empty() && next != digests.end()) file.sha256 = std::move(*next++);
}

}  // namespace weightsieve
