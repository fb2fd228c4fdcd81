/**
 * The files that containers find names with, read inside them.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  ask,
  failed,
  imageWith,
  inspect,
  launch,
  nameIn,
  ROOTFS,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { place } from "./netns.ts";
import { sandbox } from "./rkl.ts";

const root = needs("root", "native");
const networks = needs("root", "tool:nsenter", "native");

const LOOPBACK = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
].join("\n");

const FILES = {
  hosts: "cat /etc/hosts",
  hostname: "cat /etc/hostname",
  resolvConf: "cat /etc/resolv.conf",
} as const;

Deno.test({
  name: "without a network and with the host's there are the three files",
  ...root,
  async fn() {
    await using box = sandbox();
    const resolvConf = Deno.readTextFileSync("/etc/resolv.conf").trimEnd();
    const words = ["--hostname", "web", "--domainname", "example.com", ROOTFS];
    const none = await ask(box, ["--network", "none", ...words], FILES);
    assert.deepEqual(none, { hosts: LOOPBACK, hostname: "web", resolvConf });
    const host = await ask(box, ["--network", "host", ...words], FILES);
    const hosts = Deno.readTextFileSync("/etc/hosts").trimEnd();
    assert.deepEqual(host, { hosts, hostname: "web", resolvConf });
    const all = await ask(
      box,
      ["--network", "host", "--uts", "host", ROOTFS],
      FILES,
    );
    assert.equal(all.hostname, Deno.hostname());
  },
});

Deno.test({
  name: "flags add hosts and say whom the resolver asks",
  ...root,
  async fn() {
    await using box = sandbox();
    const answers = await ask(
      box,
      [
        ...["--add-host", "db:192.0.2.7", "--add-host", "six=2001:db8::7"],
        ...["--dns", "192.0.2.53", "--dns-search", "a.test"],
        ...["--dns-option", "ndots:2", ROOTFS],
      ],
      { ...FILES, ping: "ping -c1 -W1 db 2> /dev/null | head -1" },
    );
    assert.equal(
      answers.hosts,
      `${LOOPBACK}\n192.0.2.7\tdb\n2001:db8::7\tsix`,
    );
    assert.equal(
      answers.resolvConf,
      "nameserver 192.0.2.53\nsearch a.test\noptions ndots:2",
    );
    assert.match(answers.ping, /^PING db \(192\.0\.2\.7\)/);
  },
});

Deno.test({
  name: "the files are there whatever the image has in their place",
  ...root,
  async fn() {
    await using box = sandbox();
    const image = await imageWith(
      box,
      "rm -r etc && mkdir etc && " +
        "ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf",
    );
    const usual = await ask(box, [image], FILES);
    assert.equal(usual.hosts, LOOPBACK);
    assert.match(usual.resolvConf, /./);
    Deno.removeSync(`${image}/etc`, { recursive: true });
    // Read-only, they are so as well.
    for (const words of [[], ["--read-only"]]) {
      const { hosts, hostname, write } = await ask(box, [...words, image], {
        ...FILES,
        write: "echo >> /etc/hosts && echo written",
      });
      assert.equal(hosts, LOOPBACK);
      assert.match(hostname, /./);
      const writes = words.length === 0
        ? /^written$/
        : /Read-only file system$/;
      assert.match(write, writes);
    }
    // Nothing was made in the image.
    assert.throws(() => Deno.statSync(`${image}/etc`), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "mounts of the user's own go before, and nothing is made in them",
  ...root,
  async fn() {
    await using box = sandbox();
    const etc = `${box.directory}/etc`;
    Deno.mkdirSync(etc);
    Deno.writeTextFileSync(`${box.directory}/hosts`, "192.0.2.1\tmine\n");
    const one = await ask(
      box,
      ["-v", `${box.directory}/hosts:/etc/hosts:ro`, ROOTFS],
      FILES,
    );
    assert.equal(one.hosts, "192.0.2.1\tmine");
    assert.match(one.resolvConf, /./);
    const all = await ask(box, ["-v", `${etc}:/etc`, ROOTFS], {
      list: "ls /etc",
    });
    assert.equal(all.list, "");
    assert.deepEqual([...Deno.readDirSync(etc)], []);
    const memory = await ask(box, ["--tmpfs", "/etc", ROOTFS], FILES);
    assert.equal(memory.hosts, LOOPBACK);
  },
});

Deno.test({
  name: "who shares another container's network shares its names",
  ...networks,
  async fn() {
    await using here = place();
    const { box } = here;
    succeeded(await here.network("create", "--subnet", "10.9.1.0/24", "front"));
    const [web, guest] = [nameIn(box, "web"), nameIn(box, "guest")];
    await here.rkl(
      ...["container", "run", "-d", "--name", web, "--hostname", "web"],
      ...["--network", "front", ROOTFS, "sleep", "1000"],
    );
    await here.rkl(
      ...["container", "run", "-d", "--name", guest],
      ...["--network", `container:${web}`, ROOTFS, "sleep", "1000"],
    );
    const read = async (name: string, file: string) =>
      succeeded(await here.rkl("container", "exec", name, "cat", file));
    for (const file of ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]) {
      assert.equal(await read(guest, file), await read(web, file));
    }
    const words = ["container", "exec", guest, "sh", "-c"];
    const said = succeeded(
      await here.rkl(...words, "hostname; tr '\\0' '\\n' < /proc/1/environ"),
    );
    assert.match(said, /^web\n/);
    assert.match(said, /^HOSTNAME=web$/m);
    // What the one is told, the other is too.
    succeeded(await here.network("create", "--subnet", "10.9.2.0/24", "back"));
    await here.network("connect", "back", web);
    assert.match(await read(guest, "/etc/hosts"), /^10\.9\.2\.2\tweb$/m);
    failed(
      await here.rkl(
        ...["container", "run", "--network", `container:${web}`],
        ...["--hostname", "x", ROOTFS, "true"],
      ),
      125,
      `--hostname: cannot be set with network: container:${web}`,
    );
  },
});

Deno.test({
  name: "a container is on its networks as flags and files say",
  ...networks,
  async fn() {
    await using here = place();
    const { box } = here;
    const name = nameIn(box);
    const subnets = ["--subnet", "10.9.1.0/24", "--subnet", "fd09:1::/64"];
    succeeded(await here.network("create", ...subnets, "front"));
    succeeded(await here.network("create", "--subnet", "10.9.2.0/24", "back"));
    const mac = "02:42:00:00:00:09";
    const { code, stderr } = await here.rkl(
      ...["container", "run", "-d", "--name", name, "--hostname", "web"],
      ...["--network", `front:ip=10.9.1.9,ip6=fd09:1::9,mac=${mac},alias=www`],
      ...["--network", "name=back,interface=inner", "--network-alias", "both"],
      ...["--add-host", "outside:host-gateway"],
      ...[ROOTFS, "sleep", "1000"],
    );
    assert.equal(code, 0, stderr);
    const expected = {
      front: {
        addresses: ["10.9.1.9", "fd09:1::9"],
        mac,
        interface: "eth0",
        aliases: ["www", "both"],
        gateways: ["10.9.1.1", "fd09:1::1"],
      },
      back: {
        addresses: ["10.9.2.2"],
        mac: "02:42:0a:09:02:02",
        interface: "inner",
        aliases: ["both"],
        gateways: ["10.9.2.1"],
      },
    };
    assert.deepEqual((await inspect(box, name)).networks, expected);
    const shell = async (script: string) =>
      succeeded(
        await here.rkl("container", "exec", name, "sh", "-c", script),
      );
    const check = async () => {
      const script = "cat /sys/class/net/eth0/address " +
        "/sys/class/net/inner/address; ip -o addr show eth0; " +
        "tail -n +7 /etc/hosts; ping -qc1 outside; ping -qc1 web";
      const said = await shell(script);
      assert.match(said, new RegExp(`^${mac}\n02:42:0a:09:02:02\n`));
      assert.match(said, /inet 10\.9\.1\.9\/24[^]*inet6 fd09:1::9\/64/);
      assert(
        said.includes(
          "10.9.1.1\toutside\nfd09:1::1\toutside\n10.9.2.1\toutside\n" +
            "10.9.1.9\tweb\nfd09:1::9\tweb\n10.9.2.2\tweb\n",
        ),
        said,
      );
      assert.equal(said.match(/ 1 packets received/g)?.length, 2);
    };
    await check();
    succeeded(await here.rkl("container", "stop", "-t", "0", name));
    succeeded(await here.rkl("container", "start", name));
    await check();
    // Somebody else cannot have what it has.
    const other = (...words: string[]) =>
      here.rkl("container", "run", "--rm", ...words, ROOTFS, "true");
    failed(
      await other("--network", "front", "--ip", "10.9.1.9"),
      125,
      `cannot lease 10.9.1.9: ${name} has it`,
    );
    failed(
      await other("--network", "front", "--ip", "10.9.2.9"),
      125,
      "cannot lease 10.9.2.9: it is not in 10.9.1.0/24",
    );
    failed(
      await other("--network", "back:ip6=fd09::9"),
      125,
      'cannot lease fd09::9: network "back" has no IPv6',
    );
  },
});

Deno.test({
  name: "what a container writes into its files is there until it starts anew",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, [ROOTFS, "sleep", "1000"]);
    const shell = async (script: string) =>
      succeeded(await box.rkl("container", "exec", name, "sh", "-c", script));
    await shell("echo '192.0.2.1 mine' >> /etc/hosts");
    assert.match(await shell("cat /etc/hosts"), /^192\.0\.2\.1 mine$/m);
    succeeded(await box.rkl("container", "stop", "-t", "0", name));
    succeeded(await box.rkl("container", "start", name));
    assert.equal(await shell("cat /etc/hosts"), `${LOOPBACK}\n`);
  },
});
