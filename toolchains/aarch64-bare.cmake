# 64-bit Arm without a system, run on qemu's virt board (Cortex-A53). No C library is linked:
# toolchains/freestanding has the few functions that compilers call.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # nothing links without a linker script
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(fovea_bare_flags "-fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${fovea_bare_flags}")
set(CMAKE_CXX_FLAGS_INIT "${fovea_bare_flags} -fno-exceptions -fno-rtti -fno-threadsafe-statics")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-aarch64 -M virt -cpu cortex-a53 -m 256M -nic none
  -display none -monitor none -serial none -chardev stdio,id=console
  -semihosting-config enable=on,target=native,chardev=console -kernel)

set(FOVEA_BOARD_FAMILY aarch64-bare CACHE STRING "Folder of toolchains/ with the startup code")
set(FOVEA_BOARD virt CACHE STRING "Board: its linker script in that folder")
set(FOVEA_FREESTANDING ON CACHE BOOL "No threads, files, environment or heap in the runtime")
set(FOVEA_SINGLE_ISA neon CACHE STRING "Direct calls: a linker drops kernels not called")
