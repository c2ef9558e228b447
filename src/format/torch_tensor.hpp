// A tensor as a PyTorch pickle describes it: a view of a storage. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "format/pickle.hpp"
#include "weightsieve/base/rule.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve::format {

/// Something that a pickle keeps outside itself: the elements of one or several tensors.
struct TorchStorage {
  std::string_view key;
  std::string_view class_name;  ///< "module name"
  std::uint64_t elements = 0;   ///< bytes, where untyped
  std::uint64_t bytes = 0;
  std::uint64_t at = 0;  ///< where it is named first
};

struct TorchView {
  std::uint32_t storage = 0;  ///< index into the storages
  std::uint64_t offset = 0;   ///< elements
  Shape sizes;
  std::vector<std::uint64_t> strides;  ///< elements
  Dtype dtype = Dtype::F32;
  std::optional<bool> trainable;  ///< what the pickle says
};

/// A tensor that cannot be read, with the reason.
using Unreadable = std::string;

/// Turns calls into views, and collects the storages that they name.
class TorchTensors {
 public:
  TorchTensors(const Pickle& pickle, std::string file) : pickle_(pickle), file_(std::move(file)) {}

  /// What the call makes, when it is said to make a tensor. Throws by PT-TENSOR, PT-VIEW and PT-STORAGE;
  /// `name` is for messages.
  std::optional<TorchView> read(PickleRef call, std::string_view name, Unreadable& why);

  /// Those that tensors have named so far.
  const std::vector<TorchStorage>& storages() const noexcept { return storages_; }

  /// Adds every storage that the pickle names, used or not. Legacy files, in which storages lie one after
  /// another, cannot be read without.
  void add_all_storages();

 private:
  std::optional<TorchView> read_call(std::string_view callee, const std::vector<PickleRef>& arguments,
                                     int depth);
  std::optional<TorchView> read_plain(const std::vector<PickleRef>& arguments, std::optional<Dtype> dtype);
  std::optional<TorchView> read_parameter(const std::vector<PickleRef>& arguments, int depth);
  std::optional<TorchView> read_from_type(const std::vector<PickleRef>& arguments, int depth);
  TorchStorage describe(PickleRef ref, std::uint64_t& first) const;
  std::uint32_t add(TorchStorage storage);
  std::uint64_t read_part(const TorchStorage& storage, PickleRef view) const;
  void check_view(const TorchView& view) const;
  std::uint64_t count(PickleRef ref, const char* what) const;
  std::vector<std::uint64_t> counts(PickleRef ref, const char* what) const;
  void require_arguments(bool enough, std::string_view callee, std::size_t found) const;
  [[noreturn]] void fail(const Rule& rule, const std::string& message) const;

  const Pickle& pickle_;
  std::string file_;
  std::vector<TorchStorage> storages_;
  std::unordered_map<std::string_view, std::uint32_t> by_key_;
  std::string_view name_;  ///< of the tensor that is read now
  std::uint64_t at_ = 0;   ///< where it is made
  Unreadable* why_ = nullptr;
};

/// Whether elements lie one after another in row-major order.
bool is_contiguous(const TorchView& view) noexcept;

}  // namespace weightsieve::format
