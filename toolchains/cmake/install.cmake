# find_package(fovea) after an install gives fovea::runtime, fovea::threads, fovea::kernels (where
# libraries are static) and fovea_model(); pkg-config knows the libraries as fovea and fovea-threads.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
configure_package_config_file("${PROJECT_SOURCE_DIR}/toolchains/cmake/foveaConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/foveaConfig.cmake" INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_BINDIR)
# Before 1.0 every minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/foveaConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

# fovea_pkg_config(NAME DESCRIPTION text LIBS words [REQUIRES name])
function(fovea_pkg_config name)
  cmake_parse_arguments(arg "" "DESCRIPTION;REQUIRES" "LIBS" ${ARGN})
  list(JOIN arg_LIBS " " libs)
  # Beside the file, so that an installed tree may be moved.
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY CONTENT [=[
prefix=${pcfiledir}/@up@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: @name@
Description: @arg_DESCRIPTION@
Version: @PROJECT_VERSION@
Requires: @arg_REQUIRES@
Cflags: -I${includedir}
Libs: -L${libdir} @libs@
]=])
  if(FOVEA_INSTALL)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
      DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endif()
endfunction()

list(TRANSFORM FOVEA_CXX_RUNTIME PREPEND -l OUTPUT_VARIABLE cxx_runtime)
if(BUILD_SHARED_LIBS)
  fovea_pkg_config(fovea DESCRIPTION "${PROJECT_DESCRIPTION}" LIBS -lfovea_runtime)
  fovea_pkg_config(fovea-threads DESCRIPTION "A pool of threads for fovea" REQUIRES fovea
    LIBS -lfovea_threads)
else()
  fovea_pkg_config(fovea DESCRIPTION "${PROJECT_DESCRIPTION}" LIBS -lfovea_runtime -lfovea_kernels)
  fovea_pkg_config(fovea-threads DESCRIPTION "A pool of threads for fovea" REQUIRES fovea
    LIBS -lfovea_threads ${cxx_runtime} -pthread)
endif()

if(FOVEA_INSTALL)
  install(EXPORT fovea_targets NAMESPACE fovea:: DESTINATION ${package_dir})
  install(FILES "${PROJECT_BINARY_DIR}/foveaConfig.cmake"
    "${PROJECT_BINARY_DIR}/foveaConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/toolchains/cmake/models.cmake" DESTINATION ${package_dir})
  install(FILES "${PROJECT_SOURCE_DIR}/toolchains/cmake/installed_tool.cmake"
    DESTINATION ${package_dir} RENAME host_tool.cmake)
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

# build/PRESET/run PROGRAM starts a program of this build, through the emulator if it needs one.
set(run "#!/bin/sh\nexec")
foreach(word IN LISTS CMAKE_CROSSCOMPILING_EMULATOR)
  string(APPEND run " '${word}'")
endforeach()
file(WRITE "${PROJECT_BINARY_DIR}/run" "${run} \"$@\"\n")
file(CHMOD "${PROJECT_BINARY_DIR}/run" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
