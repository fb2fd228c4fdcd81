import assert from "node:assert/strict";
import { formatNameServer } from "../names/resolv_conf.ts";
import { resolversOf, watchResolvers } from "./host_resolvers.ts";

function told(text: string) {
  const { servers, timeout, attempts } = resolversOf(text);
  return [servers.map(formatNameServer).join(" "), timeout, attempts];
}

Deno.test("the first three servers are asked, loopback among them", () => {
  assert.deepEqual(
    told(
      "nameserver 127.0.0.53\nnameserver fe80::1%eth0\n" +
        "nameserver ::1\nnameserver 9.9.9.9\n",
    ),
    ["127.0.0.53 fe80::1%eth0 ::1", 2000, 2],
  );
});

Deno.test("without servers the host's own is asked", () => {
  assert.deepEqual(told("search example.com\n"), ["127.0.0.1", 2000, 2]);
});

Deno.test("options say how patient to be, within limits", () => {
  const options = (text: string) =>
    told(`nameserver ::1\noptions ${text}\n`).slice(1);
  assert.deepEqual(options("timeout:1 attempts:3"), [1000, 3]);
  assert.deepEqual(options("timeout:1 timeout:4"), [4000, 2]);
  assert.deepEqual(options("timeout:99 attempts:99"), [30_000, 5]);
  assert.deepEqual(options("timeout:0 attempts:x"), [2000, 2]);
});

Deno.test("the file is read anew when it changes, looked at once a second", () => {
  const path = Deno.makeTempFileSync();
  let now = 0;
  const resolvers = watchResolvers(path, () => now);
  const seen = () => resolvers().servers.map(formatNameServer).join(" ");
  try {
    Deno.writeTextFileSync(path, "nameserver 192.0.2.1\n");
    assert.equal(seen(), "192.0.2.1");
    const first = resolvers();
    now = 2000;
    assert.equal(resolvers(), first); // the same file is not read again
    Deno.writeTextFileSync(`${path}.new`, "nameserver 192.0.2.2\n");
    Deno.renameSync(`${path}.new`, path);
    now = 2999;
    assert.equal(seen(), "192.0.2.1");
    now = 3000;
    assert.equal(seen(), "192.0.2.2");
    Deno.removeSync(path);
    now = 4000;
    assert.equal(seen(), "192.0.2.2"); // maybe it is being replaced
    Deno.writeTextFileSync(path, "nameserver 192.0.2.33\n");
    now = 5000;
    assert.equal(seen(), "192.0.2.33");
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("a host without the file asks its own server", () => {
  const resolvers = watchResolvers("/nonexistent/resolv.conf");
  assert.deepEqual(resolvers().servers.map(formatNameServer), ["127.0.0.1"]);
});

Deno.test("whatever stands where the file should be, servers stay as they were", () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/resolv.conf`;
  let now = 0;
  const resolvers = watchResolvers(path, () => now += 2000);
  const seen = () => resolvers().servers.map(formatNameServer).join(" ");
  try {
    Deno.writeTextFileSync(path, "nameserver 192.0.2.1\n");
    assert.equal(seen(), "192.0.2.1");
    const others = [
      () => Deno.symlinkSync("resolv.conf", path), // a loop
      () => Deno.symlinkSync("x".repeat(300), path),
      () => Deno.mkdirSync(path),
      () => new Deno.Command("mkfifo", { args: [path] }).outputSync(),
    ];
    for (const make of others) {
      Deno.removeSync(path);
      make();
      assert.equal(seen(), "192.0.2.1");
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
