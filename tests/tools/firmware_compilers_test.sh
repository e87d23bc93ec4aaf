#!/bin/sh
# firmware_compilers_test.sh TOOL SOURCE WORK
# What `fovea firmware --sources --amalgamate` writes, by every compiler that is here, and under the
# emulators that are: no warning, the workstation's results, and the same code whatever a compiler
# thinks of fusing products and sums. Takes many minutes; `./dev full` runs it.
set -eu
tool=$1 source=$2 work=$3
fail() { echo "firmware_compilers_test: $*"; exit 1; }
has() { command -v "$1" >/dev/null || { echo "without $1"; return 1; }; }

rm -rf "$work"
mkdir -p "$work/models"
convert() { # NAME INPUT OPTIONS...
  name=$1
  shift
  "$tool" convert --quiet "$@" -o "$work/models/$name.fovea"
  fine="$fine$name: fingerprint ok
"
}
fine=
"$source/tests/tools/talking_folder.sh" "$source/tests/families/folders/llama-1" "$work/chat"
convert chat "$work/chat"
convert codes "$source/examples/digits" --weights int8
convert dates "$source/examples/dates" --max batch=2
convert digits "$source/examples/digits"
convert experts "$source/tests/families/folders/mixtral-1"
if [ -e "$source/../shared/data/kwt1" ]; then convert kwt1 "$source/../shared/data/kwt1"; fi
# The bytes by the assembler, which takes them at once; the array of dates is compiled elsewhere.
"$tool" firmware "$work"/models/*.fovea -o "$work/f" --sources --amalgamate --form assembly 2>/dev/null
flags="-O2 -Wall -Wextra -Werror"

# compile NAME C++COMPILER FLAGS...: into a folder of that name.
compile() {
  name=$1 compiler=$2
  shift 2
  mkdir -p "$work/$name"
  "$compiler" -std=c++17 $flags "$@" -c "$work/f/fovea.cc" -o "$work/$name/fovea.o" ||
    fail "$compiler $* does not take fovea.cc"
  echo "$compiler $*: compiles"
}
# link NAME CCOMPILER LINKER FLAGS...: with the program that checks fingerprints.
link() {
  name=$1 compiler=$2 linker=$3
  shift 3
  for file in "$work/f/examples/bare/main.c" "$work/f"/*.S; do
    "$compiler" -O2 "$@" -I"$work/f" -c "$file" -o "$work/$name/$(basename "$file").o"
  done
  "$linker" -O2 "$@" "$work/$name"/*.o -Wl,--gc-sections -lm -o "$work/$name/program"
}
# expect NAME LAUNCHER...: the program finds all fingerprints.
expect() {
  name=$1
  shift
  said=$("$@" "$work/$name/program") || fail "$name: $said"
  [ "$said" = "${fine%?}" ] || fail "$name: $said"
  echo "$name: $(echo "$said" | tr '\n' ' ')"
}
# unfused NAME C++COMPILER FLAGS...: of a processor that has a fused multiply-add.
unfused() {
  name=$1 compiler=$2
  shift 2
  mkdir -p "$work/$name/unfused"
  "$compiler" -std=c++17 $flags "$@" -ffp-contract=off -c "$work/f/fovea.cc" \
    -o "$work/$name/unfused/fovea.o"
  cmp "$work/$name/fovea.o" "$work/$name/unfused/fovea.o" ||
    fail "$compiler $* fuses products and sums on its own"
}
linux() { # NAME C++COMPILER CCOMPILER LAUNCHER
  if has "$2" && has "$4"; then
    compile "$1" "$2"
    link "$1" "$3" "$2" -static
    expect "$1" "$4"
  fi
}

for pair in "g++ gcc" "clang++ clang"; do
  if has ${pair% *}; then
    compile ${pair#* } ${pair% *}
    link ${pair#* } ${pair#* } ${pair% *}
    expect ${pair#* } env
  fi
done
if [ "$(uname -m)" = x86_64 ]; then
  for compiler in g++ clang++; do
    if has $compiler; then
      compile fma-$compiler $compiler -mfma
      unfused fma-$compiler $compiler -mfma
    fi
  done
fi
linux aarch64 aarch64-linux-gnu-g++ aarch64-linux-gnu-gcc qemu-aarch64
if has aarch64-linux-gnu-g++; then unfused aarch64 aarch64-linux-gnu-g++; fi
linux armhf arm-linux-gnueabihf-g++ arm-linux-gnueabihf-gcc qemu-arm
linux riscv64 riscv64-linux-gnu-g++ riscv64-linux-gnu-gcc qemu-riscv64

# cortex NAME BOARD SCRIPT FLAGS...: bytes of models in the large memory, for the flash is too small.
board=$source/toolchains/cortex-m
cortex() {
  name=$1 machine=$2 script=$3
  shift 3
  set -- -mthumb -fno-exceptions "$@"  # without crtbegin.o, which the library of exceptions wants
  compile "$name" arm-none-eabi-g++ "$@"
  has qemu-system-arm || return 0
  sed 's/"MODELS", CODE/"MODELS", LARGE/' "$board/$script.ld" >"$work/$name/board.ld"
  case $name in
    *m0plus) processor=-mcpu=cortex-m3 ;;  # of the emulated board
    *) processor= ;;
  esac
  for file in cortex-m/startup.c cortex-m/syscalls.c freestanding/semihosting.c; do
    arm-none-eabi-gcc -O2 -std=c11 -ffreestanding "$@" $processor -I"$source" -c "$source/toolchains/$file" \
      -o "$work/$name/$(basename "$file").o"
  done
  link "$name" arm-none-eabi-gcc arm-none-eabi-g++ "$@" -nostartfiles -L"$board" \
    -T"$work/$name/board.ld"
  expect "$name" qemu-system-arm -M "$machine" -display none -monitor none -serial none \
    -chardev stdio,id=console -semihosting-config enable=on,target=native,chardev=console -kernel
}
if has arm-none-eabi-g++; then
  # No emulator has a board of Cortex-M0+ with so much memory: a Cortex-M3 runs its code.
  cortex cortex-m0plus mps2-an385 mps2-an386 -mcpu=cortex-m0plus
  cortex cortex-m3 mps2-an385 mps2-an386 -mcpu=cortex-m3
  cortex cortex-m4f mps2-an386 mps2-an386 -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
  unfused cortex-m4f arm-none-eabi-g++ -mthumb -fno-exceptions -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
  cortex cortex-m7 mps2-an500 mps2-an500 -mcpu=cortex-m7 -mfpu=fpv5-sp-d16 -mfloat-abi=hard
  cortex cortex-m33 mps2-an505 mps2-an505 -mcpu=cortex-m33 -mfpu=fpv5-sp-d16 -mfloat-abi=hard
  cortex cortex-m55 mps3-an547 mps3-an547 -mcpu=cortex-m55+nomve.fp -mfloat-abi=hard
fi

# riscv ARCHITECTURE ABI EMULATOR: with picolibc, and the headers of the C++ library that Arm's compiler
# has: Debian 12 has none for RISC-V without a system. Without exceptions nothing of it is linked.
headers=$(ls -d /usr/include/newlib/c++/* 2>/dev/null | head -n 1)
riscv() {
  set -- "$1" "$3" --specs=picolibc.specs -march="$1" -mabi="$2" -mcmodel=medany -fno-exceptions
  name=$1 emulator=$2
  shift 2
  compile "$name" riscv64-unknown-elf-g++ "$@" -isystem "$headers" -isystem "$headers/arm-none-eabi"
  has "$emulator" || return 0
  link "$name" riscv64-unknown-elf-gcc riscv64-unknown-elf-gcc "$@" --oslib=semihost --crt0=hosted \
    -Tpicolibc.ld -Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x1000000 \
    -Wl,--defsym=__ram=0x81000000,--defsym=__ram_size=0x1000000,--defsym=__stack_size=0x10000
  expect "$name" "$emulator" -M virt -m 64M -bios none -nographic -monitor none -serial none \
    -chardev stdio,id=console -semihosting-config enable=on,target=native,chardev=console -kernel
}
if has riscv64-unknown-elf-g++ && [ -n "$headers" ]; then
  riscv rv32imc ilp32 qemu-system-riscv32
  riscv rv32imafc ilp32f qemu-system-riscv32
  unfused rv32imafc riscv64-unknown-elf-g++ --specs=picolibc.specs -march=rv32imafc -mabi=ilp32f \
    -mcmodel=medany -fno-exceptions -isystem "$headers" -isystem "$headers/arm-none-eabi"
  riscv rv64imafdc lp64d qemu-system-riscv64
fi

# Debian's libgcc for the ESP8266's core has no arithmetic of doubles, so nothing is linked.
if has xtensa-lx106-elf-g++ && [ -n "$headers" ]; then
  compile xtensa-lx106 xtensa-lx106-elf-g++ -isystem /usr/lib/xtensa-lx106-elf/include -fno-exceptions \
    -isystem "$headers" -isystem "$headers/arm-none-eabi"
fi

# The files apart, each of which includes what it needs, and all as one, and the images that they make on a
# board, beside that of the build of this project, if it is there.
target="-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"
apart=$work/apart
# Without the model, which is in a section of its own or not.
flash() {
  { arm-none-eabi-size -A "$1"; arm-none-eabi-nm -S -t d "$1"; } | awk '
    $1 ~ /^\.(text|rodata|ARM\.ex|data|models)/ { s += $2 }
    $4 == "digits_model" { s -= $2 }
    END { print s }'
}
# image FOLDER OPTIONS...: of what `firmware --sources` writes into FOLDER/f with the options; where `compact` is
# set, COMPACT=1.
image() {
  folder=$1
  shift
  "$tool" firmware "$work/models/digits.fovea" -o "$folder/f" --sources "$@" 2>/dev/null
  make -s -C "$folder/f" CXX=arm-none-eabi-g++ AR=arm-none-eabi-gcc-ar TARGET="$target" CXXFLAGS="$flags" \
    COMPACT=${compact:+1}
  cmake -DDIGITS="$source/examples/digits" -DHEADER="$folder/images.h" \
    -P "$source/examples/firmware/images.cmake"
  [ -e "$folder/f/digits.h" ] || echo '#include "fovea.h"' >"$folder/digits.h"
  for file in examples/firmware/main.c examples/firmware/print.c examples/firmware/stack.c \
    toolchains/cortex-m/startup.c toolchains/cortex-m/syscalls.c toolchains/freestanding/semihosting.c; do
    case $file in examples/*) made=${compact:+-Os -flto} ;; *) made= ;; esac
    arm-none-eabi-gcc $target -O2 $made -std=c11 -ffreestanding -ffunction-sections -fdata-sections \
      -I"$folder/f" -I"$folder" -I"$source" -c "$source/$file" -o "$folder/$(basename "$file" .c).o"
  done
  arm-none-eabi-g++ $target ${compact:+-Os -flto} -nostartfiles -Wl,--gc-sections -L"$board" -T"$board/mps2-an386.ld" \
    "$folder"/*.o "$folder/f/libfovea_models.a" -o "$folder/image"
  echo "flash of the example: $(flash "$folder/image") bytes by make $* ${compact:+COMPACT=1}"
  theirs=$source/build/cortex-m4${compact:+-compact}/examples/firmware/fovea_example_firmware
  [ -e "$theirs" ] || return 0
  [ $(($(flash "$folder/image") * 100)) -le $(($(flash "$theirs") * 101)) ] ||
    fail "the image is larger than that of this project's build, $(flash "$theirs") bytes"
}
compact=
if has arm-none-eabi-g++; then
  compact=1
  image "$work/compact"
  compact=
  image "$work/one" --amalgamate
  image "$apart"
else
  "$tool" firmware "$work/models/digits.fovea" -o "$apart/f" --sources 2>/dev/null
fi
if has aarch64-linux-gnu-g++; then
  make -s -C "$apart/f" clean
  make -s -C "$apart/f" CXX=aarch64-linux-gnu-g++ CXXFLAGS="$flags"
fi
echo "firmware compilers ok"
