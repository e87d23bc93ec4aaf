# A program for each model, fovea_bits_MODEL; `programs` lists them.
include(models)
set(data "${PROJECT_SOURCE_DIR}/../shared/data")

# bits_model(NAME INPUT checkpoint [ARGS for convert ...] [LABELS ...] [DEPENDS files...])
function(bits_model name)
  cmake_parse_arguments(arg "" "INPUT" "ARGS;LABELS;DEPENDS" ${ARGN})
  if(NOT EXISTS "${arg_INPUT}")
    add_test(NAME bits_${name} COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: no ${arg_INPUT}")
    set_tests_properties(bits_${name} PROPERTIES SKIP_REGULAR_EXPRESSION "^SKIPPED"
      LABELS "${arg_LABELS}")
    return()
  endif()
  if(NOT TARGET fovea_model_${name})
    fovea_model(${name} INPUT "${arg_INPUT}" ARGS ${arg_ARGS} DEPENDS ${arg_DEPENDS})
  endif()
  string(TOUPPER ${name} upper)
  fovea_program(fovea_bits_${name} SOURCES model_main.cc LINK fovea_model_${name} fovea_console)
  target_compile_definitions(fovea_bits_${name} PRIVATE "FOVEA_MODEL_HEADER=\"${name}.h\""
    "FOVEA_MODEL_NAME=\"${name}\"" FOVEA_MODEL_ARENA=${upper}_ARENA_BYTES
    FOVEA_MODEL_OPEN=${name}_open)
  fovea_ctest(bits_${name} COMMAND fovea_bits_${name} LABELS ${arg_LABELS})
  set(programs ${programs} fovea_bits_${name} PARENT_SCOPE)
endfunction()

set(examples "${PROJECT_SOURCE_DIR}/examples")
foreach(name digits dates)
  set(folder "${examples}/${name}")
  bits_model(${name} INPUT "${folder}"
    DEPENDS "${folder}/config.json" "${folder}/model.safetensors")
endforeach()
bits_model(digits_int8 INPUT "${examples}/digits" ARGS --weights int8
  DEPENDS "${examples}/digits/config.json" "${examples}/digits/model.safetensors")
# Small models that together have nearly every operator, for instruction sets called directly as well.
foreach(family chronos-bolt-1 clip-2 deberta-v2-3 esm-1 gemma2-1 layoutlm-1 mixtral-1 segformer-4 swin-1
    whisper-4)
  string(REPLACE - _ name ${family})
  set(folder "${PROJECT_SOURCE_DIR}/tests/families/folders/${family}")
  bits_model(${name} INPUT "${folder}"
    DEPENDS "${folder}/config.json" "${folder}/model.safetensors")
endforeach()
# Those of whose operators some make the codes of what they gather.
foreach(family mixtral-1 segformer-4 whisper-4)
  foreach(format int8 int4 uint4)
    string(REPLACE - _ name ${family}_${format})
    set(folder "${PROJECT_SOURCE_DIR}/tests/families/folders/${family}")
    bits_model(${name} INPUT "${folder}" ARGS --weights ${format}
      DEPENDS "${folder}/config.json" "${folder}/model.safetensors")
  endforeach()
endforeach()
bits_model(stories INPUT "${data}/stories260K/stories260K.bin" LABELS data
  ARGS --tokenizer "${data}/stories260K/tok512.bin" --max tokens=256)
foreach(format f32 int8 int4)
  string(REPLACE _f32 "" name kwt1_${format})
  bits_model(${name} INPUT "${data}/kwt1" LABELS data ARGS --weights ${format}
    DEPENDS "${data}/kwt1/config.json" "${data}/kwt1/kwt1.safetensors")
endforeach()
