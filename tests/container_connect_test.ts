/**
 * `rkl network connect` and `disconnect`, seen from inside the container.
 *
 * @module
 */
import assert from "node:assert/strict";
import { allocate } from "../net/ipam.ts";
import { rangesOf } from "../net/network.ts";
import { failed, inspect, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";
import { command, killAfter, SILENT } from "./rkl.ts";

/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

/** Networks whose addresses are known, on a host that forwards already. */
async function makeNetworks(here: Place) {
  here.inside(() => {
    for (const key of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"]) {
      Deno.writeTextFileSync(`/proc/sys/net/${key}`, "1");
    }
  });
  const make = async (name: string, ...words: string[]) =>
    succeeded(await here.network("create", ...words, name));
  await make("front", "--subnet", "10.9.1.0/24");
  await make("back", "--subnet", "10.9.2.0/24", "--subnet", "fd09:2::/64");
  await make("dark", "--subnet", "10.9.3.0/24", "--internal");
}

/** What a script prints inside a running container. */
async function inside(here: Place, name: string, script: string) {
  return (await here.exec(name, script)).stdout;
}

/** The interfaces, the default routes and the own lines of /etc/hosts. */
async function look(here: Place, name: string) {
  const text = await inside(
    here,
    name,
    "ip -o -4 addr | awk '$2 != \"lo\" {print $2, $4}' | sort; echo -; " +
      "ip route | awk '/^default/ {print $3, $5}'; echo -; " +
      `grep '${name}$' /etc/hosts`,
  );
  const [links, routes, hosts] = text.split("-\n").map((part) =>
    part.split("\n").filter(Boolean)
  );
  return { links, routes, hosts };
}

Deno.test({
  name: "a running container joins networks and leaves them, routes following",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    const { network } = here;
    await here.start("web", "--network", "front", "--hostname", "web");
    const before = {
      links: ["eth0 10.9.1.2/24"],
      routes: ["10.9.1.1 eth0"],
      hosts: ["10.9.1.2\tweb"],
    };
    assert.deepEqual(await look(here, "web"), before);

    const mac = "02:42:00:00:00:07";
    succeeded(
      await network(
        ...["connect", "--ip", "10.9.2.9", "--ip6", "fd09:2::9"],
        ...["--mac-address", mac, "--alias", "db", "back", "web"],
      ),
    );
    succeeded(await network("connect", "--interface", "secret", "dark", "web"));
    const all = {
      links: ["eth0 10.9.1.2/24", "eth1 10.9.2.9/24", "secret 10.9.3.2/24"],
      routes: ["10.9.1.1 eth0"],
      hosts: [
        "10.9.1.2\tweb",
        "10.9.2.9\tweb",
        "fd09:2::9\tweb",
        "10.9.3.2\tweb",
      ],
    };
    assert.deepEqual(await look(here, "web"), all);
    assert.match(
      await inside(here, "web", "cat /sys/class/net/eth1/address; ip -6 route"),
      new RegExp(`^${mac}\n[^]*default via fd09:2::1 dev eth1`),
    );
    const { containers } = await here.inspect("back");
    assert.deepEqual(containers.web, {
      addresses: ["10.9.2.9", "fd09:2::9"],
      mac,
      interface: "eth1",
      aliases: ["db"],
    });

    // The same after a restart, and from there off the first of them.
    succeeded(await here.rkl("container", "stop", "-t", "0", "web"));
    succeeded(await here.rkl("container", "start", "web"));
    assert.deepEqual(await look(here, "web"), all);
    succeeded(await network("disconnect", "front", "web"));
    assert.deepEqual(await look(here, "web"), {
      links: ["eth1 10.9.2.9/24", "secret 10.9.3.2/24"],
      routes: ["10.9.2.1 eth1"],
      hosts: ["10.9.2.9\tweb", "fd09:2::9\tweb", "10.9.3.2\tweb"],
    });
    succeeded(await network("disconnect", "back", "web"));
    assert.deepEqual(await look(here, "web"), {
      links: ["secret 10.9.3.2/24"],
      routes: [],
      hosts: ["10.9.3.2\tweb"],
    });
    // Nobody uses them any more.
    succeeded(await network("rm", "front", "back"));
    assert.equal(here.links("veth").length, 1);
    succeeded(await network("disconnect", "dark", "web"));
    assert.deepEqual(await look(here, "web"), {
      links: [],
      routes: [],
      hosts: [],
    });
    succeeded(await network("connect", "dark", "web"));
    assert.deepEqual((await look(here, "web")).links, ["eth0 10.9.3.3/24"]);
  },
});

Deno.test({
  name: "a file of names that its container made huge is written anew",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    await here.start("web", "--network", "front", "--hostname", "web");
    const before = await inside(here, "web", "cat /etc/hosts");
    const huge = "dd if=/dev/zero of=/etc/hosts bs=1M seek=5000 count=0; " +
      "ln -sf /etc/passwd /etc/hosts; mv /etc/hosts /x; ls -l /etc/hosts";
    assert.match(await inside(here, "web", huge), /^-\S+ .* 5242880000 /);
    succeeded(await here.network("connect", "dark", "web"));
    const after = await inside(here, "web", "cat /etc/hosts");
    assert.equal(after, `${before}10.9.3.2\tweb\n`);
  },
});

Deno.test({
  name:
    "a name for the host goes with the last network and comes with the next",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    const { network } = here;
    const flags = ["--add-host", "up:host-gateway", "-p", "8097:80"];
    await here.start("web", "--network", "front", ...flags);
    const up = () => inside(here, "web", "grep up$ /etc/hosts");
    assert.equal(await up(), "10.9.1.1\tup\n");
    succeeded(await network("disconnect", "front", "web"));
    assert.equal(await up(), "");
    assert.deepEqual(here.published(), []);
    assert.deepEqual((await here.inspect("front")).containers, {});
    succeeded(await network("connect", "back", "web"));
    assert.equal(await up(), "10.9.2.1\tup\nfd09:2::1\tup\n");
  },
});

Deno.test({
  name: "a connect that fails leaves names and ports as they were",
  ...needs("root", "tool:nsenter", "tool:unshare", "native"),
  async fn() {
    await using here = place();
    await makeNetworks(here);
    await here.start("near", "--network", "back");
    await here.start("web", "--network", "front", "-p", "8099:80");
    succeeded(await here.network("disconnect", "front", "web"));
    const hosts = await inside(here, "web", "cat /etc/hosts");
    // A port of loopback takes a setting, which cannot be made here.
    const frozen = 'mount -o bind,ro /proc/sys /proc/sys && exec "$@"';
    const [netns, _, ...rkl] = here.line("network", "connect", "back", "web");
    const words = ["unshare", "-m", "sh", "-c", frozen, "sh", ...rkl];
    failed(await command("nsenter", [netns!, ...words]), 125, /route_localnet/);
    assert.equal(await inside(here, "web", "cat /etc/hosts"), hosts);
    const ports = await here.rkl("container", "port", "web");
    assert.equal(succeeded(ports), "");
    assert.deepEqual(here.published(), []);
    succeeded(await here.network("connect", "back", "web"));
    assert.deepEqual(here.published(), ["8099/tcp"]);
  },
});

Deno.test({
  name: "one that does not run, is paused or waits to start is connected too",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    const { network } = here;
    const words = ["--network", "front", "--hostname", "web"];
    const create = ["container", "create", "--name", "web", ...words, ROOTFS];
    succeeded(await here.rkl(...create, "sleep", "1000"));
    succeeded(await network("connect", "back", "web"));
    succeeded(await network("disconnect", "front", "web"));
    succeeded(await here.rkl("container", "start", "web"));
    const back = {
      links: ["eth1 10.9.2.2/24"],
      routes: ["10.9.2.1 eth1"],
      hosts: ["10.9.2.2\tweb", "fd09:2::2\tweb"],
    };
    assert.deepEqual(await look(here, "web"), back);

    succeeded(await here.rkl("container", "pause", "web"));
    succeeded(await network("connect", "--ip", "10.9.1.7", "front", "web"));
    succeeded(await here.rkl("container", "unpause", "web"));
    assert.deepEqual((await look(here, "web")).links, [
      "eth0 10.9.1.7/24",
      "eth1 10.9.2.2/24",
    ]);

    succeeded(await here.rkl("container", "stop", "-t", "0", "web"));
    succeeded(await network("disconnect", "back", "web"));
    succeeded(await network("connect", "dark", "web"));
    succeeded(await here.rkl("container", "start", "web"));
    assert.deepEqual(await look(here, "web"), {
      links: ["eth0 10.9.1.7/24", "eth1 10.9.3.2/24"],
      routes: ["10.9.1.1 eth0"],
      hosts: ["10.9.1.7\tweb", "10.9.3.2\tweb"],
    });
  },
});

Deno.test({
  name: "what cannot be connected or disconnected is told, and stays as it was",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    const { network } = here;
    await here.start("web", "--network", "front");
    await here.start("other", "--network", "back:ip=10.9.2.7");
    for (const mode of ["none", "host", "container:web"]) {
      await here.start(mode.split(":")[0]!, "--network", mode);
    }
    const refused = async (words: string, message: RegExp | string) =>
      failed(await network(...words.split(" ")), 125, message);
    const before = await look(here, "web");
    const bridges = here.links("bridge").sort();
    await refused(
      "connect front web",
      'cannot connect container "web" to network "front": it is on it already',
    );
    await refused(
      "disconnect back web",
      'cannot disconnect container "web" from network "back": it is not on it',
    );
    await refused("connect nowhere web", /network "nowhere" does not exist/);
    await refused("disconnect nowhere web", /network "nowhere" does not exist/);
    await refused("connect front nobody", /container "nobody" does not exist/);
    await refused(
      "disconnect front nobody",
      /container "nobody" does not exist/,
    );
    await refused("connect front none", /: it was made with --network none; /);
    await refused("connect front host", /: it has the host's network; /);
    await refused(
      "disconnect front container",
      /: it shares another container's network; connect that one$/m,
    );
    await refused(
      "connect --ip 10.9.1.9 back web",
      /cannot lease 10\.9\.1\.9: it is not in 10\.9\.2\.0\/24$/m,
    );
    await refused(
      "connect --ip 10.9.2.7 back web",
      /10\.9\.2\.7: other has it/,
    );
    await refused("connect --ip 10.9.2.1 back web", /2\.1: it is reserved$/m);
    await refused(
      "connect --ip6 fd00::9 dark web",
      /cannot lease fd00::9: network "dark" has no IPv6$/m,
    );
    await refused(
      "connect --interface eth0 back web",
      /it has an interface eth0 already$/m,
    );
    await refused(
      "connect --interface a/b back web",
      /--interface a\/b: "a\/b" is no interface name/,
    );
    assert.deepEqual(await look(here, "web"), before);
    assert.deepEqual(here.links("bridge").sort(), bridges);
    const { containers } = await here.inspect("back");
    assert.deepEqual(Object.keys(containers), ["other"]);
    succeeded(await network("disconnect", "-f", "front", "nobody"));
  },
});

Deno.test({
  name: "kill -9 while a network is joined or left is made good by the next",
  ...native,
  async fn() {
    await using here = place();
    await makeNetworks(here);
    await here.start("web", "--network", "front", "--hostname", "web");
    const start = Date.now();
    succeeded(await here.network("connect", "back", "web"));
    const longest = Date.now() - start;
    succeeded(await here.network("disconnect", "back", "web"));
    const killed = (...words: string[]) =>
      killAfter(
        longest * (0.4 + 0.7 * Math.random()), // before, it only starts
        here.spawn(["network", ...words], SILENT),
      );
    for (let i = 0; i < 12; i++) {
      await killed("connect", "back", "web");
      await here.network("connect", "back", "web"); // or it was done
      const on = await look(here, "web");
      assert.equal(on.links!.length, 2, JSON.stringify(on));
      assert.equal(on.hosts!.length, 3, JSON.stringify(on));
      await killed("disconnect", "back", "web");
      await here.network("disconnect", "back", "web"); // or it was done
      assert.deepEqual(await look(here, "web"), {
        links: ["eth0 10.9.1.2/24"],
        routes: ["10.9.1.1 eth0"],
        hosts: ["10.9.1.2\tweb"],
      });
      assert.deepEqual((await here.inspect("back")).containers, {});
    }
    // An address of one that had left already is given back, too.
    const back = await here.inspect("back");
    const directory = `${here.box.directory}/data/networks/back`;
    const { id } = await inspect(here.box, "web");
    allocate(directory, id, [{ ranges: rangesOf(back, 4) }]);
    succeeded(await here.network("disconnect", "back", "web"));
    assert.deepEqual((await here.inspect("back")).containers, {});
    assert.equal(here.links("veth").length, 1);
    assert.deepEqual(Object.keys((await inspect(here.box, "web")).networks!), [
      "front",
    ]);
  },
});
