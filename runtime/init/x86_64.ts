/**
 * The interpreter for x86_64, 311 bytes.
 *
 * `%rbx` is the address of the current row. The six arguments are loaded into the
 * registers of a system call, whatever the row is; the first two are the
 * operands of the others. Handlers start at multiples of 4, because a row's op
 * counts in these.
 *
 * No stack is used, and nothing but registers says where the program is, so a
 * forked child goes on by itself, even one that shares its parent's memory.
 *
 * @module
 */

/** The interpreter as a listing; addresses are those of `layout.ts`. */
export const X86_64 = `
sys:
  0f 05                    syscall                    ; number and arguments are loaded
  48 89 43 38              mov %rax,0x38(%rbx)
  48 3d 01 f0 ff ff        cmp $0xfffffffffffff001,%rax; -4095..-1 is an error
  0f 82 ba 00 00 00        jb next
  83 7b 04 00              cmpl $0x0,0x4(%rbx)        ; where to go on error,
  75 28                    jne jump                   ; if not to fail
  8d bb c0 fb be ff        lea -0x410440(%rbx),%edi
  c1 ef 06                 shr $0x6,%edi
  89 c6                    mov %eax,%esi              ; -errno
  90                       nop
fail:                                                 ; row index in %edi, -errno in %esi
  f7 de                    neg %esi
  89 3c 25 10 04 41 00     mov %edi,0x410410          ; failed_row
  89 34 25 14 04 41 00     mov %esi,0x410414          ; failed_errno
  8b 1c 25 00 04 41 00     mov 0x410400,%ebx          ; fail_target
  e9 8f 00 00 00           jmp dispatch
jump:
  8b 5b 04                 mov 0x4(%rbx),%ebx
  e9 87 00 00 00           jmp dispatch
store1:
  40 88 37                 mov %sil,(%rdi)
  eb 7f                    jmp next
  0f 1f 00                 nopl (%rax)
store2:
  66 89 37                 mov %si,(%rdi)
  eb 77                    jmp next
  0f 1f 00                 nopl (%rax)
store4:
  89 37                    mov %esi,(%rdi)
  eb 70                    jmp next
store8:
  48 89 37                 mov %rsi,(%rdi)
  eb 6b                    jmp next
  0f 1f 00                 nopl (%rax)
eq:
  74 da                    je jump                    ; flags are from the cmp in dispatch
  eb 64                    jmp next
ne:
  75 d6                    jne jump
  eb 60                    jmp next
lt:
  7c d2                    jl jump
  eb 5c                    jmp next
ge:
  7d ce                    jge jump
  eb 58                    jmp next
ltu:
  72 ca                    jb jump
  eb 54                    jmp next
geu:
  73 c6                    jae jump
  eb 50                    jmp next
load1:
  0f b6 07                 movzbl (%rdi),%eax
  eb 47                    jmp result
  0f 1f 00                 nopl (%rax)
load2:
  0f b7 07                 movzwl (%rdi),%eax
  eb 3f                    jmp result
  0f 1f 00                 nopl (%rax)
load4:
  8b 07                    mov (%rdi),%eax
  eb 38                    jmp result
load8:
  48 8b 07                 mov (%rdi),%rax
  eb 33                    jmp result
  0f 1f 00                 nopl (%rax)
add:
  48 8d 04 37              lea (%rdi,%rsi,1),%rax
  eb 2a                    jmp result
  66 90                    xchg %ax,%ax
sub:
  48 29 f7                 sub %rsi,%rdi
  eb 20                    jmp move
  0f 1f 00                 nopl (%rax)
and:
  48 21 f7                 and %rsi,%rdi
  eb 18                    jmp move
  0f 1f 00                 nopl (%rax)
or:
  48 09 f7                 or %rsi,%rdi
  eb 10                    jmp move
  0f 1f 00                 nopl (%rax)
shl:
  89 f1                    mov %esi,%ecx
  48 d3 e7                 shl %cl,%rdi
  eb 06                    jmp move
  90                       nop
shr:
  89 f1                    mov %esi,%ecx
  48 d3 ef                 shr %cl,%rdi
move:
  48 89 f8                 mov %rdi,%rax
result:
  48 89 43 38              mov %rax,0x38(%rbx)
next:
  83 c3 40                 add $0x40,%ebx
dispatch:
  0f b6 4b 01              movzbl 0x1(%rbx),%ecx      ; indirect
  48 8b 7b 08              mov 0x8(%rbx),%rdi
  d1 e9                    shr %ecx
  73 03                    jae direct1
  48 8b 3f                 mov (%rdi),%rdi
direct1:
  48 8b 73 10              mov 0x10(%rbx),%rsi
  d1 e9                    shr %ecx
  73 03                    jae direct2
  48 8b 36                 mov (%rsi),%rsi
direct2:
  48 8b 53 18              mov 0x18(%rbx),%rdx
  d1 e9                    shr %ecx
  73 03                    jae direct3
  48 8b 12                 mov (%rdx),%rdx
direct3:
  4c 8b 53 20              mov 0x20(%rbx),%r10
  d1 e9                    shr %ecx
  73 03                    jae direct4
  4d 8b 12                 mov (%r10),%r10
direct4:
  4c 8b 43 28              mov 0x28(%rbx),%r8
  d1 e9                    shr %ecx
  73 03                    jae direct5
  4d 8b 00                 mov (%r8),%r8
direct5:
  4c 8b 4b 30              mov 0x30(%rbx),%r9
  d1 e9                    shr %ecx
  73 03                    jae direct6
  4d 8b 09                 mov (%r9),%r9
direct6:
  0f b6 0b                 movzbl (%rbx),%ecx         ; op
  8d 0c 8d 00 01 40 00     lea 0x400100(,%rcx,4),%ecx ; its handler
  0f b7 43 02              movzwl 0x2(%rbx),%eax      ; number
  48 39 f7                 cmp %rsi,%rdi              ; for the conditional jumps
  ff e1                    jmp *%rcx
start:
  48 89 24 25 08 04 41 00  mov %rsp,0x410408          ; stack
  bb 40 04 41 00           mov $0x410440,%ebx         ; first row
  eb 98                    jmp dispatch
`;
