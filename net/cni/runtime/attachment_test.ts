import assert from "node:assert/strict";
import fc from "fast-check";
import { open, setInheritable } from "../../../sys/fd.ts";
import { formatAddress } from "../../address.ts";
import { decodeLink, getLink, setLink } from "../../netlink/link.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { kernelTest } from "../../netlink/testing.ts";
import { inNetns, newNetns } from "../../netns.ts";
import {
  addAttachment,
  checkAttachment,
  type CniPlaces,
  deleteAttachment,
} from "./attachment.ts";
import { listEntries } from "./cache.ts";
import type { Attachment } from "./chain.ts";
import { invoke } from "./invoke.ts";
import { checkStatus, collectGarbage } from "./maintenance.ts";
import { parseNetworkList } from "./network_list.ts";
import { PluginError } from "./plugin_error.ts";
import { MissingPluginError } from "./plugin_path.ts";
import { readResult } from "./answer.ts";
import { workshop } from "./testing.ts";
import { eventually } from "../../../tests/rkl.ts";
import { isAlive } from "../../../tests/container.ts";

function networkOf(...types: string[]) {
  return networkWith({ cniVersion: "1.0.0" }, ...types);
}

function networkWith(fields: object, ...types: string[]) {
  const plugins = types.map((type) => ({ type }));
  const conf = { name: "net", ...fields, plugins };
  return parseNetworkList(JSON.stringify(conf), "net.conflist");
}

const attachment: Attachment = {
  containerId: "web",
  ifName: "eth0",
  netns: "/proc/1/ns/net",
  args: [],
  capabilities: {},
};
const key = { networkName: "net", containerId: "web", ifName: "eth0" };

const entries = ({ cacheDirectory }: CniPlaces) => listEntries(cacheDirectory);

Deno.test("ADD hands each result on, keeps the last, and DEL gives it back", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  here.good("two", "10.0.0.2/24");
  const result = await addAttachment(
    networkOf("one", "two"),
    attachment,
    here.places,
  );
  assert.equal(formatAddress(result.ips[0]!.address.address), "10.0.0.2");
  const [first, second] = here.calls();
  assert.equal(first!.call, "ADD one");
  assert(!("prevResult" in first!.conf));
  assert.equal(second!.call, "ADD two");
  assert.match(JSON.stringify(second!.conf.prevResult), /10\.0\.0\.1\/24/);

  const path = `${here.places.cacheDirectory}/results/net-web-eth0`;
  const kept = JSON.parse(Deno.readTextFileSync(path));
  assert.equal(kept.kind, "cniCacheV1");
  assert.equal(kept.result.ips[0].address, "10.0.0.2/24");
  assert.equal(JSON.parse(atob(kept.config)).plugins.length, 2);

  await deleteAttachment(key, "", here.places);
  const deleted = here.calls();
  assert.deepEqual(deleted.map(({ call }) => call), ["DEL two", "DEL one"]);
  assert.deepEqual(deleted[1]!.conf.prevResult, kept.result);
  assert.deepEqual(entries(here.places), []);
  await deleteAttachment(key, "", here.places); // once more is no failure
});

Deno.test("an ADD that fails is followed by DEL of the whole chain", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  here.plugin(
    "bad",
    `cat > /dev/null; if [ $CNI_COMMAND = ADD ]; then
      echo 'something is odd' >&2
      echo '{"code": 11, "msg": "no address", "details": "all taken"}'; exit 1
    fi`,
  );
  await assert.rejects(
    addAttachment(networkOf("one", "bad"), attachment, here.places),
    (error) => {
      assert(error instanceof PluginError);
      assert.equal(
        error.message,
        'network "net": the CNI plugin "bad" failed at ADD: no address; all ' +
          "taken (code 11: what stands in the way will pass; try again); on " +
          "stderr: something is odd",
      );
      assert.equal(error.told?.code, 11);
      return true;
    },
  );
  assert.deepEqual(here.calls().map(({ call }) => call), [
    "ADD one",
    "DEL one",
  ]);
  assert.deepEqual(entries(here.places), []);
});

Deno.test("what cannot be removed stays known until it can", async () => {
  using here = workshop();
  here.plugin("bad", "echo oops; exit 3");
  await assert.rejects(
    addAttachment(networkOf("bad"), attachment, here.places),
    /failed at ADD: it exited with 3 and printed oops; and what it had made could not be removed: .*failed at DEL/,
  );
  assert.equal(entries(here.places).length, 1);
  here.good("bad", "10.0.0.1/24");
  await addAttachment(networkOf("bad"), attachment, here.places);
  assert.deepEqual(here.calls().map(({ call }) => call), [
    "DEL bad",
    "ADD bad",
  ]);
});

Deno.test("what is left is undone in the namespace of ADD where that is the same", async () => {
  using here = workshop();
  const log = `${here.directory}/namespaces`;
  here.plugin(
    "one",
    `cat > /dev/null; echo $CNI_COMMAND "$CNI_NETNS" >> ${log}
    echo '{"cniVersion": "1.0.0"}'`,
  );
  for (const netns of ["/proc/1/ns/net", "/proc/1/ns/net", "/proc/2/ns/net"]) {
    const again = { ...attachment, netns };
    await addAttachment(networkOf("one"), again, here.places);
  }
  assert.deepEqual(Deno.readTextFileSync(log).trimEnd().split("\n"), [
    "ADD /proc/1/ns/net",
    "DEL /proc/1/ns/net",
    "ADD /proc/1/ns/net",
    "DEL ",
    "ADD /proc/2/ns/net",
  ]);
});

Deno.test("a missing plugin is told before anything is done", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  await assert.rejects(
    addAttachment(networkOf("one", "two"), attachment, here.places),
    (error) => {
      assert(error instanceof MissingPluginError);
      assert.match(
        error.message,
        /needs the CNI plugin "two", .*\/bin; install/,
      );
      return true;
    },
  );
  assert.throws(() => here.calls(), Deno.errors.NotFound);
  assert.deepEqual(entries(here.places), []);
});

Deno.test("a plugin that takes too long is killed, and all it started", async () => {
  using here = workshop();
  const places = { ...here.places, timeout: 2000 };
  here.plugin(
    "slow",
    `[ $CNI_COMMAND = DEL ] && exit
    echo waiting >&2; sleep 1000 & echo $! > ${here.directory}/pid; wait`,
  );
  await assert.rejects(
    addAttachment(networkOf("slow"), attachment, places),
    /it took more than 2 seconds and was killed; on stderr: waiting/,
  );
  const pid = Number(Deno.readTextFileSync(`${here.directory}/pid`));
  assert(pid > 0);
  await eventually("what it started has ended", () => !isAlive(pid));
});

Deno.test("a plugin has the three standard descriptors and no other", async () => {
  using here = workshop();
  // One without close-on-exec, as a shell may leave it to rkl.
  using file = inheritable("/dev/null");
  here.plugin(
    "nosy",
    `ls /proc/self/fd > ${here.directory}/fds; cat > /dev/null
    echo '{"cniVersion": "1.0.0"}'`,
  );
  await addAttachment(networkOf("nosy"), attachment, here.places);
  // The fourth is the directory that ls reads.
  const fds = Deno.readTextFileSync(`${here.directory}/fds`);
  assert.equal(fds.trim().split("\n").length, 4, `${file.number}: ${fds}`);
});

Deno.test("CHECK gets the result of ADD; disableCheck keeps it from being asked", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  await assert.rejects(checkAttachment(key, here.places), /is not attached/);
  await addAttachment(networkOf("one"), attachment, here.places);
  await checkAttachment(key, here.places);
  const [, checked] = here.calls();
  assert.equal(checked!.call, "CHECK one");
  assert.match(JSON.stringify(checked!.conf.prevResult), /10\.0\.0\.1\/24/);
  for (const quiet of [{ disableCheck: true }, { cniVersion: "0.3.1" }]) {
    const network = networkWith({ cniVersion: "1.0.0", ...quiet }, "one");
    await addAttachment(network, attachment, here.places);
    here.calls();
    await checkAttachment(key, here.places);
    assert.throws(() => here.calls(), Deno.errors.NotFound);
  }
});

Deno.test("GC removes by DEL what is over, and names the rest", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  const network = networkWith({ cniVersion: "1.1.0" }, "one");
  for (const containerId of ["dead", "live"]) {
    await addAttachment(network, { ...attachment, containerId }, here.places);
  }
  here.calls();
  const isOver = ({ containerId }: { containerId: string }) =>
    containerId === "dead";
  assert.deepEqual(await collectGarbage(network, isOver, here.places), []);
  const [del, gc] = here.calls();
  assert.equal(del!.call, "DEL one");
  assert.equal(gc!.call, "GC one");
  assert.deepEqual(gc!.conf["cni.dev/valid-attachments"], [
    { containerID: "live", ifname: "eth0" },
  ]);
  const off = { ...network, disableGC: true };
  assert.deepEqual(await collectGarbage(off, () => true, here.places), []);
  assert.throws(() => here.calls(), Deno.errors.NotFound);
  // All plugins are asked, and all failures told.
  here.plugin("bad", "exit 1");
  const failures = await collectGarbage(
    networkWith({ cniVersion: "1.1.0" }, "bad", "one", "bad"),
    () => false,
    here.places,
  );
  assert.equal(failures.length, 2);
  assert.equal(here.calls()[0]!.call, "GC one");
});

Deno.test("GC waits for an ADD that is under way", async () => {
  using here = workshop();
  here.good("one", "10.0.0.1/24");
  here.plugin("slow", "cat > /dev/null; sleep 0.2; echo '{}'");
  const network = networkWith({ cniVersion: "1.1.0" }, "slow", "one");
  const adding = addAttachment(network, attachment, here.places);
  await collectGarbage(network, () => false, here.places);
  await adding;
  const calls = here.calls().map(({ call }) => call);
  assert.deepEqual(calls, ["ADD one", "GC one"]);
});

Deno.test("STATUS tells what keeps a plugin from working", async () => {
  using here = workshop();
  here.plugin("down", `echo '{"code": 50, "msg": "no daemon"}'; exit 1`);
  await assert.rejects(
    checkStatus(networkWith({ cniVersion: "1.1.0" }, "down"), here.places),
    /failed at STATUS: no daemon \(code 50: it can add no container\)$/,
  );
  await checkStatus(networkOf("down"), here.places); // older than STATUS
});

Deno.test("of several versions the newest is spoken that all plugins speak", async () => {
  using here = workshop();
  const answer = (name: string, versions: string[]) =>
    here.plugin(
      name,
      `if [ $CNI_COMMAND = VERSION ]; then
        echo '${JSON.stringify({ supportedVersions: versions })}'
      else cat > ${here.directory}/${name}; echo '{}'; fi`,
    );
  answer("new", ["0.4.0", "1.0.0", "1.1.0"]);
  answer("old", ["0.3.1", "0.4.0", "1.0.0"]);
  const versions = { cniVersion: "0.4.0", cniVersions: ["1.0.0", "1.1.0"] };
  const network = networkWith(versions, "new", "old");
  await addAttachment(network, attachment, here.places);
  const conf = Deno.readTextFileSync(`${here.directory}/new`);
  assert.equal(JSON.parse(conf).cniVersion, "1.0.0");
  answer("old", ["0.1.0"]);
  await assert.rejects(
    addAttachment(network, attachment, here.places),
    /none in common: "new" 0\.4\.0, 1\.0\.0, 1\.1\.0; "old" 0\.1\.0$/,
  );
});

kernelTest(
  "the loopback is brought up without a plugin's program",
  async () => {
    using here = workshop();
    using netns = newNetns();
    const there = `/proc/${Deno.pid}/fd/${netns.number}`;
    const isUp = () =>
      inNetns(netns, () => {
        using socket = new NetlinkSocket("ROUTE");
        return decodeLink(socket.request(getLink("lo"))[0]!).up;
      });
    const network = networkOf("loopback");
    assert(!isUp());
    const added = { ...attachment, netns: there };
    const { interfaces, ips } = await addAttachment(
      network,
      added,
      here.places,
    );
    assert(isUp());
    assert.deepEqual(interfaces.map(({ name }) => name), ["lo"]);
    assert.equal(ips.length, 2);
    await checkAttachment(key, here.places);
    inNetns(netns, () => {
      using socket = new NetlinkSocket("ROUTE");
      socket.request(setLink("lo", { up: false }));
    });
    await assert.rejects(
      checkAttachment(key, here.places),
      /"loopback" failed at CHECK: the loopback is down/,
    );
    await deleteAttachment(key, "", here.places);
    assert.deepEqual(entries(here.places), []);
  },
);

Deno.test("whatever a plugin prints is a result or a PluginError", async () => {
  using here = workshop();
  const call = {
    command: "ADD" as const,
    network: "net",
    plugin: "any",
    conf: {},
    environment: {},
  };
  const result = (field: string, value: unknown) =>
    JSON.stringify({ cniVersion: "1.0.0", [field]: value });
  const output = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().chain((json) =>
      fc.constantFrom("interfaces", "ips", "routes", "dns", "cniVersion")
        .map((field) => result(field, JSON.parse(json)))
    ),
    fc.string().map((address) => result("ips", [{ address }])),
  );
  const read = (stdout: string, code: number) => {
    try {
      return readResult(call, { code, stdout, stderr: "" }).ips;
    } catch (error) {
      assert(error instanceof PluginError, `${stdout}: ${error}`);
    }
  };
  const code = fc.constantFrom(0, 0, 1, 137);
  fc.assert(
    fc.property(output, code, (stdout, code) => void read(stdout, code)),
    { numRuns: 500 },
  );
  // The same through a real program.
  here.plugin(
    "any",
    `cat ${here.directory}/out; exit $(cat > /dev/null; echo 0)`,
  );
  await fc.assert(
    fc.asyncProperty(output, async (text) => {
      Deno.writeTextFileSync(`${here.directory}/out`, text);
      const { stdout, code } = await invoke(call, here.places);
      assert.equal(code, 0);
      read(stdout, code);
    }),
    { numRuns: 20 },
  );
});

/** A descriptor that every program started from here on would get. */
function inheritable(path: string) {
  const opened = open(path);
  setInheritable(opened.number, true);
  return opened;
}
