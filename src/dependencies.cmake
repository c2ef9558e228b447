# The libraries that a static weightsieve is linked with. Read twice: by the build, and, installed, by
# weightsieveConfig.cmake; each defines what weightsieve_needs(find_package arguments) does. What only the program
# or the tests use is found where it is used.

weightsieve_needs(fmt)
weightsieve_needs(Boost 1.74 COMPONENTS iostreams filesystem)
weightsieve_needs(simdjson)
weightsieve_needs(nlohmann_json)
weightsieve_needs(OpenSSL COMPONENTS Crypto)
weightsieve_needs(ZLIB)
weightsieve_needs(Threads)
weightsieve_needs(PkgConfig)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(libxxhash REQUIRED IMPORTED_TARGET libxxhash)
