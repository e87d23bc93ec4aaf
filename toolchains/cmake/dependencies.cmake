# Libraries that come from outside. All but utf8proc are taken as headers: from .deps (filled by ./dev), the
# machine or CMAKE_PREFIX_PATH when new enough, else from a pinned upstream release. To use a
# source tree of one's own (no network), set FETCHCONTENT_SOURCE_DIR_XSIMD and the like. What is
# nowhere to be found is collected in fovea_missing, and named in one message at the end.
#
# Headers are reached through a link in the build folder, because /usr/include as a whole must
# not be seen by a cross compiler.

include(FetchContent)
list(APPEND CMAKE_PREFIX_PATH "${PROJECT_SOURCE_DIR}/.deps/usr")
set(fovea_missing)
set(fovea_missing_packages)
set(fovea_fetch_error "")

# fovea_headers_version(OUT FILE PREFIX): 13.2 from "#define PREFIX_MAJOR 13" and PREFIX_MINOR.
function(fovea_headers_version out file prefix)
  file(STRINGS "${file}" lines REGEX "#define +${prefix}_(MAJOR|MINOR) ")
  string(REGEX REPLACE ".*_MAJOR +([0-9]+).*_MINOR +([0-9]+).*" "\\1.\\2" version "${lines}")
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# fovea_clone(NAME URL TAG): into FETCHCONTENT_BASE_DIR, without a word. Where there is no network,
# the first failure is enough to know.
function(fovea_clone name url tag)
  set(folder "${FETCHCONTENT_BASE_DIR}/${name}-src")
  if(NOT EXISTS "${folder}" AND NOT FETCHCONTENT_FULLY_DISCONNECTED AND NOT fovea_fetch_error)
    message(STATUS "${name}: taking the pinned release ${tag}")
    find_package(Git QUIET)
    file(REMOVE_RECURSE "${folder}.part")
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env GIT_TERMINAL_PROMPT=0 "${GIT_EXECUTABLE}"
      -c advice.detachedHead=false -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=20
      clone --quiet --depth 1 --branch "${tag}" "${url}" "${folder}.part"
      TIMEOUT 300 RESULT_VARIABLE code OUTPUT_QUIET ERROR_VARIABLE error)
    if(code EQUAL 0)
      file(RENAME "${folder}.part" "${folder}")
    else()
      string(REGEX REPLACE ".*\n([^\n]+)\n*$" "\\1" error "${code} ${error}")
      set(fovea_fetch_error "${error}" PARENT_SCOPE)
    endif()
  endif()
  if(EXISTS "${folder}")
    set(${name}_SOURCE_DIR "${folder}" PARENT_SCOPE)
  endif()
endfunction()

# fovea_headers(NAME HEADER dir/file.h PACKAGE of-debian GIT url TAG tag [SUBDIR include]
#               [VERSION_FILE file VERSION_PREFIX prefix MINIMUM version])
# defines the target fovea_NAME and, when the sources were fetched, NAME_SOURCE_DIR.
macro(fovea_headers name)
  cmake_parse_arguments(arg ""
    "HEADER;PACKAGE;GIT;TAG;SUBDIR;VERSION_FILE;VERSION_PREFIX;MINIMUM" "" ${ARGN})
  string(TOUPPER ${name} upper)
  set(include NOTFOUND)
  if(NOT FETCHCONTENT_SOURCE_DIR_${upper})
    find_path(FOVEA_${upper}_INCLUDE ${arg_HEADER} HINTS "${PROJECT_SOURCE_DIR}/.deps/usr/include"
      PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
    mark_as_advanced(FOVEA_${upper}_INCLUDE)
    if(EXISTS "${FOVEA_${upper}_INCLUDE}/${arg_HEADER}")
      set(include "${FOVEA_${upper}_INCLUDE}")
    endif()
    if(include AND arg_MINIMUM)
      fovea_headers_version(version "${include}/${arg_VERSION_FILE}" ${arg_VERSION_PREFIX})
      if(version VERSION_LESS arg_MINIMUM)
        message(STATUS "${name} ${version} in ${include} is older than ${arg_MINIMUM}")
        unset(FOVEA_${upper}_INCLUDE CACHE)
        set(include NOTFOUND)
      endif()
    endif()
  endif()
  if(NOT include)
    FetchContent_GetProperties(${name})  # a project above may have fetched it
    if(FETCHCONTENT_SOURCE_DIR_${upper})
      set(${name}_SOURCE_DIR "${FETCHCONTENT_SOURCE_DIR_${upper}}")
    elseif(NOT ${name}_POPULATED)
      fovea_clone(${name} ${arg_GIT} ${arg_TAG})
    endif()
    if(${name}_SOURCE_DIR)
      set(include "${${name}_SOURCE_DIR}/${arg_SUBDIR}")
    endif()
  endif()
  if(include)
    fovea_headers_target(${name} "${include}" ${arg_HEADER})
  else()
    string(STRIP "${name} ${arg_MINIMUM}" version)
    list(APPEND fovea_missing "${version} (FETCHCONTENT_SOURCE_DIR_${upper})")
    list(APPEND fovea_missing_packages ${arg_PACKAGE})
  endif()
endmacro()

function(fovea_headers_target name include header)
  if(NOT EXISTS "${include}/${header}")
    message(FATAL_ERROR "${name}: ${include} has no ${header}")
  endif()
  string(REGEX REPLACE "/.*" "" top ${header})
  set(links "${PROJECT_BINARY_DIR}/dependencies/${name}")
  file(MAKE_DIRECTORY "${links}")
  file(REMOVE "${links}/${top}")
  file(CREATE_LINK "${include}/${top}" "${links}/${top}" SYMBOLIC)
  add_library(fovea_${name} INTERFACE)
  target_include_directories(fovea_${name} SYSTEM INTERFACE "${links}")
endfunction()

fovea_headers(xsimd HEADER xsimd/xsimd.hpp PACKAGE libxsimd-dev MINIMUM 13.2
  VERSION_FILE xsimd/config/xsimd_config.hpp VERSION_PREFIX XSIMD_VERSION
  GIT https://github.com/xtensor-stack/xsimd.git TAG 13.2.0 SUBDIR include)

fovea_headers(flatbuffers HEADER flatbuffers/flatbuffers.h PACKAGE libflatbuffers-dev MINIMUM 2.0
  VERSION_FILE flatbuffers/base.h VERSION_PREFIX FLATBUFFERS_VERSION
  GIT https://github.com/google/flatbuffers.git TAG v23.5.26 SUBDIR include)
if(TARGET fovea_flatbuffers)
  # The default of 32 makes the builder assert on force_align: 64.
  target_compile_definitions(fovea_flatbuffers INTERFACE FLATBUFFERS_MAX_ALIGNMENT=64)
endif()

if(FOVEA_BUILD_TESTS AND NOT FOVEA_FREESTANDING)
  fovea_headers(doctest HEADER doctest/doctest.h PACKAGE doctest-dev
    GIT https://github.com/doctest/doctest.git TAG v2.4.11)
endif()

if((FOVEA_BUILD_TOOLS OR FOVEA_BUILD_TESTS) AND NOT FOVEA_FREESTANDING)
  fovea_headers(json HEADER nlohmann/json.hpp PACKAGE nlohmann-json3-dev
    GIT https://github.com/nlohmann/json.git TAG v3.11.3 SUBDIR include)
endif()

if(FOVEA_BUILD_TOOLS AND NOT FOVEA_FREESTANDING)
  fovea_headers(cli11 HEADER CLI/CLI.hpp PACKAGE libcli11-dev
    GIT https://github.com/CLIUtils/CLI11.git TAG v2.4.1 SUBDIR include)
  fovea_headers(fmt HEADER fmt/core.h PACKAGE libfmt-dev
    GIT https://github.com/fmtlib/fmt.git TAG 10.1.1 SUBDIR include)
  # The library beside the machine's own headers, where there is one: compiling fmt's code again
  # in every file takes four times as long.
  find_library(FOVEA_FMT_LIBRARY fmt)
  mark_as_advanced(FOVEA_FMT_LIBRARY)
  if(NOT TARGET fovea_fmt)
    # missing: said at the end
  elseif(FOVEA_FMT_LIBRARY AND FOVEA_FMT_INCLUDE AND NOT CMAKE_CROSSCOMPILING)
    target_link_libraries(fovea_fmt INTERFACE "${FOVEA_FMT_LIBRARY}")
  else()
    target_compile_definitions(fovea_fmt INTERFACE FMT_HEADER_ONLY)
  endif()
  # What characters are: the machine's library, else the one source file of a pinned release.
  find_path(FOVEA_UTF8PROC_INCLUDE utf8proc.h)
  find_library(FOVEA_UTF8PROC_LIBRARY utf8proc)
  mark_as_advanced(FOVEA_UTF8PROC_INCLUDE FOVEA_UTF8PROC_LIBRARY)
  if(FOVEA_UTF8PROC_INCLUDE AND FOVEA_UTF8PROC_LIBRARY)
    add_library(fovea_utf8proc INTERFACE)
    target_include_directories(fovea_utf8proc SYSTEM INTERFACE "${FOVEA_UTF8PROC_INCLUDE}")
    target_link_libraries(fovea_utf8proc INTERFACE "${FOVEA_UTF8PROC_LIBRARY}")
  else()
    set(utf8proc_SOURCE_DIR "${FETCHCONTENT_SOURCE_DIR_UTF8PROC}")
    if(NOT utf8proc_SOURCE_DIR)
      fovea_clone(utf8proc https://github.com/JuliaStrings/utf8proc.git v2.8.0)
    endif()
    if(utf8proc_SOURCE_DIR)
      add_library(fovea_utf8proc STATIC "${utf8proc_SOURCE_DIR}/utf8proc.c")
      target_include_directories(fovea_utf8proc SYSTEM PUBLIC "${utf8proc_SOURCE_DIR}")
      target_compile_definitions(fovea_utf8proc PUBLIC UTF8PROC_STATIC)
    else()
      list(APPEND fovea_missing "utf8proc (FETCHCONTENT_SOURCE_DIR_UTF8PROC)")
      list(APPEND fovea_missing_packages libutf8proc-dev)
    endif()
  endif()
endif()

# flatc must be of the same version as the headers. It runs on the machine that builds.
set(fovea_flatbuffers_version "")
if(TARGET fovea_flatbuffers)
  fovea_headers_version(fovea_flatbuffers_version
    "${PROJECT_BINARY_DIR}/dependencies/flatbuffers/flatbuffers/base.h" FLATBUFFERS_VERSION)
endif()
find_program(FOVEA_FLATC flatc NO_CMAKE_FIND_ROOT_PATH DOC "FlatBuffers' schema compiler")
set(fovea_flatc_version "not found")
if(FOVEA_FLATC)
  execute_process(COMMAND "${FOVEA_FLATC}" --version OUTPUT_VARIABLE fovea_flatc_version
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(fovea_flatbuffers_version AND
    fovea_flatc_version MATCHES "version ${fovea_flatbuffers_version}[.]")
  set(fovea_flatc "${FOVEA_FLATC}")
elseif(flatbuffers_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)
  set(FLATBUFFERS_BUILD_TESTS OFF)
  set(FLATBUFFERS_INSTALL OFF)
  set(FLATBUFFERS_BUILD_FLATHASH OFF)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # the three lines above win over its options
  add_subdirectory("${flatbuffers_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/dependencies/flatc"
    EXCLUDE_FROM_ALL)
  set(fovea_flatc flatc)
elseif(fovea_flatbuffers_version)
  list(APPEND fovea_missing "flatc ${fovea_flatbuffers_version} as FlatBuffers' headers \
(FOVEA_FLATC, now ${FOVEA_FLATC}: ${fovea_flatc_version})")
  list(APPEND fovea_missing_packages flatbuffers-compiler)
else()
  list(APPEND fovea_missing_packages flatbuffers-compiler)
endif()

# One paragraph: what, where from, and what else to set.
set(fovea_missing_text "")
if(fovea_missing)
  list(JOIN fovea_missing ", " fovea_missing_text)
  list(JOIN fovea_missing_packages " " words)
  string(PREPEND fovea_missing_text "missing: ")
  string(APPEND fovea_missing_text ". Debian has them as ${words} (Debian 12's libxsimd-dev is too \
old: ./dev build fetches a newer one); or set CMAKE_PREFIX_PATH to where they are installed, or the \
variables in parentheses to their source trees.")
  if(fovea_fetch_error)
    string(APPEND fovea_missing_text " Fetching failed: ${fovea_fetch_error}")
  endif()
endif()
