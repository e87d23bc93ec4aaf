# cmake -DOUT= -DROOT= -DSCHEMA= -DFLATBUFFERS= -DNM= -DOBJECTS=a;b -P embed.cmake: writes a C++ file
# with the sources of the runtime and of its kernels, for `fovea firmware --sources`, and what each source
# file of the runtime defines and asks of others, as its object says.
cmake_minimum_required(VERSION 3.25)
set(text "// Made by embed.cmake.\n\n#include \"tools/firmware/embedded.h\"\n\n")
string(APPEND text "using namespace std::string_view_literals;\n\n")
string(APPEND text "namespace fovea::tools {\nnamespace {\n\nconstexpr EmbeddedFile kFiles[] = {\n")
file(WRITE "${OUT}" "${text}")

# NAME as others include it; its text, which ends no raw string; symbols.
function(embed name path defines uses)
  file(READ "${path}" content)
  file(APPEND "${OUT}" "    {\"${name}\"sv, \"${defines}\"sv, \"${uses}\"sv, R\"source(" "${content}"
    ")source\"sv},\n")
endfunction()

foreach(object IN LISTS OBJECTS)
  string(REGEX REPLACE "^.*fovea_runtime\\.dir/(\\./)?(.*)\\.(o|obj)$" "runtime/\\2" name "${object}")
  execute_process(COMMAND "${NM}" -P -g "${object}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n ]+ [TRDB] " defines "${symbols}")
  string(REGEX MATCHALL "[^\n ]+ U( |\n)" uses "${symbols}")
  list(TRANSFORM defines REPLACE " .*" "")
  list(TRANSFORM uses REPLACE " .*" "")
  list(FILTER uses INCLUDE REGEX "fovea")
  list(JOIN defines " " defines)
  list(JOIN uses " " uses)
  embed("${name}" "${ROOT}/${name}" "${defines}" "${uses}")
endforeach()

file(GLOB files RELATIVE "${ROOT}" "${ROOT}/kernels/*.cc" "${ROOT}/kernels/*.h" "${ROOT}/kernels/*.inc"
  "${ROOT}/kernels/impl/*.h" "${ROOT}/kernels/isa/*.cc" "${ROOT}/runtime/*.h" "${ROOT}/runtime/*.inc"
  "${ROOT}/runtime/operators/*.h" "${ROOT}/runtime/text/*.h")
foreach(file IN LISTS files)
  embed("${file}" "${ROOT}/${file}" "" "")
endforeach()
foreach(header beams.hpp fovea.h fovea.hpp result.hpp run_within.h sampler.hpp text.h text.hpp trusted.h)
  embed("fovea/${header}" "${ROOT}/runtime/include/fovea/${header}" "" "")
endforeach()
embed(LICENSE "${ROOT}/LICENSE" "" "")
embed(model_generated.h "${SCHEMA}" "" "")

# Of FlatBuffers the headers that the schema's includes.
set(found flatbuffers/flatbuffers.h)
while(found)
  list(POP_FRONT found header)
  list(APPEND done "${header}")
  embed("${header}" "${FLATBUFFERS}/${header}" "" "")
  file(STRINGS "${FLATBUFFERS}/${header}" includes REGEX "^#include \"flatbuffers/")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" include "${include}")
    if(NOT include IN_LIST done AND NOT include IN_LIST found)
      list(APPEND found "${include}")
    endif()
  endforeach()
endwhile()

file(APPEND "${OUT}" "};\n\n}  // namespace\n\nstd::span<const EmbeddedFile> embedded_files() {\n")
file(APPEND "${OUT}" "  return kFiles;\n}\n\n}  // namespace fovea::tools\n")
