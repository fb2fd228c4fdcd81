import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { HostFileError, namesFiles, type NamesRequest } from "./files.ts";
import { parseAddedHost } from "./hosts.ts";

const WEB: NamesRequest = {
  hostname: "web",
  addresses: [parseAddress("10.88.0.2")],
  gateways: [parseAddress("10.88.0.1")],
  addHosts: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  hostNetwork: false,
  ipv6: false,
};
const ON_HOST = { ...WEB, addresses: [], gateways: [], hostNetwork: true };

/** The files of a host, in a directory of their own. */
class Host implements Disposable {
  readonly #directory = Deno.makeTempDirSync();
  readonly paths = {
    hosts: `${this.#directory}/hosts`,
    resolvConf: `${this.#directory}/resolv.conf`,
    systemdResolvConf: `${this.#directory}/systemd.conf`,
  };

  constructor(texts: Partial<typeof this.paths>) {
    for (const [name, text] of Object.entries(texts)) {
      Deno.writeTextFileSync(this.paths[name as keyof typeof texts]!, text);
    }
  }

  [Symbol.dispose]() {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

Deno.test("a container has its three files", () => {
  using host = new Host({
    hosts: "10.9.9.9 secret\n",
    resolvConf: "nameserver 10.0.0.1\n",
  });
  const request = { ...WEB, addHosts: [parseAddedHost("up:host-gateway")] };
  const { hosts, ...others } = namesFiles(request, host.paths);
  assert.match(hosts, /^127.0.0.1\tlocalhost\n::1\t/);
  assert.match(hosts, /\n10.88.0.1\tup\n10.88.0.2\tweb\n$/);
  assert.doesNotMatch(hosts, /secret/);
  assert.deepEqual(others, {
    hostname: "web\n",
    resolvConf: "nameserver 10.0.0.1\n",
    warnings: [],
  });
});

const STUB = {
  resolvConf: "nameserver 127.0.0.53\noptions edns0\n",
  systemdResolvConf: "nameserver 10.0.0.1\nsearch corp\n",
};

Deno.test("what systemd-resolved asks is asked instead of it", () => {
  using host = new Host(STUB);
  assert.equal(
    namesFiles(WEB, host.paths).resolvConf,
    STUB.systemdResolvConf,
  );
});

Deno.test("on the host's network systemd-resolved itself is asked", () => {
  using host = new Host({ ...STUB, hosts: "127.0.1.1 here\n" });
  const { hosts, resolvConf } = namesFiles(ON_HOST, host.paths);
  assert.equal(resolvConf, STUB.resolvConf);
  assert.equal(hosts, "127.0.1.1 here\n");
});

Deno.test("a network's server is asked with the options of the host", () => {
  using host = new Host(STUB);
  const server = parseAddress("10.88.0.1");
  assert.equal(
    namesFiles({ ...WEB, server }, host.paths).resolvConf,
    "nameserver 10.88.0.1\noptions edns0 ndots:0\n",
  );
});

Deno.test("a stub with nothing behind it leads to public name servers", () => {
  using host = new Host({ resolvConf: STUB.resolvConf });
  const { resolvConf, warnings } = namesFiles(WEB, host.paths);
  assert.match(resolvConf, /^nameserver 8.8.8.8\n.*\noptions edns0\n$/s);
  assert.match(warnings.join(), /127\.0\.0\.53.*public/);
});

Deno.test("a host without files is no obstacle", () => {
  using host = new Host({});
  assert.equal(namesFiles(ON_HOST, host.paths).resolvConf, "");
  assert.match(namesFiles(ON_HOST, host.paths).hosts, /^127.0.0.1\tlocalhost/);
  assert.equal(namesFiles(WEB, host.paths).warnings.length, 1);
});

Deno.test("a file that cannot be read is named", () => {
  using host = new Host({});
  Deno.mkdirSync(host.paths.resolvConf);
  assert.throws(() => namesFiles(WEB, host.paths), (error) => {
    assert(error instanceof HostFileError);
    assert.equal(error.path, host.paths.resolvConf);
    assert(error.message.includes(host.paths.resolvConf));
    return true;
  });
});
