# BUILD_SHARED_LIBS: what the libraries show is the C ABI and nothing else; a project in C links them.
# One row is enough for that, and compiles soonest.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

configure("${SOURCE}" "${work}/build" -DBUILD_SHARED_LIBS=ON -DFOVEA_SINGLE_ISA=portable
  -DFOVEA_BUILD_TOOLS=OFF -DFOVEA_BUILD_TESTS=OFF -DFOVEA_BUILD_EXAMPLES=OFF
  "-DCMAKE_INSTALL_PREFIX=${work}/prefix" -DCMAKE_INSTALL_LIBDIR=lib)
build("${work}/build" --target install)

file(GLOB static "${work}/prefix/lib/*.a")
if(static)
  message(FATAL_ERROR "static libraries were installed too: ${static}")
endif()
foreach(pair "runtime fovea_open" "threads fovea_threads_create")
  string(REGEX MATCH "(.*) (.*)" words "${pair}")
  set(library ${CMAKE_MATCH_1})
  set(wanted ${CMAKE_MATCH_2})
  set(file "${work}/prefix/lib/libfovea_${library}.so")
  run("${NM}" -D --defined-only --format=posix "${file}")
  if(NOT output MATCHES "(^|\n)${wanted} ")
    message(FATAL_ERROR "${file} lacks ${wanted}: ${output}")
  endif()
  string(REGEX REPLACE "(^|\n)fovea_[a-z0-9_]+ [A-Z][^\n]*" "" rest "${output}")
  if(rest MATCHES "[a-zA-Z]")
    message(FATAL_ERROR "${file} shows more than the C ABI: ${rest}")
  endif()
  if(NOT EXISTS "${file}.0.1")
    message(FATAL_ERROR "no ${file}.0.1, the name that programs look for")
  endif()
endforeach()

configure("${SOURCE}/tests/install/consumer" "${work}/c" "-DCMAKE_PREFIX_PATH=${work}/prefix")
build("${work}/c")
run("${work}/c/pool")
run("${TOOL}" convert "${SOURCE}/examples/digits" -o "${work}/digits.fovea")
run("${work}/c/digits" "${work}/digits.fovea")
expect("^portable ")
refused("fovea_model.stranger.*BUILD_SHARED_LIBS=OFF" "${CMAKE_COMMAND}"
  -S "${SOURCE}/tests/install/consumer" -B "${work}/inside" -G "${GENERATOR}"
  "-DCMAKE_PREFIX_PATH=${work}/prefix" "-DMODEL=${SOURCE}/examples/digits")
