/**
 * The interpreter for aarch64, 340 bytes.
 *
 * `x19` is the address of the current row, `x20` of the header. The six arguments
 * are loaded into the registers of a system call, whatever the row is; the first
 * two are the operands of the others.
 *
 * No stack is used, and nothing but registers says where the program is, so a
 * forked child goes on by itself, even one that shares its parent's memory.
 *
 * @module
 */

/** The interpreter as a listing; addresses are those of `layout.ts`. */
export const AARCH64 = `
sys:
  d4000001  svc #0x0                      ; number and arguments are loaded
  f9001e60  str x0, [x19, #56]
  b13ffc1f  cmn x0, #0xfff                ; -4095..-1 is an error
  540006a3  b.cc next
  b9400669  ldr w9, [x19, #4]             ; where to go on error,
  35000129  cbnz w9, jump                 ; if not to fail
  aa0003e1  mov x1, x0                    ; -errno
  cb140260  sub x0, x19, x20
  d346fc00  lsr x0, x0, #6
  d1000400  sub x0, x0, #0x1
fail:                                     ; row index in w0, -errno in w1
  4b0103e1  neg w1, w1
  29020680  stp w0, w1, [x20, #16]        ; failed_row, failed_errno
  b9400293  ldr w19, [x20]                ; fail_target
  1400002c  b dispatch
jump:
  b9400673  ldr w19, [x19, #4]
  1400002a  b dispatch
eq:
  54ffffc0  b.eq jump                     ; flags are from the cmp in dispatch
  14000027  b next
ne:
  54ffff81  b.ne jump
  14000025  b next
lt:
  54ffff4b  b.lt jump
  14000023  b next
ge:
  54ffff0a  b.ge jump
  14000021  b next
ltu:
  54fffec3  b.cc jump
  1400001f  b next
geu:
  54fffe82  b.cs jump
  1400001d  b next
store1:
  39000001  strb w1, [x0]
  1400001b  b next
store2:
  79000001  strh w1, [x0]
  14000019  b next
store4:
  b9000001  str w1, [x0]
  14000017  b next
store8:
  f9000001  str x1, [x0]
  14000015  b next
load1:
  39400000  ldrb w0, [x0]
  14000012  b result
load2:
  79400000  ldrh w0, [x0]
  14000010  b result
load4:
  b9400000  ldr w0, [x0]
  1400000e  b result
load8:
  f9400000  ldr x0, [x0]
  1400000c  b result
add:
  8b010000  add x0, x0, x1
  1400000a  b result
sub:
  cb010000  sub x0, x0, x1
  14000008  b result
and:
  8a010000  and x0, x0, x1
  14000006  b result
or:
  aa010000  orr x0, x0, x1
  14000004  b result
shl:
  9ac12000  lsl x0, x0, x1
  14000002  b result
shr:
  9ac12400  lsr x0, x0, x1
result:
  f9001e60  str x0, [x19, #56]
next:
  91010273  add x19, x19, #0x40
dispatch:
  39400669  ldrb w9, [x19, #1]            ; indirect
  a9408660  ldp x0, x1, [x19, #8]
  a9418e62  ldp x2, x3, [x19, #24]
  a9429664  ldp x4, x5, [x19, #40]
  36000049  tbz w9, #0, direct1
  f9400000  ldr x0, [x0]
direct1:
  36080049  tbz w9, #1, direct2
  f9400021  ldr x1, [x1]
direct2:
  36100049  tbz w9, #2, direct3
  f9400042  ldr x2, [x2]
direct3:
  36180049  tbz w9, #3, direct4
  f9400063  ldr x3, [x3]
direct4:
  36200049  tbz w9, #4, direct5
  f9400084  ldr x4, [x4]
direct5:
  36280049  tbz w9, #5, direct6
  f94000a5  ldr x5, [x5]
direct6:
  39400269  ldrb w9, [x19]                ; op
  79400668  ldrh w8, [x19, #2]            ; number
  10fff6aa  adr x10, sys
  8b09094a  add x10, x10, x9, lsl #2      ; the handler
  eb01001f  cmp x0, x1                    ; for the conditional jumps
  d61f0140  br x10
start:
  d2a00834  mov x20, #0x410000
  f2808014  movk x20, #0x400              ; header
  910003e9  mov x9, sp
  f9000689  str x9, [x20, #8]             ; stack
  91010293  add x19, x20, #0x40           ; first row
  17ffffe5  b dispatch
`;
