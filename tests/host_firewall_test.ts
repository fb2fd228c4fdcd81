/**
 * Networks beside a firewall of the host's own, which is respected.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setLink } from "../net/netlink/link.ts";
import { ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";

const nft = needs("root", "native", "tool:nsenter", "tool:nft");

/** A place that forwards already, so that no start says that it was turned on. */
async function withNetwork(...words: string[]): Promise<Place> {
  const here = place();
  here.socket.request(setLink("lo", { up: true }));
  here.inside(() =>
    Deno.writeTextFileSync("/proc/sys/net/ipv4/ip_forward", "1")
  );
  succeeded(await here.network("create", ...words, "front"));
  return here;
}

/** Starts a container in the background; what rkl said of it. */
async function start(here: Place, name: string): Promise<string> {
  const words = ["-d", "--name", name, "--network", "front", ROOTFS];
  const result = await here.rkl("container", "run", ...words, "sleep", "1000");
  assert.equal(result.code, 0, result.stderr);
  return result.stderr;
}

/** Whether a container finds another by its name. */
async function finds(here: Place, name: string, other: string) {
  const ask = ["timeout", "3", "nslookup", `${other}.`];
  return (await here.rkl("container", "exec", name, ...ask)).code === 0;
}

/** Runs the command that rkl named. */
function heed(here: Place, told: string): void {
  const args = ["-c", /to allow it: (.*)$/m.exec(told)![1]!];
  const { success } = here.inside(() =>
    new Deno.Command("sh", { args }).outputSync()
  );
  assert.ok(success, told);
}

for (const words of [[], ["--internal"]]) {
  Deno.test({
    name:
      `where containers may not ask the host for names, start says so ${words}`
        .trim(),
    ...nft,
    async fn() {
      await using here = await withNetwork(...words);
      here.nft(
        "add table ip filter; add chain ip filter INPUT " +
          "{ type filter hook input priority 0; policy drop; }",
      );
      const told = await start(here, "web");
      assert.match(told, /chain INPUT of table ip filter drops what no rule/);
      assert.equal(told.trimEnd().split("\n").length, 1, told);
      assert.equal(await finds(here, "web", "web"), false);
      heed(here, told);
      assert.equal(await finds(here, "web", "web"), true);
      assert.equal(await start(here, "silent"), "");
    },
  });
}

Deno.test({
  name: "a last rule that rejects is told of as a policy is",
  ...nft,
  async fn() {
    await using here = await withNetwork();
    here.nft(
      "add table inet fw; add chain inet fw pass " +
        "{ type filter hook forward priority 10; }; " +
        "add rule inet fw pass ct state established accept; " +
        "add rule inet fw pass log counter reject with icmpx admin-prohibited",
    );
    const told = await start(here, "web");
    assert.match(
      told,
      /chain pass of table inet fw drops what no rule accepts/,
    );
    heed(here, told);
    assert.equal(await start(here, "silent"), "");
  },
});

Deno.test({
  name: "what the host's firewall does to IPv6 is nothing to a network of IPv4",
  ...nft,
  async fn() {
    await using here = await withNetwork();
    here.nft(
      "add table ip6 filter; add chain ip6 filter FORWARD " +
        "{ type filter hook forward priority 0; policy drop; }; " +
        "add chain ip6 filter INPUT " +
        "{ type filter hook input priority 0; policy drop; }",
    );
    assert.equal(await start(here, "web"), "");
  },
});
