# fovea by add_subdirectory, in a project that names no kind of build and whose flags would change
# bits: the right bits all the same, and about the speed of a Release build. One row compiles soonest: the
# portable one, in which flags would change most.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

run("${TOOL}" convert "${SOURCE}/examples/digits" -o "${work}/digits.fovea")
configure("${SOURCE}/tests/install/consumer" "${work}/sub" -DMORE_LANGUAGES=CXX
  "-DFOVEA=${SOURCE}" "-DCMAKE_CXX_FLAGS=-ffast-math -ffp-contract=fast" -DCMAKE_BUILD_TYPE=
  -DFOVEA_SINGLE_ISA=portable)
build("${work}/sub")
run("${work}/sub/pool")

# Nothing but the libraries is made or installed.
file(STRINGS "${work}/sub/CMakeCache.txt" options
  REGEX "^FOVEA_(BUILD_[A-Z]*|INSTALL|WERROR|FUZZ|FREESTANDING):")
if(options MATCHES "=ON")
  message(FATAL_ERROR "options of a part of another project: ${options}")
endif()

# The same program with the libraries of this build. Interleaved, and the shortest times compared:
# a machine may be busy.
install_to("${work}/prefix")
configure("${SOURCE}/tests/install/consumer" "${work}/package" -DMORE_LANGUAGES=CXX
  "-DCMAKE_PREFIX_PATH=${work}/prefix" -DCMAKE_BUILD_TYPE=Release)
build("${work}/package" --target digits)
foreach(where sub package)
  set(shortest_${where} 999999999)
endforeach()
foreach(try RANGE 4)
  foreach(where sub package)
    run("${CMAKE_COMMAND}" -E env FOVEA_ISA=portable "${work}/${where}/digits" "${work}/digits.fovea")
    string(REGEX MATCH "([a-z0-9]+) ([0-9]+)" words "${output}")
    set(row_${where} ${CMAKE_MATCH_1})
    if(CMAKE_MATCH_2 LESS shortest_${where})
      set(shortest_${where} ${CMAKE_MATCH_2})
    endif()
  endforeach()
endforeach()
message(STATUS "digits: ${shortest_sub} ns in a project, ${shortest_package} ns installed")
if(NOT row_sub STREQUAL row_package)
  message(FATAL_ERROR "row ${row_sub} in a project, ${row_package} installed")
endif()
math(EXPR most "${shortest_package} * 3 / 2")
if(shortest_sub GREATER most)
  message(FATAL_ERROR "slow: more than ${most} ns")
endif()
