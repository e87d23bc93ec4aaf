// The assembler copies the files in: a C array of a megabyte takes a compiler half a minute.

#include "tests/bits/embedded.h"

#define FOVEA_EMBED(name, file)  \
  ".balign 64\n"                 \
  ".global " name "\n" name      \
  ":\n"                          \
  ".incbin \"" file "\"\n" name  \
  "_end:\n"                      \
  ".balign 4\n"                  \
  ".global " name "_size\n" name \
  "_size:\n"                     \
  ".long " name "_end - " name "\n"

__asm__(".section .rodata.fovea_bits,\"a\"\n" FOVEA_EMBED("fovea_bits_model", FOVEA_BITS_MODEL)
            FOVEA_EMBED("fovea_bits_tokens", FOVEA_BITS_TOKENS) ".text\n");
