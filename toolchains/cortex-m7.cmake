# Cortex-M7 with double precision, run on qemu's mps2-an500.
set(board mps2-an500)
set(cpu_flags "-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake")
