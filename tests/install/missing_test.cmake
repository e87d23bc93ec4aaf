# Without a network, one message names all that is missing and what to do, without a stack of calls.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
set(configure "${CMAKE_COMMAND}" -S "${SOURCE}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${CXX}"
  "-DCMAKE_C_COMPILER=${CC}" -DFOVEA_XSIMD_INCLUDE=/nowhere -DFOVEA_FLATBUFFERS_INCLUDE=/nowhere
  -DFOVEA_DOCTEST_INCLUDE=/nowhere -DFOVEA_FMT_INCLUDE=/nowhere)
set(names "missing: xsimd 13.2 .FETCHCONTENT_SOURCE_DIR_XSIMD.,.*flatbuffers.*doctest.*fmt")
set(packages "libxsimd-dev libflatbuffers-dev doctest-dev libfmt-dev flatbuffers-compiler")

refused("${names}.*${packages}.*CMAKE_PREFIX_PATH" ${configure} -B "${work}/disconnected"
  -DFETCHCONTENT_FULLY_DISCONNECTED=ON)
if(output MATCHES "Call Stack|Fetching failed|missing.*missing")
  message(FATAL_ERROR "too much: ${output}")
endif()

# A proxy that nobody is: one try, not four.
set(ENV{https_proxy} http://127.0.0.1:9)
set(ENV{all_proxy} http://127.0.0.1:9)
refused("${names}.*${packages}.*Fetching failed: " ${configure} -B "${work}/offline")
if(output MATCHES "Call Stack|fatal.*fatal")
  message(FATAL_ERROR "too much: ${output}")
endif()

# A source tree of one's own is taken.
file(MAKE_DIRECTORY "${work}/own/include/xsimd")
file(TOUCH "${work}/own/include/xsimd/xsimd.hpp")
refused("missing: flatbuffers" ${configure} -B "${work}/own_xsimd"
  -DFETCHCONTENT_FULLY_DISCONNECTED=ON "-DFETCHCONTENT_SOURCE_DIR_XSIMD=${work}/own")
