# The libraries that a static weightsieve is linked with. Read twice: by the build, and, installed, by
# weightsieveConfig.cmake; each defines what weightsieve_needs(find_package arguments) does.

weightsieve_needs(fmt)
weightsieve_needs(PkgConfig)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
