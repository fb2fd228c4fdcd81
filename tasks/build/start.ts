/**
 * The start of the packed executable: machine code that runs where Deno would,
 * just after the dynamic loader, and makes `rkl ARGS…` into `deno run … ARGS…`.
 *
 * It copies argc, argv and the environment further down the stack, with Deno's
 * own arguments in front of the user's and five variables in front of the
 * environment, and goes on at Deno's entry. The last variable tells its address,
 * a multiple of 4096, and in the digits below that the umask(2), as whatever that
 * was, nobody else is to write to what Deno makes before the program runs.
 *
 * It lies in a segment of its own, whose start it calls the base:
 *
 *     0x00  i64 where Deno's entry is, from the base
 *     0x08  i64 where the address of libc's `environ` is, from the base
 *     0x10  u64 how many arguments are added, less the name of the program
 *     0x18  u64 how many bytes of pointers are added
 *     0x20  u64 where the variable of the address is, from the base
 *     0x28  u64 its size, a multiple of 16
 *     0x30  u64 where in it the digits end
 *     0x38  u64 where the environment's other new entries are, from the base:
 *           the second 16 bytes after the first, each other 32 after that before
 *     0x40  u64 where each argument is, from the base; 0
 *
 * @module
 */
import { parseListing } from "../../runtime/init/listing.ts";
import type { Arch } from "../../sys/numbers.ts";

/** Offsets in the segment. */
export const AT = {
  entry: 0x00,
  environ: 0x08,
  addedCount: 0x10,
  addedSize: 0x18,
  address: 0x20,
  addressSize: 0x28,
  digits: 0x30,
  variables: 0x38,
  arguments: 0x40,
  /** The code: as far from the base as its first instructions say. */
  code: 0x100,
} as const;

/** Octal digits of the address: enough for 64 bits. */
export const DIGITS = 22;

/** The start as listings; `%rdx` and `x0` are Deno's and left alone. */
export const STARTS: Record<Arch, string> = {
  x86_64: `
start:
  48 8d 1d f9 fe ff ff    lea -0x107(%rip),%rbx          ; the base
  b8 5f 00 00 00          mov $0x5f,%eax                 ; umask
  bf 12 00 00 00          mov $0x12,%edi
  0f 05                   syscall
  49 89 c1                mov %rax,%r9                   ; as it was
  48 89 e6                mov %rsp,%rsi                  ; argc, argv, 0, environment, 0
  48 8b 0e                mov (%rsi),%rcx
  48 8d 44 ce 10          lea 0x10(%rsi,%rcx,8),%rax     ; the environment
count:
  48 83 c0 08             add $0x8,%rax
  48 83 78 f8 00          cmpq $0x0,-0x8(%rax)
  75 f5                   jne count
  48 29 f0                sub %rsi,%rax                  ; bytes there are
  48 2b 63 28             sub 0x28(%rbx),%rsp
  48 89 e5                mov %rsp,%rbp                  ; the variable's place
  48 29 c4                sub %rax,%rsp
  48 2b 63 18             sub 0x18(%rbx),%rsp
  48 83 e4 f0             and $0xfffffffffffffff0,%rsp
  48 89 e7                mov %rsp,%rdi                  ; the new argc, argv, …
  48 ad                   lods %ds:(%rsi),%rax
  48 03 43 10             add 0x10(%rbx),%rax
  48 ab                   stos %rax,%es:(%rdi)           ; argc
  48 ad                   lods %ds:(%rsi),%rax           ; argv[0] is left out
  4c 8d 43 40             lea 0x40(%rbx),%r8
args:
  49 8b 00                mov (%r8),%rax
  49 83 c0 08             add $0x8,%r8
  48 85 c0                test %rax,%rax
  74 07                   je rest
  48 01 d8                add %rbx,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; Deno's arguments
  eb ed                   jmp args
rest:
  48 ad                   lods %ds:(%rsi),%rax
  48 ab                   stos %rax,%es:(%rdi)           ; the user's arguments, 0
  48 85 c0                test %rax,%rax
  75 f7                   jne rest
  48 8b 43 08             mov 0x8(%rbx),%rax
  48 8b 04 03             mov (%rbx,%rax,1),%rax
  48 89 38                mov %rdi,(%rax)                ; environ
  48 8b 43 38             mov 0x38(%rbx),%rax
  48 01 d8                add %rbx,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; its first new entry
  48 83 c0 10             add $0x10,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; its second
  48 83 c0 20             add $0x20,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; its third
  48 83 c0 20             add $0x20,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; its fourth
  48 89 e8                mov %rbp,%rax
  48 ab                   stos %rax,%es:(%rdi)           ; its fifth
env:
  48 ad                   lods %ds:(%rsi),%rax
  48 ab                   stos %rax,%es:(%rdi)           ; the others, 0
  48 85 c0                test %rax,%rax
  75 f7                   jne env
  48 8b 73 20             mov 0x20(%rbx),%rsi
  48 01 de                add %rbx,%rsi
  48 89 ef                mov %rbp,%rdi
  48 8b 4b 28             mov 0x28(%rbx),%rcx
  f3 a4                   rep movsb %ds:(%rsi),%es:(%rdi) ; the variable
  48 8b 7b 30             mov 0x30(%rbx),%rdi
  48 01 ef                add %rbp,%rdi                  ; the end of its digits
  4a 8d 04 0b             lea (%rbx,%r9,1),%rax
digit:
  89 c1                   mov %eax,%ecx
  83 e1 07                and $0x7,%ecx
  83 c9 30                or $0x30,%ecx
  48 ff cf                dec %rdi
  88 0f                   mov %cl,(%rdi)
  48 c1 e8 03             shr $0x3,%rax
  75 ed                   jne digit
  48 03 1b                add (%rbx),%rbx
  ff e3                   jmp *%rbx                      ; Deno's entry
`,
  aarch64: `
start:
  d50324df                bti jc                         ; where jumps may land
  10fff7e9                adr x9, 0xffffffffffffff00     ; the base
  aa0003f0                mov x16, x0
  d28014c8                mov x8, #0xa6                  ; umask
  d2800240                mov x0, #0x12
  d4000001                svc #0x0
  aa0003f1                mov x17, x0                    ; as it was
  aa1003e0                mov x0, x16
  910003ea                mov x10, sp                    ; argc, argv, 0, environment, 0
  f940014b                ldr x11, [x10]
  8b0b0d4c                add x12, x10, x11, lsl #3
  9100418c                add x12, x12, #0x10            ; the environment
count:
  f840858d                ldr x13, [x12], #8
  b5ffffed                cbnz x13, count
  cb0a018c                sub x12, x12, x10              ; bytes there are
  f940152d                ldr x13, [x9, #40]
  cb0d014e                sub x14, x10, x13              ; the variable's place
  cb0c01cf                sub x15, x14, x12
  f9400d2d                ldr x13, [x9, #24]
  cb0d01ef                sub x15, x15, x13
  927cedef                and x15, x15, #0xfffffffffffffff0
  910001ff                mov sp, x15                    ; the new argc, argv, …
  f940092d                ldr x13, [x9, #16]
  8b0d016b                add x11, x11, x13
  f80085eb                str x11, [x15], #8             ; argc
  9100414a                add x10, x10, #0x10            ; argv[0] is left out
  9101012d                add x13, x9, #0x40
args:
  f84085ab                ldr x11, [x13], #8
  b400008b                cbz x11, rest
  8b09016b                add x11, x11, x9
  f80085eb                str x11, [x15], #8             ; Deno's arguments
  17fffffc                b args
rest:
  f840854b                ldr x11, [x10], #8
  f80085eb                str x11, [x15], #8             ; the user's arguments, 0
  b5ffffcb                cbnz x11, rest
  f940052b                ldr x11, [x9, #8]
  f86b692b                ldr x11, [x9, x11]
  f900016f                str x15, [x11]                 ; environ
  f9401d2b                ldr x11, [x9, #56]
  8b09016b                add x11, x11, x9
  f80085eb                str x11, [x15], #8             ; its first new entry
  9100416b                add x11, x11, #0x10
  f80085eb                str x11, [x15], #8             ; its second
  9100816b                add x11, x11, #0x20
  f80085eb                str x11, [x15], #8             ; its third
  9100816b                add x11, x11, #0x20
  f80085eb                str x11, [x15], #8             ; its fourth
  f80085ee                str x14, [x15], #8             ; its fifth
env:
  f840854b                ldr x11, [x10], #8
  f80085eb                str x11, [x15], #8             ; the others, 0
  b5ffffcb                cbnz x11, env
  f940112a                ldr x10, [x9, #32]
  8b09014a                add x10, x10, x9
  f940152d                ldr x13, [x9, #40]
  aa0e03ef                mov x15, x14
copy:
  f840854b                ldr x11, [x10], #8
  f80085eb                str x11, [x15], #8             ; the variable
  f10021ad                subs x13, x13, #0x8
  54ffffa1                b.ne copy
  f940192f                ldr x15, [x9, #48]
  8b0e01ef                add x15, x15, x14              ; the end of its digits
  8b11012a                add x10, x9, x17
digit:
  1200094b                and w11, w10, #0x7
  321c056b                orr w11, w11, #0x30
  381ffdeb                strb w11, [x15, #-1]!
  d343fd4a                lsr x10, x10, #3
  b5ffff8a                cbnz x10, digit
  f940012b                ldr x11, [x9]
  8b09016b                add x11, x11, x9
  d61f0160                br x11                         ; Deno's entry
`,
};

/** The start's machine code for `arch`. */
export function startCode(arch: Arch): Uint8Array {
  return parseListing(STARTS[arch]).code;
}
