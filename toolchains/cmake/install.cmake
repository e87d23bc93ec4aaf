# find_package(fovea) after an install gives fovea::runtime, fovea::kernels and fovea::threads.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
install(EXPORT fovea_targets NAMESPACE fovea:: DESTINATION ${package_dir})
configure_package_config_file("${PROJECT_SOURCE_DIR}/toolchains/cmake/foveaConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/foveaConfig.cmake" INSTALL_DESTINATION ${package_dir})
# Before 1.0 every minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/foveaConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/foveaConfig.cmake"
  "${PROJECT_BINARY_DIR}/foveaConfigVersion.cmake" DESTINATION ${package_dir})
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION ${CMAKE_INSTALL_DOCDIR})

# build/PRESET/run PROGRAM starts a program of this build, through the emulator if it needs one.
set(run "#!/bin/sh\nexec")
foreach(word IN LISTS CMAKE_CROSSCOMPILING_EMULATOR)
  string(APPEND run " '${word}'")
endforeach()
file(WRITE "${PROJECT_BINARY_DIR}/run" "${run} \"$@\"\n")
file(CHMOD "${PROJECT_BINARY_DIR}/run" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
