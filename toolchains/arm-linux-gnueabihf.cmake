# 32-bit Arm under Linux with VFPv4, run by qemu-user. Scalar: NEON flushes denormals there.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_C_FLAGS_INIT "-march=armv7-a -mfpu=vfpv4 -mfloat-abi=hard -Wno-psabi")
set(CMAKE_CXX_FLAGS_INIT "-march=armv7-a -mfpu=vfpv4 -mfloat-abi=hard -Wno-psabi")
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)  # the emulator then needs no target system
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm -cpu cortex-a15)
