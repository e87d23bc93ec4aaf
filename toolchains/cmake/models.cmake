# Models as libraries: converted by the host's tool, written as C source by `fovea firmware`. Part of
# the installed package too.
include("${CMAKE_CURRENT_LIST_DIR}/host_tool.cmake")

# fovea_model(NAME INPUT checkpoint [TRUSTED] [ARGS for convert ...] [DEPENDS files...]): a target
# fovea_model_NAME with the model's bytes, its operators and, for #include, NAME.h. A program that
# links it contains the code of these operators and of no others. TRUSTED: nor of the header's checks,
# which were made here; the program takes the model by its checksum.
function(fovea_model name)
  cmake_parse_arguments(arg "TRUSTED" "INPUT" "ARGS;DEPENDS" ${ARGN})
  get_filename_component(arg_INPUT "${arg_INPUT}" ABSOLUTE)
  get_target_property(runtime_type fovea::runtime TYPE)
  if(runtime_type STREQUAL SHARED_LIBRARY)
    message(FATAL_ERROR "fovea_model(${name}): it chooses operators, which only static libraries "
      "show: build fovea with BUILD_SHARED_LIBS=OFF, or load the model from its file")
  endif()
  fovea_host_tool(tool)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}.fovea")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/model_${name}")
  # The assembler knows ELF files only, and a project may not have named the language ASM: there the
  # bytes are a C array.
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(form array)
  set(bytes "${folder}/${name}_model.c")
  if(ASM IN_LIST languages AND NOT CMAKE_SYSTEM_PROCESSOR STREQUAL wasm32 AND NOT APPLE AND
      NOT WIN32)
    set(form assembly)
    set(bytes "${folder}/${name}_model.S")
  endif()
  set(depends ${arg_DEPENDS})
  set(trusted)
  if(arg_TRUSTED)
    set(trusted --trusted)
  endif()
  if(NOT IS_DIRECTORY "${arg_INPUT}")
    list(APPEND depends "${arg_INPUT}")
  endif()
  add_custom_command(
    OUTPUT "${file}" "${folder}/${name}.h" "${folder}/${name}_operators.c" "${bytes}"
    COMMAND "${tool}" convert --quiet "${arg_INPUT}" -o "${file}" ${arg_ARGS}
    COMMAND "${tool}" firmware "${file}" -o "${folder}" --name ${name} --form ${form}
      ${trusted}
    DEPENDS "${tool}" ${depends} COMMENT "Converting ${name}" VERBATIM)
  add_library(fovea_model_${name} STATIC "${bytes}" "${folder}/${name}_operators.c"
    "${folder}/${name}.h")
  set_target_properties(fovea_model_${name} PROPERTIES FOVEA_MODEL_FILE "${file}")
  target_include_directories(fovea_model_${name} PUBLIC "${folder}")
  target_compile_options(fovea_model_${name} PRIVATE $<$<COMPILE_LANGUAGE:C>:-fdata-sections>)
  target_link_libraries(fovea_model_${name} PUBLIC fovea::runtime)
  set_property(SOURCE "${bytes}" PROPERTY OBJECT_DEPENDS "${file}")
endfunction()
