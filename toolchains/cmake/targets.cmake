# How targets of this project are made. Paths are relative to the calling CMakeLists.txt; files
# include each other by their path from the project's root ("kernels/kernels.h").

function(fovea_library_flags target)
  target_compile_features(${target} PRIVATE cxx_std_17)
  target_compile_options(${target} PRIVATE ${FOVEA_LIBRARY_FLAGS})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  if(FOVEA_FREESTANDING)
    target_compile_definitions(${target} PRIVATE FOVEA_FREESTANDING=1)
  endif()
endfunction()

# fovea_library(fovea_NAME SOURCES ... [HEADERS include/...] [LINK libraries of this project]
#               [USES headers-only dependencies: xsimd, flatbuffers, schema])
# A static library, installed and exported as fovea::NAME. HEADERS lie under include/ and are
# installed; USES is seen by the library itself only. With BUILD_SHARED_LIBS the static library
# serves this build alone, whose programs look behind the C ABI, and fovea_shared makes fovea::NAME.
function(fovea_library target)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;LINK;USES" ${ARGN})
  add_library(${target} STATIC ${arg_SOURCES})
  fovea_library_flags(${target})
  if(NOT BUILD_SHARED_LIBS)
    fovea_export(${target} ${target})
  endif()
  if(arg_HEADERS)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  endif()
  target_link_libraries(${target} PUBLIC ${arg_LINK})
  foreach(name IN LISTS arg_USES)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:fovea_${name}>)
  endforeach()
  if(FOVEA_INSTALL AND NOT BUILD_SHARED_LIBS)
    install(TARGETS ${target} EXPORT fovea_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endfunction()

# fovea_export(TARGET NAME): TARGET is fovea::runtime where NAME is fovea_runtime.
function(fovea_export target name)
  string(REGEX REPLACE "^fovea_" "" short ${name})
  add_library(fovea::${short} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${short})
endfunction()

# fovea_shared(fovea_NAME HEADERS ... [LINK public libraries] [INSIDE static libraries]): with
# BUILD_SHARED_LIBS, the shared library of what fovea_library made. INSIDE become part of it. It
# exports functions of the C ABI and nothing else.
function(fovea_shared name)
  if(NOT BUILD_SHARED_LIBS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "HEADERS;LINK;INSIDE" ${ARGN})
  set(target ${name}_shared)
  add_library(${target} SHARED $<TARGET_OBJECTS:${name}>)
  fovea_export(${target} ${name})
  # Before 1.0 every minor version may break its users.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  target_link_libraries(${target} PUBLIC ${arg_LINK})
  foreach(inside IN LISTS arg_INSIDE)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${inside}>)
  endforeach()
  if(NOT APPLE AND NOT WIN32)  # elsewhere, hidden visibility has to do
    set(script "${PROJECT_SOURCE_DIR}/toolchains/exports.map")
    target_link_options(${target} PRIVATE "-Wl,--version-script=${script}")
    set_property(TARGET ${target} PROPERTY LINK_DEPENDS "${script}")
  endif()
  if(FOVEA_INSTALL)
    install(TARGETS ${target} EXPORT fovea_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endfunction()

# fovea_program(NAME SOURCES ... [LINK targets]): an executable in C++20; on a board, an image
# with the board's startup code.
function(fovea_program target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE ${FOVEA_PROGRAM_FLAGS})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_LINK})
  if(FOVEA_BOARD)
    target_link_libraries(${target} PRIVATE fovea_board)
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
  endif()
  if(FOVEA_FREESTANDING)
    target_compile_definitions(${target} PRIVATE FOVEA_FREESTANDING=1)
  endif()
endfunction()

# fovea_unity(TARGET): eight files of a folder are compiled as one, which takes half of the time, so
# no two files of a folder define the same name. The runtime's operators do: each has its `check`.
function(fovea_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${FOVEA_UNITY} UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  foreach(source IN LISTS sources)
    get_filename_component(folder "${source}" DIRECTORY)
    string(MAKE_C_IDENTIFIER "in_${folder}" folder)
    math(EXPR unit "${${folder}} + 0")
    math(EXPR ${folder} "${unit} + 1")
    math(EXPR unit "${unit} / 8")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP ${folder}_${unit})
  endforeach()
endfunction()

# fovea_ctest(NAME COMMAND target [ARGS ...] [LABELS ...] [TIMEOUT seconds]): a program as a
# test. Exit code 77 means skipped; the label data marks what needs ../shared/data.
function(fovea_ctest name)
  cmake_parse_arguments(arg "" "TIMEOUT" "COMMAND;ARGS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND} ${arg_ARGS}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${arg_TIMEOUT}
    LABELS "${arg_LABELS}")
endfunction()

# fovea_test(NAME SOURCES ... [LINK targets] [LABELS ...] [TIMEOUT seconds]): a doctest program.
# Boards without a system have no doctest: there it does nothing.
function(fovea_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(FOVEA_FREESTANDING)
    return()
  endif()
  fovea_program(${name} SOURCES ${arg_SOURCES} LINK fovea_test_support ${arg_LINK})
  fovea_unity(${name})
  target_precompile_headers(${name} REUSE_FROM fovea_test_support)
  set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER "")  # as for fovea_tools
  fovea_ctest(${name} COMMAND ${name} LABELS ${arg_LABELS} TIMEOUT ${arg_TIMEOUT})
endfunction()

# fovea_sources(OUT FOLDER...): the .cc files of these folders, looked for again in each build.
function(fovea_sources out)
  list(TRANSFORM ARGN APPEND /*.cc OUTPUT_VARIABLE patterns)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" ${patterns})
  set(${out} ${files} PARENT_SCOPE)
endfunction()
