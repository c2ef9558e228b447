# What `cmake --install` lays down: the headers, the library with its package config, and the program.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/weightsieve)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/weightsieve DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS weightsieve EXPORT weightsieveTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT weightsieveTargets NAMESPACE weightsieve:: DESTINATION ${package_folder})
install(FILES ${PROJECT_SOURCE_DIR}/src/profile/profile.schema.json ${PROJECT_SOURCE_DIR}/src/encode/manifest.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/weightsieve)
if(TARGET weightsieve_cli)
  install(TARGETS weightsieve_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/weightsieveConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/weightsieveConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/weightsieveConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/weightsieveConfig.cmake
  ${PROJECT_BINARY_DIR}/package/weightsieveConfigVersion.cmake ${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake
  DESTINATION ${package_folder})
