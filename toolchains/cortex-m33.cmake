# Cortex-M33, run on qemu's mps2-an505.
set(board mps2-an505)
set(cpu_flags "-mcpu=cortex-m33 -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake")
