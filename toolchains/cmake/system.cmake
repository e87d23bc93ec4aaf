# What a system implies where a user says nothing: without one, the runtime has no threads or files,
# and one row, called directly, so that a linker drops kernels that a model does not use.

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" fovea_processor)
if(CMAKE_OSX_ARCHITECTURES MATCHES "^(arm64|x86_64)$")
  set(fovea_processor "${CMAKE_OSX_ARCHITECTURES}")
endif()

set(fovea_no_system OFF)
set(fovea_one_row "")
if(CMAKE_SYSTEM_NAME STREQUAL Generic)
  set(fovea_no_system ON)
  set(fovea_one_row portable)
  if(fovea_processor MATCHES "^(aarch64|arm64)$")
    set(fovea_one_row neon)
  endif()
  if(NOT DEFINED FOVEA_FREESTANDING AND NOT DEFINED FOVEA_SINGLE_ISA)
    message(STATUS "fovea: CMAKE_SYSTEM_NAME is Generic, so FOVEA_FREESTANDING=ON and "
      "FOVEA_SINGLE_ISA=${fovea_one_row}")
  endif()
endif()

# An image for a board of one's own needs start-up code that is not here, so only libraries are made.
set(fovea_programs ${PROJECT_IS_TOP_LEVEL})
if(fovea_no_system AND NOT FOVEA_BOARD)
  set(fovea_programs OFF)
endif()

# A C program links the static fovea::threads with these in place of a C++ compiler's own.
set(FOVEA_CXX_RUNTIME)
foreach(library IN LISTS CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
  if(library MATCHES "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")
    list(APPEND FOVEA_CXX_RUNTIME ${library})
  endif()
endforeach()
if(NOT CXX IN_LIST fovea_languages_above AND NOT PROJECT_IS_TOP_LEVEL)
  set(fovea_c_above ON)
else()
  set(fovea_c_above OFF)
endif()
