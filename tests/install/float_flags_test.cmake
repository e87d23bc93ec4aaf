# What is compiled with parts of -ffast-math and then with FOVEA_FLOAT_FLAGS is the same, to the
# instruction, as without them; kernels/floats.h refuses what shows in a macro.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
set(base -std=c++17 -O2 -fno-math-errno -S "${SOURCE}/tests/install/floats.cc" "-I${SOURCE}")

# assembly(OUT FLAGS...)
function(assembly out)
  run("${CXX}" ${ARGN} ${base} -o -)
  # A compiler's notes of its flags, where it leaves any, are no code.
  string(REGEX REPLACE "\n[ \t]*[.](ident|file|section)[^\n]*" "" output "${output}")
  set(${out} "${output}" PARENT_SCOPE)
endfunction()

set(parts -ffast-math -funsafe-math-optimizations -freciprocal-math -ffinite-math-only
  -fno-signed-zeros "-fassociative-math -fno-signed-zeros -fno-trapping-math" -ffp-contract=fast)
if(GNU)
  list(APPEND parts -fsingle-precision-constant)
else()
  list(APPEND parts -fno-honor-nans)
endif()
# The machine must have an instruction for what contraction would write.
set(machine "")
if(PROCESSOR MATCHES "^(x86_64|amd64)$")
  set(machine -mfma)
endif()
assembly(plain ${machine} ${FLOAT_FLAGS})
foreach(part IN LISTS parts)
  separate_arguments(flags UNIX_COMMAND "${part}")
  assembly(alone ${machine} -ffp-contract=off ${flags})
  if(alone STREQUAL plain)
    message(FATAL_ERROR "floats.cc does not show ${part}")
  endif()
  assembly(undone ${machine} ${flags} ${FLOAT_FLAGS})
  if(NOT undone STREQUAL plain)
    message(FATAL_ERROR "FOVEA_FLOAT_FLAGS do not undo ${part}")
  endif()
endforeach()

# Where this compiler says it in a macro.
foreach(part IN LISTS parts ITEMS -Ofast)
  separate_arguments(flags UNIX_COMMAND "${part}")
  execute_process(COMMAND "${CXX}" -std=c++17 ${flags} -dM -E -x c++ /dev/null OUTPUT_VARIABLE macros)
  set(compile "${CXX}" -std=c++17 ${flags} -fsyntax-only "-I${SOURCE}"
    "${SOURCE}/kernels/scratch.cc")
  if(macros MATCHES "__(FAST_MATH|ASSOCIATIVE_MATH|RECIPROCAL_MATH|NO_SIGNED_ZEROS)__ |FINITE_MATH_ONLY__ 1")
    refused("defined bit by bit" ${compile})
  else()
    message(STATUS "${part} shows in no macro")
    run(${compile})
  endif()
endforeach()
if(PROCESSOR MATCHES "^(x86_64|amd64)$" AND GNU)
  refused("defined bit by bit" "${CXX}" -std=c++17 -mfpmath=387 -fsyntax-only "-I${SOURCE}"
    "${SOURCE}/kernels/scratch.cc")
endif()
