# cmake -DBUILD= -DSOURCE= -DTOOL= ... -P: installs the build, builds examples/edge against it, and
# compares what its programs print. Also: README.md shows the programs as they are.
set(work "${BUILD}/tests/install/work")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: exit code ${code}\n${out}${err}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

function(expect text)
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "expected ${text}, got: ${output}")
  endif()
endfunction()

file(READ "${SOURCE}/README.md" readme)
foreach(name translate.cc arena.c)
  file(READ "${SOURCE}/examples/edge/${name}" program)
  string(FIND "${readme}" "${program}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "README.md does not show examples/edge/${name} as it is")
  endif()
endforeach()

file(REMOVE_RECURSE "${work}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${work}/prefix")
set(flags "")
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
endif()
run("${CMAKE_COMMAND}" -S "${SOURCE}/examples/edge" -B "${work}/edge" -G "${GENERATOR}"
  "-DCMAKE_PREFIX_PATH=${work}/prefix" "-DCMAKE_C_COMPILER=${CC}" "-DCMAKE_CXX_COMPILER=${CXX}"
  "-DCMAKE_C_FLAGS=${flags}" "-DCMAKE_CXX_FLAGS=${flags}")
run("${CMAKE_COMMAND}" --build "${work}/edge")

run("${TOOL}" convert "${SOURCE}/examples/dates" -o "${work}/dates.fovea")
run("${work}/edge/translate" "${work}/dates.fovea" "le 14 juillet 1789")
expect("^1789-07-14\n$")
run("${work}/edge/arena" "${work}/dates.fovea")
expect("^[0-9]+ bytes, the right bits")
