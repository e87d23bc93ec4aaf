# Common to the Cortex-M toolchain files, which set board, machine and cpu_flags before.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # nothing links without a linker script
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_C_FLAGS_INIT "-mthumb ${cpu_flags} -Wno-psabi")
set(CMAKE_CXX_FLAGS_INIT "-mthumb ${cpu_flags} -Wno-psabi")
set(CMAKE_ASM_FLAGS_INIT "-mthumb ${cpu_flags}")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M ${board} -display none -monitor none
  -serial none -chardev stdio,id=console
  -semihosting-config enable=on,target=native,chardev=console -kernel)

set(FOVEA_BOARD_FAMILY cortex-m CACHE STRING "Folder of toolchains/ with the startup code")
set(FOVEA_BOARD ${board} CACHE STRING "Board: its linker script in that folder")
set(FOVEA_FREESTANDING ON CACHE BOOL "No threads, files, environment or heap in the runtime")
set(FOVEA_SINGLE_ISA portable CACHE STRING "Direct calls: a linker drops kernels not called")
