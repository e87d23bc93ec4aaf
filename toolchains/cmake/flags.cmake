# Flags of everything in this project. Those of FOVEA_FLOAT_FLAGS are part of the arithmetic
# (kernels/ARITHMETIC.md): a compiler that fuses a product and a sum on its own changes bits, and so
# do the parts of -ffast-math. A user's flags stand in CMAKE_CXX_FLAGS and in the options of folders
# above, both of which come before these.
set(FOVEA_FLOAT_FLAGS -fno-fast-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # clang's first flag undoes all of these as well
  list(APPEND FOVEA_FLOAT_FLAGS -fno-unsafe-math-optimizations -fno-associative-math
    -fno-reciprocal-math -fno-finite-math-only -fsigned-zeros -ftrapping-math
    -fno-single-precision-constant)
endif()
list(APPEND FOVEA_FLOAT_FLAGS -ffp-contract=off)
# One word: CMake drops a word that it has seen, and the last of two contrary ones must stay.
list(JOIN FOVEA_FLOAT_FLAGS " " fovea_float_words)

set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(FOVEA_BOARD OR CMAKE_SYSTEM_NAME STREQUAL Generic)
  set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
endif()

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
  endif()
  # CMake's own default is -O3, which makes the code larger and was not measured to be faster.
  foreach(language C CXX)
    if(CMAKE_${language}_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
      set(CMAKE_${language}_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "Release flags" FORCE)
    endif()
  endforeach()
  find_program(FOVEA_CCACHE ccache)
  mark_as_advanced(FOVEA_CCACHE)
  if(FOVEA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${FOVEA_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${FOVEA_CCACHE}")
  endif()
endif()

# A project above that names no kind of build gets an optimised library all the same.
if(NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
  add_compile_options($<$<STREQUAL:$<CONFIG>,>:-O2>)
endif()

if(FOVEA_COMPACT)
  add_compile_options(-Os)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

add_compile_options(-Wall -Wextra
  "$<$<COMPILE_LANGUAGE:C,CXX>:SHELL:${fovea_float_words}>")
if(FOVEA_WERROR)
  add_compile_options(-Werror)
endif()
if(FOVEA_SANITIZE)
  add_compile_options(-fsanitize=${FOVEA_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FOVEA_SANITIZE})
  # With these gcc 12 takes what follows a FlatBuffers table, an empty class, for out of bounds.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-stringop-overread)
  endif()
endif()
# For what reads bytes that anyone wrote: the runtime and the tools. A fuzz target follows them alone.
set(FOVEA_COVERAGE_FLAGS)
if(FOVEA_FUZZ)
  set(FOVEA_COVERAGE_FLAGS -fsanitize=fuzzer-no-link)
endif()

# What the libraries add, so that firmware can take them.
set(FOVEA_LIBRARY_FLAGS -ffunction-sections -fdata-sections
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>)

# gcc 12 warns wrongly about std::string and std::vector once C++20 inlines them (gcc bug 105329).
set(FOVEA_PROGRAM_FLAGS)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(FOVEA_PROGRAM_FLAGS -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread)
endif()
