# Included by the scripts of this folder, which are run by cmake -DSOURCE= -DBUILD= ... -P.
cmake_minimum_required(VERSION 3.25)

# run(COMMAND...): its output is in `output`; a failure ends the test.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: exit code ${code}\n${out}${err}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

# refused(TEXT COMMAND...): fails, and says TEXT.
function(refused text)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  string(REGEX REPLACE "[ \n]+" " " err "${err}")
  if(code EQUAL 0 OR NOT err MATCHES "${text}")
    message(FATAL_ERROR "${ARGN}: exit code ${code}, wanted ${text}, got: ${out}${err}")
  endif()
  set(output "${err}" PARENT_SCOPE)
endfunction()

function(expect text)
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "expected ${text}, got: ${output}")
  endif()
endfunction()

# configure(SOURCE BUILD ARGS...): by the compilers and with the ccache of the build under test.
function(configure source build)
  set(flags "")
  if(SANITIZE)
    set(flags "-fsanitize=${SANITIZE}")
  endif()
  run("${CMAKE_COMMAND}" -S "${source}" -B "${build}" -G "${GENERATOR}"
    "-DCMAKE_C_COMPILER=${CC}" "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_C_FLAGS=${flags}"
    "-DCMAKE_CXX_FLAGS=${flags}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" ${ARGN})
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(build folder)
  run("${CMAKE_COMMAND}" --build "${folder}" ${ARGN})
endfunction()

# The build under test as a package.
function(install_to prefix)
  file(REMOVE_RECURSE "${prefix}")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
endfunction()

set(work "${BUILD}/tests/install/${TEST}")
file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")
