import assert from "node:assert/strict";
import { Fd, read } from "../sys/fd.ts";
import { syscall } from "../sys/syscall.ts";
import { notifyReady } from "./notify.ts";

/** A socket that a supervisor listens at; `name` begins with NUL or a slash. */
function listenAt(name: string): Fd {
  const [AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC] = [1, 2, 0o2000000];
  const type = SOCK_DGRAM | SOCK_CLOEXEC;
  const socket = new Fd(syscall("socket", AF_UNIX, type, 0), name);
  const bytes = new TextEncoder().encode(name);
  const address = Uint8Array.of(AF_UNIX, 0, ...bytes); // struct sockaddr_un
  syscall("bind", socket.number, address, address.length);
  return socket;
}

function whatItHears(socket: Fd, path: string): string {
  const before = Deno.env.get("NOTIFY_SOCKET");
  Deno.env.set("NOTIFY_SOCKET", path);
  try {
    notifyReady();
  } finally {
    if (before === undefined) Deno.env.delete("NOTIFY_SOCKET");
    else Deno.env.set("NOTIFY_SOCKET", before);
  }
  const buffer = new Uint8Array(100);
  const count = read(socket.number, buffer)!;
  return new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("a supervisor hears that the daemon is ready, wherever it listens", () => {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-notify-" });
  try {
    using there = listenAt(`${directory}/socket`);
    assert.equal(whatItHears(there, `${directory}/socket`), "READY=1");
    const name = directory.slice(1);
    using nowhere = listenAt(`\0${name}`);
    assert.equal(whatItHears(nowhere, `@${name}`), "READY=1");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("without a supervisor nobody is told", () => {
  assert.equal(Deno.env.get("NOTIFY_SOCKET"), undefined);
  notifyReady();
});
