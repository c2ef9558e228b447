#include "format/pickle_names.hpp"

#include <algorithm>
#include <array>

namespace weightsieve::format {
namespace {

/// Nothing in these belongs into a pickle of numbers.
constexpr std::array<std::string_view, 62> kModules{
    "os",        "posix",    "nt",         "ntpath",    "posixpath",   "subprocess", "commands",
    "popen2",    "pty",      "sys",        "runpy",     "importlib",   "imp",        "pkgutil",
    "zipimport", "code",     "codeop",     "pdb",       "bdb",         "trace",      "timeit",
    "profile",   "cProfile", "doctest",    "ctypes",    "_ctypes",     "cffi",       "socket",
    "_socket",   "ssl",      "asyncio",    "http",      "httplib",     "urllib",     "urllib2",
    "requests",  "aiohttp",  "ftplib",     "smtplib",   "telnetlib",   "webbrowser", "shutil",
    "tempfile",  "pathlib",  "glob",       "signal",    "threading",   "_thread",    "multiprocessing",
    "pickle",    "_pickle",  "cPickle",    "dill",      "cloudpickle", "joblib",     "marshal",
    "shelve",    "pip",      "setuptools", "distutils", "venv",        "idlelib"};

/// In modules of which most is harmless.
constexpr std::array<std::string_view, 40> kNames{
    "builtins eval",
    "builtins exec",
    "builtins compile",
    "builtins open",
    "builtins getattr",
    "builtins setattr",
    "builtins delattr",
    "builtins globals",
    "builtins locals",
    "builtins vars",
    "builtins apply",
    "builtins breakpoint",
    "builtins __import__",
    "__builtin__ eval",
    "__builtin__ exec",
    "__builtin__ execfile",
    "__builtin__ compile",
    "__builtin__ open",
    "__builtin__ file",
    "__builtin__ getattr",
    "__builtin__ setattr",
    "__builtin__ globals",
    "__builtin__ apply",
    "__builtin__ __import__",
    "operator attrgetter",
    "operator methodcaller",
    "_operator attrgetter",
    "_operator methodcaller",
    "functools partial",
    "types FunctionType",
    "types CodeType",
    "types MethodType",
    "io open",
    "io FileIO",
    "_io open",
    "_io FileIO",
    "torch load",
    "numpy load",
    "pandas read_pickle",
    "numpy.testing._private.utils runstring",
};

/// Parts of torch that compile, load or run.
constexpr std::array<std::string_view, 6> kPackages{"torch.hub",
                                                    "torch.jit",
                                                    "torch._dynamo",
                                                    "torch.utils.cpp_extension",
                                                    "torch.utils.bottleneck",
                                                    "torch.distributed.rpc"};

bool is_module(std::string_view name) noexcept { return std::ranges::find(kModules, name) != kModules.end(); }

}  // namespace

bool is_dangerous_name(std::string_view global) noexcept {
  const std::size_t blank = global.find(' ');
  const std::string_view module = global.substr(0, blank);
  const std::string_view name =
      blank == std::string_view::npos ? std::string_view() : global.substr(blank + 1);
  if (is_module(module.substr(0, module.find('.')))) return true;
  if (std::ranges::find(kNames, global) != kNames.end()) return true;
  const bool in_package = std::ranges::any_of(kPackages, [&](std::string_view package) {
    return module == package || (module.starts_with(package) && module[package.size()] == '.');
  });
  // Protocol 4 takes "torch", "os.system": a module by way of another that imports it.
  return in_package ||
         (name.find('.') != std::string_view::npos && is_module(name.substr(0, name.find('.'))));
}

}  // namespace weightsieve::format
