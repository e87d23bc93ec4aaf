# The program `fovea` on the machine that builds: the target of this build, or, in a build for
# another machine, that of the preset dev, brought up to date. FOVEA_HOST_TOOL names a ready one.
set(FOVEA_HOST_TOOL "" CACHE FILEPATH "A ready `fovea` program for cross builds; empty: build one")

# fovea_host_tool(OUT): the command. Custom commands depend on it.
function(fovea_host_tool out)
  if(FOVEA_HOST_TOOL)
    set(${out} "${FOVEA_HOST_TOOL}" PARENT_SCOPE)
  elseif(TARGET fovea AND NOT CMAKE_CROSSCOMPILING)
    set(${out} "$<TARGET_FILE:fovea>" PARENT_SCOPE)
  else()
    get_filename_component(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.." ABSOLUTE)
    set(host "${root}/build/dev")
    if(NOT TARGET fovea_host_tool)
      add_custom_target(fovea_host_tool
        COMMAND "${CMAKE_COMMAND}" -E env --unset=CXX --unset=CC
          sh -c "test -f build/dev/build.ninja || cmake --preset dev && cmake --build build/dev --target fovea"
        WORKING_DIRECTORY "${root}"
        BYPRODUCTS "${host}/tools/fovea" USES_TERMINAL VERBATIM
        COMMENT "Bringing the host's fovea up to date")
    endif()
    set(${out} "${host}/tools/fovea" PARENT_SCOPE)
  endif()
endfunction()
