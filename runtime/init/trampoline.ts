/**
 * The machine code that calls clone3 for rkl and starts the init program in the
 * child, where no JavaScript can run:
 *
 *     long trampoline(struct clone_args *args, size_t size,
 *                     const struct launch *launch);
 *
 *     struct launch {
 *       u64 exec_fd;   the init program
 *       i64 sync_fd;   what to wait for, or -1
 *       u64 path;      address of ""
 *       u64 argv;
 *       u64 envp;
 *       i64 error;     set to -errno if the execveat fails
 *       i64 close_fd;  what to close before waiting, or 0
 *     };
 *
 * The parent gets clone3's raw result: a pid or -errno. The child reads one byte
 * from `sync_fd`, so that its parent can write its id maps first, and exits with
 * 1 if there is none; then it becomes user and group 0 of its user namespace,
 * since any other user loses its capabilities by exec; then it is the init
 * program, or exits with 127. Let
 * `close_fd` be the end of the pipe the parent writes to: the child has a copy,
 * and as long as that is open, a parent that dies leaves it waiting for ever.
 *
 * The child is meant to share its parent's memory (CLONE_VM) and to have a stack
 * of its own, 64 bytes or more, that lives as long as it has not exec'ed. It
 * writes to that stack and to `error`, nothing else. Give CLONE_CLEAR_SIGHAND:
 * else a signal would run the parent's handlers on that stack.
 *
 * To make the code callable, map a page read-write, write the code, and mprotect
 * it to read-execute. That is enough on aarch64 too, whose instruction cache
 * does not follow stores: the kernel cleans it when a page first becomes
 * executable. A page that was executable before must not be written to again.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";
import { parseListing } from "./listing.ts";

/** Offsets of the fields of `struct launch`, and its size. */
export const LAUNCH = {
  execFd: 0,
  syncFd: 8,
  path: 16,
  argv: 24,
  envp: 32,
  error: 40,
  closeFd: 48,
  size: 56,
} as const;

/** The trampolines as listings. */
export const TRAMPOLINES: Record<Arch, string> = {
  x86_64: `
trampoline:
  b8 b3 01 00 00     mov $0x1b3,%eax            ; clone3(args, size)
  0f 05              syscall
  48 85 c0           test %rax,%rax
  74 01              je child
  c3                 ret
child:
  48 89 d3           mov %rdx,%rbx              ; launch
  48 8b 7b 08        mov 0x8(%rbx),%rdi         ; sync_fd
  48 85 ff           test %rdi,%rdi
  78 40              js exec
  48 8b 7b 30        mov 0x30(%rbx),%rdi        ; close_fd
  48 85 ff           test %rdi,%rdi
  7e 07              jle wait
  b8 03 00 00 00     mov $0x3,%eax              ; close
  0f 05              syscall
wait:
  48 8b 7b 08        mov 0x8(%rbx),%rdi         ; sync_fd
  48 8d 74 24 f8     lea -0x8(%rsp),%rsi        ; one byte below the stack pointer
  ba 01 00 00 00     mov $0x1,%edx
  31 c0              xor %eax,%eax              ; read
  0f 05              syscall
  bf 01 00 00 00     mov $0x1,%edi
  48 39 f8           cmp %rdi,%rax
  75 39              jne exit
  31 ff              xor %edi,%edi
  31 f6              xor %esi,%esi
  31 d2              xor %edx,%edx
  b8 77 00 00 00     mov $0x77,%eax             ; setresgid(0, 0, 0)
  0f 05              syscall
  b8 75 00 00 00     mov $0x75,%eax             ; setresuid(0, 0, 0)
  0f 05              syscall
exec:
  48 8b 3b           mov (%rbx),%rdi            ; exec_fd
  48 8b 73 10        mov 0x10(%rbx),%rsi        ; path
  48 8b 53 18        mov 0x18(%rbx),%rdx        ; argv
  4c 8b 53 20        mov 0x20(%rbx),%r10        ; envp
  41 b8 00 10 00 00  mov $0x1000,%r8d           ; AT_EMPTY_PATH
  b8 42 01 00 00     mov $0x142,%eax            ; execveat
  0f 05              syscall
  48 89 43 28        mov %rax,0x28(%rbx)        ; error
  bf 7f 00 00 00     mov $0x7f,%edi
exit:
  b8 e7 00 00 00     mov $0xe7,%eax             ; exit_group
  0f 05              syscall
`,
  aarch64: `
trampoline:
  52803668  mov w8, #0x1b3              ; clone3(args, size)
  d4000001  svc #0x0
  b4000040  cbz x0, child
  d65f03c0  ret
child:
  aa0203f3  mov x19, x2                 ; launch
  f9400660  ldr x0, [x19, #8]           ; sync_fd
  b7f802c0  tbnz x0, #63, exec
  f9401a60  ldr x0, [x19, #48]          ; close_fd
  f100001f  cmp x0, #0x0
  5400006d  b.le wait
  52800728  mov w8, #0x39               ; close
  d4000001  svc #0x0
wait:
  f9400660  ldr x0, [x19, #8]           ; sync_fd
  d10043e1  sub x1, sp, #0x10           ; one byte below the stack pointer
  d2800022  mov x2, #0x1
  528007e8  mov w8, #0x3f               ; read
  d4000001  svc #0x0
  f100041f  cmp x0, #0x1
  52800020  mov w0, #0x1
  54000221  b.ne exit
  d2800000  mov x0, #0x0
  d2800001  mov x1, #0x0
  d2800002  mov x2, #0x0
  528012a8  mov w8, #0x95               ; setresgid(0, 0, 0)
  d4000001  svc #0x0
  d2800000  mov x0, #0x0
  52801268  mov w8, #0x93               ; setresuid(0, 0, 0)
  d4000001  svc #0x0
exec:
  f9400260  ldr x0, [x19]               ; exec_fd
  a9410a61  ldp x1, x2, [x19, #16]      ; path, argv
  f9401263  ldr x3, [x19, #32]          ; envp
  52820004  mov w4, #0x1000             ; AT_EMPTY_PATH
  52802328  mov w8, #0x119              ; execveat
  d4000001  svc #0x0
  f9001660  str x0, [x19, #40]          ; error
  52800fe0  mov w0, #0x7f
exit:
  52800bc8  mov w8, #0x5e               ; exit_group
  d4000001  svc #0x0
`,
};

/** The trampoline for `arch`; it may lie at any address. */
export function trampolineCode(arch: Arch): Uint8Array {
  return parseListing(TRAMPOLINES[arch]).code;
}
