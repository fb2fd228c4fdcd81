import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { randomFrom } from "../netlink/testing.ts";
import {
  formatAddedHost,
  formatHosts,
  HOST_GATEWAY,
  type HostsRequest,
  NoGatewayError,
  parseAddedHost,
  updateHosts,
} from "./hosts.ts";
import { InvalidNameError } from "./name.ts";

const LOOPBACK = "127.0.0.1\tlocalhost\n" +
  "::1\tlocalhost ip6-localhost ip6-loopback\n" +
  "fe00::\tip6-localnet\n" +
  "ff00::\tip6-mcastprefix\n" +
  "ff02::1\tip6-allnodes\n" +
  "ff02::2\tip6-allrouters\n";

const WEB: HostsRequest = {
  hostname: "web",
  addresses: [parseAddress("10.88.0.2")],
  gateways: [parseAddress("10.88.0.1")],
  addHosts: [],
  hostNetwork: false,
};

function added(...texts: string[]): Pick<HostsRequest, "addHosts"> {
  return { addHosts: texts.map(parseAddedHost) };
}

Deno.test("a container finds itself and the loopback names", () => {
  assert.equal(formatHosts(WEB), `${LOOPBACK}10.88.0.2\tweb\n`);
});

Deno.test("every address of the container has a line, the full name first", () => {
  const addresses = ["10.88.0.2", "fd00::2"].map(parseAddress);
  assert.equal(
    formatHosts({ ...WEB, domainname: "example.com", addresses }),
    `${LOOPBACK}10.88.0.2\tweb.example.com web\n` +
      "fd00::2\tweb.example.com web\n",
  );
});

Deno.test("added names come before the container's own", () => {
  assert.equal(
    formatHosts({ ...WEB, ...added("db:10.0.0.1", "db=fd00::1") }),
    `${LOOPBACK}10.0.0.1\tdb\nfd00::1\tdb\n10.88.0.2\tweb\n`,
  );
});

Deno.test("host-gateway is every address of the gateway", () => {
  const gateways = ["10.88.0.1", "fd00::1"].map(parseAddress);
  assert.equal(
    formatHosts({
      ...WEB,
      ...added("host.docker.internal:host-gateway"),
      gateways,
    }),
    `${LOOPBACK}10.88.0.1\thost.docker.internal\n` +
      "fd00::1\thost.docker.internal\n10.88.0.2\tweb\n",
  );
});

Deno.test("host-gateway is refused where there is no gateway", () => {
  const request = { ...WEB, ...added("up:host-gateway"), gateways: [] };
  assert.throws(() => formatHosts(request), (error) => {
    assert(error instanceof NoGatewayError);
    assert.equal(error.host, "up");
    assert.match(
      error.message,
      /^cannot add "up:host-gateway" to \/etc\/hosts: .* has no gateway/,
    );
    return true;
  });
  assert.throws(
    () => formatHosts({ ...request, hostNetwork: true }),
    /network of the host, which is 127.0.0.1 there; write up:127.0.0.1/,
  );
});

Deno.test("with the host's network its file is copied", () => {
  const text = "# ours\n\n127.0.0.1 localhost\r\n10.0.0.9\tdb  # old\n";
  const request = { ...WEB, addresses: [], hostNetwork: true };
  assert.equal(formatHosts(request, text), text);
  assert.equal(formatHosts(request, ""), LOOPBACK);
  assert.equal(
    formatHosts({ ...request, ...added("up:10.0.0.1") }, "1.1.1.1 one"),
    "1.1.1.1 one\n10.0.0.1\tup\n",
  );
});

Deno.test("an added name takes the place of the host's", () => {
  assert.equal(
    formatHosts(
      {
        ...WEB,
        addresses: [],
        hostNetwork: true,
        ...added("db:10.0.0.1", "DB:10.0.0.2"),
      },
      "# db is here\n10.0.0.9\tDb sql # old\n10.0.0.8 db\n10.0.0.7 db2 #db\n",
    ),
    "# db is here\n10.0.0.9\tsql\n10.0.0.7 db2 #db\n" +
      "10.0.0.1\tdb\n10.0.0.2\tDB\n",
  );
});

Deno.test("without the host's network its file does not count", () => {
  assert.equal(formatHosts(WEB, "10.0.0.9 db\n"), formatHosts(WEB));
});

const ADDED = [
  // text, name, how it is written
  ["db:10.88.0.2", "db", "db:10.88.0.2"],
  ["db=10.88.0.2", "db", "db:10.88.0.2"],
  ["db:[10.88.0.2]", "db", "db:10.88.0.2"],
  ["my_db.x-y:::1", "my_db.x-y", "my_db.x-y:[::1]"],
  ["db:fd00::0:1", "db", "db:[fd00::1]"],
  ["db:[fd00::1]", "db", "db:[fd00::1]"],
  ["db=fd00::1", "db", "db:[fd00::1]"],
  ["db=[fd00::1]", "db", "db:[fd00::1]"],
  ["db:host-gateway", "db", "db:host-gateway"],
  ["db=host-gateway", "db", "db:host-gateway"],
] as const;

for (const [text, name, written] of ADDED) {
  Deno.test(`${text} adds ${written}`, () => {
    const host = parseAddedHost(text);
    assert.equal(host.name, name);
    assert.equal(formatAddedHost(host), written);
    assert.deepEqual(parseAddedHost(written), host);
  });
}

const INVALID = [
  ["", /expected NAME:ADDRESS, such as db:10\.88\.0\.2, db:\[fd00::2\]/],
  ["db", /expected NAME:ADDRESS/],
  ["db:", /"" is no IP address: an IPv4 address is four numbers/],
  [":1.2.3.4", /"" is no host name: it is empty/],
  ["10.0.0.1:db", /"10.0.0.1" is no host name: it reads as an address/],
  ["a b:1.2.3.4", /" " is not allowed/],
  ["a:b=1.2.3.4", /":" is not allowed/],
  ["a.:1.2.3.4", /before and after a dot/],
  ["a\n1.1.1.1 b:1.2.3.4", /"\\n" is not allowed/],
  ["db:1.2.3", /four numbers/],
  ["db:[fd00::1", /no group/],
  ["db:[[::1]]", /no group/],
  ["db:[host-gateway]", /four numbers/],
  ["db:Host-Gateway", /four numbers/],
  ["db:fe80::1%eth0", /zone/],
  ["db: 1.2.3.4", /no number/],
  [`${"a.".repeat(126)}aa:1.2.3.4`, /254 characters, at most 253/],
] as const;

for (const [text, problem] of INVALID) {
  Deno.test(`${JSON.stringify(text)} cannot be added`, () => {
    assert.throws(() => parseAddedHost(text), (error) => {
      assert(error instanceof InvalidNameError);
      assert.equal(error.text, text);
      assert.match(error.message, problem);
      assert.match(error.message, /is no entry for \/etc\/hosts: .*expected/s);
      return true;
    });
  });
}

Deno.test("whatever is added is read as it was written", () => {
  const random = randomFrom(5);
  const letters = "abcXYZ019_";
  for (let i = 0; i < 2000; i++) {
    const word = () =>
      Array.from({ length: 1 + random(9) }, () => letters[random(10)]).join("");
    const family = random(2) ? 4 : 6;
    const value = Array.from({ length: family === 4 ? 2 : 8 })
      .reduce<bigint>(
        (sum) => sum << 16n | BigInt(random(2) * random(0x10000)),
        0n,
      );
    const host = {
      name: `a${word()}.${word()}`,
      address: random(4) ? { family, value } as const : HOST_GATEWAY,
    } as const;
    assert.deepEqual(parseAddedHost(formatAddedHost(host)), host);
  }
});

Deno.test("any text is an added name or an InvalidNameError", () => {
  const pieces = [
    ":",
    "=",
    "[",
    "]",
    "::",
    ".",
    "1",
    "db",
    "host-gateway",
    "%",
    "\n",
    "10.0.0.1",
    "fd00::1",
  ];
  const random = randomFrom(11);
  let read = 0;
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: random(7) },
      () => pieces[random(pieces.length)]!,
    ).join("");
    try {
      const host = parseAddedHost(text);
      assert.deepEqual(parseAddedHost(formatAddedHost(host)), host);
      read++;
    } catch (error) {
      if (!(error instanceof InvalidNameError)) throw error;
    }
  }
  assert(read > 10, `${read} were read`);
});

Deno.test("any file of the host is copied with all its other names", () => {
  const pieces = ["10.0.0.1", "::1", "\t", " ", "\n", "#", "db", "sql", "\r"];
  const random = randomFrom(13);
  const request = {
    ...WEB,
    addresses: [],
    hostNetwork: true,
    ...added("db:10.0.0.2"),
  };
  for (let i = 0; i < 3000; i++) {
    const text = Array.from(
      { length: 1 + random(20) },
      () => pieces[random(pieces.length)]!,
    ).join("");
    const copy = formatHosts(request, text);
    const names = (file: string) =>
      file.split("\n").flatMap((line) =>
        line.split("#")[0]!.trim().split(/\s+/).slice(1)
      );
    assert.deepEqual(names(copy), [
      ...names(text).filter((name) => name !== "db"),
      "db",
    ]);
  }
});

Deno.test("an update takes and adds lines, and leaves what others wrote", () => {
  const before = "127.0.0.1\tlocalhost\n10.1.0.2\tweb\n";
  const after = "127.0.0.1\tlocalhost\n10.2.0.2\tweb\n";
  assert.equal(updateHosts(before, before, after), after);
  assert.equal(
    updateHosts(`# mine\n${before}10.9.9.9\tdb`, before, after),
    "# mine\n127.0.0.1\tlocalhost\n10.9.9.9\tdb\n10.2.0.2\tweb\n",
  );
  assert.equal(updateHosts(after, before, after), after);
  assert.equal(updateHosts("", before, after), "10.2.0.2\tweb\n");
});
