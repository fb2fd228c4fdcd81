/**
 * System calls of x32, which is x86_64 with pointers of 32 bits: where their
 * arguments need another layout, they have numbers of their own.
 *
 * @module
 */

/** Calls of x86_64 that x32 has under another number, or not at all. */
export const NOT_OF_X32 = `
_sysctl create_module epoll_ctl_old epoll_wait_old execve execveat
get_kernel_syms get_robust_list get_thread_area getsockopt io_setup io_submit
ioctl kexec_load map_shadow_stack move_pages mq_notify nfsservctl preadv preadv2
process_vm_readv process_vm_writev ptrace pwritev pwritev2 query_module readv
recvfrom recvmmsg recvmsg rt_sigaction rt_sigpending rt_sigqueueinfo
rt_sigreturn rt_sigtimedwait rt_tgsigqueueinfo sendmmsg sendmsg
set_robust_list set_thread_area setsockopt sigaltstack timer_create
uprobe uretprobe uselib
vmsplice vserver waitid writev
`;

/** Its own, in the form of the other tables, without the bit that marks x32. */
export const OF_X32 = `
512 rt_sigaction rt_sigreturn ioctl readv writev recvfrom sendmsg recvmsg
execve ptrace rt_sigpending rt_sigtimedwait rt_sigqueueinfo sigaltstack
timer_create mq_notify kexec_load waitid set_robust_list get_robust_list
vmsplice move_pages preadv pwritev rt_tgsigqueueinfo recvmmsg sendmmsg
process_vm_readv process_vm_writev setsockopt getsockopt io_setup io_submit
execveat preadv2 pwritev2
`;
