/**
 * Netlink sockets: datagrams to and from the kernel, as netlink(7) has it.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { Fd } from "./fd.ts";
import { setOption } from "./socket.ts";
import { trySyscall } from "./syscall.ts";

const [AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC] = [16, 3, 0o2000000];
const [SOL_SOCKET, SOL_NETLINK] = [1, 270];

/** Families of netlink, from linux/netlink.h. */
export const NETLINK = { ROUTE: 0, NETFILTER: 12 } as const;

/** Options of a netlink socket, from linux/netlink.h. */
export const NETLINK_OPTION = {
  ADD_MEMBERSHIP: 1,
  CAP_ACK: 10,
  EXT_ACK: 11,
  GET_STRICT_CHK: 12,
} as const;

/**
 * Opens a socket of a netlink family in the network namespace the calling
 * thread is in; it stays there.
 *
 * @throws {SyscallError} EPROTONOSUPPORT where the kernel lacks the family
 */
export function openNetlink(family: number): Fd {
  const type = SOCK_RAW | SOCK_CLOEXEC;
  const number = trySyscall("socket", AF_NETLINK, type, family);
  const subject = `netlink family ${family}`;
  if (number < 0) throw new SyscallError("open", subject, -number);
  const socket = new Fd(number, subject);
  // struct sockaddr_nl { u16 family; u16 pad; u32 pid; u32 groups; }
  const address = new Uint8Array(12); // the kernel picks the pid
  address[0] = AF_NETLINK;
  const bound = trySyscall("bind", number, address, address.length);
  if (bound === 0) return socket;
  socket[Symbol.dispose]();
  throw new SyscallError("bind", subject, -bound);
}

/** What `open` opens; undefined where the kernel lacks the family. */
export function ifSupported<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if ((error as SyscallError).code === "EPROTONOSUPPORT") return undefined;
    throw error;
  }
}

/**
 * Sets a netlink option of a socket.
 *
 * @throws {SyscallError} ENOPROTOOPT where the kernel is too old for it
 */
export function setNetlinkOption(
  socket: Fd,
  option: number,
  value: number,
): void {
  const result = setOption(socket.number, SOL_NETLINK, option, value);
  if (result === 0) return;
  throw new SyscallError(`set option ${option} of`, socket.path, -result);
}

/**
 * Lets `size` bytes wait to be received, beyond the limit of net.core. Returns
 * whether the caller may do that; it takes CAP_NET_ADMIN.
 */
export function growReceiveBuffer(socket: Fd, size: number): boolean {
  const SO_RCVBUFFORCE = 33;
  return setOption(socket.number, SOL_SOCKET, SO_RCVBUFFORCE, size) === 0;
}

/**
 * Sends one datagram to the kernel, which has acted on it when this returns.
 *
 * @throws {SyscallError} EMSGSIZE for more than the send buffer can be made
 * to take
 */
export function sendNetlink(socket: Fd, datagram: Uint8Array): void {
  const { number } = socket;
  const send = () =>
    trySyscall("sendto", number, datagram, datagram.length, 0, null, 0);
  let result = send();
  if (result === -ERRNO.EMSGSIZE!) {
    const SO_SNDBUFFORCE = 32;
    setOption(socket.number, SOL_SOCKET, SO_SNDBUFFORCE, 2 * datagram.length);
    result = send();
  }
  while (result === -ERRNO.EINTR!) result = send();
  if (result < 0) throw new SyscallError("send to", socket.path, -result);
}

/**
 * Receives one datagram into `buffer`, without waiting. Returns its whole
 * length, which may be more than the buffer took, and who sent it: 0 is the
 * kernel. Undefined when there is none.
 *
 * @throws {SyscallError} ENOBUFS when datagrams were dropped
 */
export function receiveNetlink(
  socket: Fd,
  buffer: Uint8Array,
): { length: number; sender: number } | undefined {
  const [MSG_TRUNC, MSG_DONTWAIT] = [0x20, 0x40];
  const address = new Uint8Array(12); // struct sockaddr_nl
  const size = new Uint8Array(Int32Array.of(address.length).buffer);
  for (;;) {
    const length = trySyscall(
      "recvfrom",
      socket.number,
      buffer,
      buffer.length,
      MSG_TRUNC | MSG_DONTWAIT,
      address,
      size,
    );
    if (length === -ERRNO.EINTR!) continue;
    if (length === -ERRNO.EAGAIN!) return undefined;
    if (length < 0) {
      throw new SyscallError("receive from", socket.path, -length);
    }
    const sender = new DataView(address.buffer).getUint32(4, true);
    return { length, sender };
  }
}
