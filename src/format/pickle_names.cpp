#include "format/pickle_names.hpp"

#include <algorithm>
#include <array>

namespace weightsieve::format {
namespace {

/// Nothing in these belongs into a pickle of numbers.
constexpr std::array<std::string_view, 76> kModules{
    "os",           "posix",    "nt",           "ntpath",    "posixpath",   "subprocess", "commands",
    "popen2",       "pty",      "sys",          "runpy",     "importlib",   "imp",        "pkgutil",
    "zipimport",    "code",     "codeop",       "pdb",       "bdb",         "trace",      "timeit",
    "profile",      "cProfile", "doctest",      "ctypes",    "_ctypes",     "cffi",       "socket",
    "_socket",      "ssl",      "asyncio",      "http",      "httplib",     "urllib",     "urllib2",
    "requests",     "aiohttp",  "ftplib",       "smtplib",   "telnetlib",   "webbrowser", "shutil",
    "tempfile",     "pathlib",  "glob",         "signal",    "threading",   "_thread",    "multiprocessing",
    "pickle",       "_pickle",  "cPickle",      "dill",      "cloudpickle", "joblib",     "marshal",
    "shelve",       "pip",      "setuptools",   "distutils", "venv",        "idlelib",    "_aix_support",
    "_osx_support", "_pyrepl",  "ensurepip",    "fileinput", "imaplib",     "lib2to3",    "nntplib",
    "poplib",       "pydoc",    "socketserver", "test",      "xmlrpc",      "readline"};

/// Of the module of what is built in, under both its names.
constexpr std::array<std::string_view, 17> kBuiltins{
    "eval",    "exec",   "execfile", "compile", "open",  "file",       "getattr",    "setattr", "delattr",
    "globals", "locals", "vars",     "apply",   "input", "breakpoint", "__import__", "help"};

/// In modules of which most is harmless.
constexpr std::array<std::string_view, 25> kNames{"operator attrgetter",
                                                  "operator itemgetter",
                                                  "operator methodcaller",
                                                  "_operator attrgetter",
                                                  "_operator itemgetter",
                                                  "_operator methodcaller",
                                                  "functools partial",
                                                  "types FunctionType",
                                                  "types CodeType",
                                                  "types MethodType",
                                                  "io open",
                                                  "io open_code",
                                                  "io FileIO",
                                                  "_io open",
                                                  "_io open_code",
                                                  "_io FileIO",
                                                  "torch load",
                                                  "torch save",
                                                  "numpy load",
                                                  "numpy fromfile",
                                                  "pandas read_pickle",
                                                  "logging FileHandler",
                                                  "uuid _popen",
                                                  "uuid _get_command_stdout",
                                                  "torch.serialization load"};

/// Parts of libraries that compile, load or run.
constexpr std::array<std::string_view, 16> kPackages{"torch.hub",
                                                     "torch.jit",
                                                     "torch._dynamo",
                                                     "torch._inductor",
                                                     "torch.fx",
                                                     "torch.package",
                                                     "torch.utils.cpp_extension",
                                                     "torch.utils.bottleneck",
                                                     "torch.utils.collect_env",
                                                     "torch.utils.data",
                                                     "torch.utils._config_module",
                                                     "torch.distributed.rpc",
                                                     "numpy.f2py",
                                                     "numpy.testing",
                                                     "logging.config",
                                                     "logging.handlers"};

/// Classes of pathlib (_local: since Python 3.13), to which Python pickles a path.
constexpr std::array<std::string_view, 6> kPaths{"Path",     "PosixPath",     "WindowsPath",
                                                 "PurePath", "PurePosixPath", "PureWindowsPath"};

constexpr bool is_builtin_module(std::string_view name) noexcept {
  return name == "builtins" || name == "__builtin__";
}

bool is_module(std::string_view name) noexcept { return std::ranges::find(kModules, name) != kModules.end(); }

}  // namespace

bool is_path_name(std::string_view global) noexcept {
  for (const std::string_view module : {"pathlib ", "pathlib._local "})
    if (global.starts_with(module))
      return std::ranges::find(kPaths, global.substr(module.size())) != kPaths.end();
  return false;
}

bool is_dangerous_name(std::string_view global) noexcept {
  if (is_path_name(global)) return false;
  const std::size_t blank = global.find(' ');
  const std::string_view module = global.substr(0, blank);
  const std::string_view name =
      blank == std::string_view::npos ? std::string_view() : global.substr(blank + 1);
  if (is_module(module.substr(0, module.find('.')))) return true;
  if (is_builtin_module(module) && std::ranges::find(kBuiltins, name) != kBuiltins.end()) return true;
  if (std::ranges::find(kNames, global) != kNames.end()) return true;
  const bool in_package = std::ranges::any_of(kPackages, [&](std::string_view package) {
    return module == package || (module.starts_with(package) && module[package.size()] == '.');
  });
  // Protocol 4 takes "torch", "os.system": a module by way of another that imports it.
  return in_package ||
         (name.find('.') != std::string_view::npos && is_module(name.substr(0, name.find('.'))));
}

}  // namespace weightsieve::format
