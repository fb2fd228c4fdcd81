/**
 * Networks on kernels that lack what they take.
 *
 * @module
 */
import assert from "node:assert/strict";
import { temporaryExecutable } from "../runtime/init/testing.ts";
import { ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";
import { command } from "./rkl.ts";
import { withoutPacketFilter } from "./poor_kernel.ts";

/** Runs `rkl` where the kernel has no nf_tables. */
async function poor(here: Place, ...words: string[]) {
  const nsenter = "/usr/bin/nsenter";
  using elf = temporaryExecutable(
    withoutPacketFilter([nsenter, ...here.line(...words)]),
  );
  return await command(elf.path, []);
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

Deno.test({
  name: "without nf_tables, a container on a network is refused and leaves " +
    "nothing; without a network it runs",
  ...needs("root", "tool:nsenter", "seccomp"),
  async fn() {
    await using here = place();
    here.inside(() => Deno.writeTextFileSync(FORWARDING, "0"));
    succeeded(await here.network("create", "front"));
    for (const verb of ["run", "create"]) {
      const refused = await poor(
        here,
        ...["container", verb, "--name", "web", "--network", "front"],
        ...[ROOTFS, "true"],
      );
      assert.deepEqual(refused, {
        code: 125,
        stdout: "",
        stderr: 'rkl: cannot put container "web" on a network: the kernel ' +
          "lacks nf_tables (CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET); " +
          "load the modules or take a kernel that has them; --network host, " +
          "none and container:NAME work without\n",
      });
    }
    assert.deepEqual(here.links("bridge"), []);
    assert.deepEqual(here.links("veth"), []);
    assert.deepEqual((await here.inspect("front")).containers, {});
    assert.equal(succeeded(await here.rkl("container", "list", "-aq")), "");
    const forwarding = here.inside(() => Deno.readTextFileSync(FORWARDING));
    assert.equal(forwarding, "0\n");

    const words = ["--rm", "--network", "none", ROOTFS, "echo", "hi"];
    const { code, stdout } = await poor(here, "container", "run", ...words);
    assert.deepEqual([code, stdout], [0, "hi\n"]);
  },
});

Deno.test({
  name: "what fails leaves a network alone that another container is on",
  ...needs("root", "tool:nsenter", "seccomp", "native"),
  async fn() {
    await using here = place();
    const { code, stderr } = await here.rkl(
      ...["container", "run", "-d", "--name", "first", "--network", "bridge"],
      ...[ROOTFS, "sleep", "1000"],
    );
    assert.equal(code, 0, stderr);
    const refused = await poor(
      here,
      ...["container", "run", "--name", "second", "--network", "bridge"],
      ...[ROOTFS, "true"],
    );
    assert.equal(refused.code, 125);
    assert.deepEqual(here.links("bridge"), ["rkl0"]);
    const { containers } = await here.inspect("bridge");
    assert.deepEqual(Object.keys(containers), ["first"]);
  },
});
