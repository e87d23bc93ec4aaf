# 64-bit RISC-V (rv64gc) under Linux, run by qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER riscv64-linux-gnu-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)  # the emulator then needs no target system
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-riscv64)
