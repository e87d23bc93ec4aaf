# x86-64 run by an emulated processor with nothing above SSSE3: a leaked instruction is SIGILL.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER x86_64-linux-gnu-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)  # the emulator then needs no target system
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-x86_64 -cpu Conroe)
