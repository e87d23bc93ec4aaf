// From reset to main() on one core of an AArch64 board at exception level 1.

  .section .text.start, "ax"
  .global board_reset
board_reset:
  mrs   x0, mpidr_el1
  and   x0, x0, #0xff
  cbnz  x0, park
  mov   x0, #(3 << 20)          // floats and NEON are allowed
  msr   cpacr_el1, x0
  ldr   x0, =vectors
  msr   vbar_el1, x0
  isb
  ldr   x0, =fovea_stack_top
  mov   sp, x0
  bl    map_memory
  ldr   x0, =fovea_bss_start
  ldr   x1, =fovea_bss_end
1:cmp   x0, x1
  b.hs  2f
  str   xzr, [x0], #8
  b     1b
2:ldr   x19, =fovea_init_start
  ldr   x20, =fovea_init_end
3:cmp   x19, x20
  b.hs  4f
  ldr   x0, [x19], #8
  blr   x0
  b     3b
4:bl    main
  bl    semihosting_exit
park:
  wfe
  b     park

// Without a map all memory counts as a device's, where unaligned accesses fault. Virtual
// addresses are physical ones, in blocks of 1 GB: devices first, then memory.
map_memory:
  ldr   x0, =0xff00             // attribute 0: device; 1: write-back memory
  msr   mair_el1, x0
  ldr   x0, =0x00803519         // 39-bit addresses, 4 KB granule, inner shareable, cached
  msr   tcr_el1, x0
  ldr   x0, =page_table
  msr   ttbr0_el1, x0
  isb
  mrs   x0, sctlr_el1
  ldr   x1, =0x1005             // map, data cache, instruction cache
  orr   x0, x0, x1
  msr   sctlr_el1, x0
  isb
  ret

fault:
  ldr   x0, =fault_text
  mov   w1, #6
  bl    semihosting_write
  mov   w0, #99
  bl    semihosting_exit

  .balign 2048
vectors:
  .rept 16
  b     fault
  .balign 128
  .endr

  .section .rodata.start, "a"
fault_text:
  .ascii "FAULT\n"
  .balign 4096
page_table:
  .quad 0x0060000000000401      // accessed, never executed, attribute 0
  .quad 0x0000000040000705      // accessed, inner shareable, attribute 1
  .quad 0x0000000080000705
  .fill 509, 8, 0

  .section .note.GNU-stack, "", %progbits
