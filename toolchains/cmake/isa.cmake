# The rows: one per instruction set, each with the flags of its one file, kernels/isa/ROW.cc.

set(FOVEA_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd
  -mfma -mf16c -mavx2
  # gcc's own avx512fintrin.h starts from values that it leaves undefined on purpose.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
set(FOVEA_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c)
set(FOVEA_ISA_FLAGS_neon)      # part of every AArch64
set(FOVEA_ISA_FLAGS_neon32 -mfpu=neon-vfpv4)
set(FOVEA_ISA_FLAGS_portable)  # whatever the compiler assumes anyway

if(fovea_processor MATCHES "^(x86_64|amd64)$")
  set(FOVEA_ROWS avx512 avx2 portable)
elseif(fovea_processor MATCHES "^(aarch64|arm64)$")
  set(FOVEA_ROWS neon portable)
else()
  set(FOVEA_ROWS portable)
endif()

if(FOVEA_SINGLE_ISA)
  if(NOT FOVEA_SINGLE_ISA IN_LIST FOVEA_ROWS)
    message(FATAL_ERROR "FOVEA_SINGLE_ISA=${FOVEA_SINGLE_ISA}: no row of that name for "
      "${CMAKE_SYSTEM_PROCESSOR}, which has: ${FOVEA_ROWS}")
  endif()
  set(FOVEA_ROWS ${FOVEA_SINGLE_ISA})
endif()
if(FOVEA_ARMV7_NEON)
  if(FOVEA_SINGLE_ISA OR NOT fovea_processor MATCHES "^arm(v7|v8|$)")
    message(FATAL_ERROR "FOVEA_ARMV7_NEON: for 32-bit Arm, beside other rows")
  endif()
  list(APPEND FOVEA_ROWS neon32)
endif()

# fovea_kernel_rows(TARGET): compiles isa/ROW.cc once for each row and puts the objects into
# TARGET. TARGET and whatever links it inside this build see FOVEA_ROW_AVX512=1 and the like,
# and FOVEA_SINGLE_ISA=row in a single-row build.
function(fovea_kernel_rows target)
  foreach(row IN LISTS FOVEA_ROWS)
    add_library(${target}_${row} OBJECT isa/${row}.cc)
    fovea_library_flags(${target}_${row})
    target_compile_options(${target}_${row} PRIVATE ${FOVEA_ISA_FLAGS_${row}})
    target_link_libraries(${target}_${row} PRIVATE fovea_xsimd)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${row}>)
    string(TOUPPER ${row} upper)
    set(definition $<BUILD_INTERFACE:FOVEA_ROW_${upper}=1>)
    target_compile_definitions(${target} PUBLIC ${definition})
  endforeach()
  foreach(row IN LISTS FOVEA_ROWS)
    target_compile_definitions(${target}_${row} PRIVATE
      $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
  endforeach()
  if(FOVEA_SINGLE_ISA)
    target_compile_definitions(${target} PUBLIC
      $<BUILD_INTERFACE:FOVEA_SINGLE_ISA=${FOVEA_SINGLE_ISA}>)
  endif()
endfunction()
