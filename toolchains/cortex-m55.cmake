# Cortex-M55 with scalar floats only: Helium's flush denormals. Run on qemu's mps3-an547.
set(board mps3-an547)
set(cpu_flags "-mcpu=cortex-m55+nomve.fp -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake")
