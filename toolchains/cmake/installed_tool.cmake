# The program `fovea` for fovea_model() of an installed package; it runs on the machine that builds.
find_program(FOVEA_HOST_TOOL fovea HINTS "${fovea_tool_folder}" NO_CMAKE_FIND_ROOT_PATH
  DOC "The program `fovea`, which converts models")

function(fovea_host_tool out)
  if(NOT FOVEA_HOST_TOOL)
    message(FATAL_ERROR "fovea_model: no program `fovea` on PATH or in the package: build it on "
      "this machine (./dev build) and set FOVEA_HOST_TOOL to it")
  endif()
  set(${out} "${FOVEA_HOST_TOOL}" PARENT_SCOPE)
endfunction()
