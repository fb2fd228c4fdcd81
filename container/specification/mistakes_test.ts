/**
 * What is said of mistakes in a specification: where, and what is right.
 *
 * @module
 */
import assert from "node:assert/strict";
import { jsonSchema } from "../../sys/schema.ts";
import { Specification, validateSpecification } from "./specification.ts";
import { parseSpecification } from "./file.ts";
import { messageOf } from "./testing.ts";

const FIELDS = Object.keys(jsonSchema(Specification).properties as object)
  .join(", ");

const BAD_YAML: [string, string][] = [
  ["", "1:1: the file is empty; expected an object"],
  ["# nothing\n", "1:1: the file is empty; expected an object"],
  ["- a\n", '1:1: expected an object, got ["a"]'],
  ["image: b\nimage: c\n", "2:1: the key image is given twice"],
  ["\timage: b\n", "1:1: a tab cannot indent; use spaces"],
  ["image: b\nfoo\nbar: 1\n", "2:1: expected : after a key, on its line"],
  ["image: 'b\n", "2:1: not valid YAML: Missing closing 'quote"],
  [
    "image: b\n---\nimage: c\n",
    "3:1: a second document begins; expected one a file",
  ],
  ["image: !foo b\n", "1:8: the tag !foo means nothing here"],
  [
    "image: b\nname: *x\n",
    "2:7: not valid YAML: Unresolved alias (the anchor must be set before " +
    "the alias): x",
  ],
  [
    "x: &a [1,1,1,1,1,1,1,1,1,1]\ny: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
    "z: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nw: [*c,*c]\n",
    "1:1: not valid YAML: Excessive alias count indicates a resource " +
    "exhaustion attack",
  ],
];

const QUANTITY = "is not a quantity: write a number, such as 2 or 0.5, and " +
  "after it nothing or one of m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent " +
  "like e3";

/** Lines after `image: b`, and what is wrong with them. */
const BAD_FIELDS: [string, string][] = [
  [
    "name: -x",
    `2:7: name: expected 1 to 128 letters, digits, _ . or -, the first a letter or digit, got "-x"`,
  ],
  [
    "comand: [a]",
    `2:1: comand: unknown field, did you mean command?; allowed: ${FIELDS}`,
  ],
  ["x: [a]", `2:1: x: unknown field; allowed: ${FIELDS}`],
  [
    "volumeMounts: []",
    "2:1: volumeMounts: is called mounts here",
  ],
  ["args: sleep 1", '2:7: args: expected a list of strings, got "sleep 1"'],
  [
    "args: [sleep, 1]",
    "2:15: args[1]: expected a string, got 1; put it in quotes",
  ],
  ["args:", "2:6: args: expected a list of strings, got null"],
  [
    "env: [{name: A, valueFrom: {}}]",
    "2:17: env[0].valueFrom: valueFrom needs a cluster's objects; give a value",
  ],
  [
    "env:\n  A: true",
    "3:6: env.A: expected a string, got true; put it in quotes",
  ],
  ["env: [A=1]", '2:7: env[0]: expected an object, got "A=1"'],
  [
    "env: A=1",
    '2:6: env: expected a list of {name, value}, or an object of strings, got "A=1"',
  ],
  ["workingDir: x", '2:13: workingDir: expected an absolute path, got "x"'],
  ["tty: 1", "2:6: tty: expected true or false, got 1"],
  [
    "resources: {limits: {cpu: 50x}}",
    `2:27: resources.limits.cpu: "50x" ${QUANTITY}`,
  ],
  [
    "resources: {limits: {memory: 5g}}",
    `2:30: resources.limits.memory: "5g" ${QUANTITY}; did you mean 5Gi?`,
  ],
  [
    "resources: {limits: {memory: 0}}",
    "2:30: resources.limits.memory: expected more than 0",
  ],
  [
    "resources: {limits: {memory: [1]}}",
    "2:30: resources.limits.memory: expected a quantity such as 500m or 64Mi, got [1]",
  ],
  [
    "resources: {limits: {pids: 1}}",
    "2:22: resources.limits.pids: is called pidsLimit here, and stands beside resources",
  ],
  [
    "resources: {limits: {memory: 1Mi}, requests: {memory: 2Mi}}",
    "2:55: resources.requests.memory: is more than resources.limits.memory",
  ],
  [
    "resources: {limits: {cpu: 1}, requests: {cpu: 2}}",
    "2:47: resources.requests.cpu: is more than resources.limits.cpu",
  ],
  [
    "ports: [{containerPort: 80, hostPort: 70000}]",
    "2:39: ports[0].hostPort: expected a port from 1 to 65535, 0 for a free one, or a range such as 8000-8010, got 70000",
  ],
  [
    "ports: [{containerPort: 80, hostPort: 90-80}]",
    '2:39: ports[0].hostPort: expected a port from 1 to 65535, 0 for a free one, or a range such as 8000-8010, got "90-80"',
  ],
  [
    "ports: [{containerPort: 80, hostPort: 80, hostIP: all}]",
    '2:51: ports[0].hostIP: expected an IPv4 or IPv6 address, got "all"',
  ],
  [
    "ports: [{containerPort: 80, hostIP: 127.0.0.1}]",
    "2:37: ports[0].hostIP: needs hostPort, which it is the address of; hostPort: 0 takes a free one",
  ],
  [
    "network: none\nports: [{containerPort: 80, hostPort: 80}]",
    "3:39: ports[0].hostPort: cannot be published with network: none; leave it out, or connect the container to a network",
  ],
  [
    "publishFrom: [somewhere]",
    '2:15: publishFrom[0]: expected an address, or a range of them such as 192.0.2.0/24, got "somewhere"',
  ],
  [
    "ports: [{containerPort: 0}]",
    "2:25: ports[0].containerPort: expected a whole number from 1 to 65535, got 0",
  ],
  [
    "mounts: [{destination: /a}]",
    "2:10: mounts[0].source: missing; expected what to bind there",
  ],
  [
    "mounts: [{source: a}]",
    "2:10: mounts[0].destination: missing; expected an absolute path",
  ],
  [
    "mounts: [{type: tmpfs, source: a, target: /a}]",
    "2:32: mounts[0].source: a tmpfs has none; leave it out, or use type: bind",
  ],
  [
    "mounts: [{source: a, target: /a, mountPath: /b}]",
    "2:34: mounts[0].mountPath: destination is given twice, under two names",
  ],
  [
    "mounts: [{source: a, target: /}]",
    "2:10: mounts[0].destination: expected a path below /, which is the image",
  ],
  [
    "securityContext: {capabilities: {add: [NET_ADMN]}}",
    '2:40: securityContext.capabilities.add[0]: the kernel has no capability "NET_ADMN", did you mean NET_ADMIN?',
  ],
  [
    "securityContext: {seccompProfile: {type: Default}}",
    '2:42: securityContext.seccompProfile.type: expected one of RuntimeDefault, Unconfined, Localhost, got "Default"',
  ],
  [
    "securityContext: {seccompProfile: {type: Localhost}}",
    "2:35: securityContext.seccompProfile.localhostProfile: missing; type: Localhost needs it",
  ],
  [
    "securityContext: {appArmorProfile: {type: Unconfined, localhostProfile: a}}",
    "2:73: securityContext.appArmorProfile.localhostProfile: goes with type: Localhost, not Unconfined",
  ],
  [
    "securityContext: {privileged: true, allowPrivilegeEscalation: false}",
    "2:63: securityContext.allowPrivilegeEscalation: cannot be false when privileged is true",
  ],
  [
    "securityContext: {runAsNonRoot: true, runAsUser: 0}",
    "2:50: securityContext.runAsUser: cannot be 0 when runAsNonRoot is true",
  ],
  [
    "hostname: a b",
    '2:11: hostname: expected 1 to 64 letters, digits, . or -, got "a b"',
  ],
  ["hostname: a\nuts: host", "2:11: hostname: cannot be set with uts: host"],
  [
    "domainname: a\nnetwork: container:web",
    "2:13: domainname: cannot be set with network: container:web",
  ],
  [
    "hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]\nnetwork: container:web",
    "2:14: hostAliases: cannot be set with network: container:web",
  ],
  [
    "hostAliases: [{ip: 10.0.0.1.1, hostnames: [a]}]",
    '2:20: hostAliases[0].ip: "10.0.0.1.1" is no IP address: an IPv4 address is four numbers with "." between, 10.88.0.1',
  ],
  [
    "hostAliases: [{ip: host-gateway, hostnames: [a b]}]",
    '2:46: hostAliases[0].hostnames[0]: "a b" is no host name: " " is not allowed, but letters, digits, "-", "_" and "." are',
  ],
  [
    "dnsConfig: {options: [{name: ndots}]}",
    '2:23: dnsConfig.options[0]: "ndots" is no resolver option: "ndots" needs a number, such as ndots:2',
  ],
  [
    "dnsConfig: {searches: [a..b]}",
    '2:24: dnsConfig.searches[0]: "a..b" is no search domain: something has to stand before and after a dot',
  ],
  [
    "dnsPolicy: Default",
    "2:1: dnsPolicy: the host's resolver counts; dnsConfig says what to change",
  ],
  [
    "stopTimeout: -1",
    "2:14: stopTimeout: expected a whole number from 0 to 2147483647, got -1",
  ],
  [
    "umask: 022",
    '2:8: umask: expected octal digits in quotes, such as "022", got 22',
  ],
  [
    "pidsLimit: 0",
    "2:12: pidsLimit: expected 1 or more, or -1 for no limit, got 0",
  ],
  [
    "network: a bridge",
    '2:10: network: expected none, host, container:NAME, ns:PATH or names of networks, got "a bridge"',
  ],
  [
    "cgroupParent: /../x",
    '2:15: cgroupParent: expected an absolute path without "..", got "/../x"',
  ],
  [
    "ulimits: {core: {soft: 2, hard: 1}}",
    "2:17: ulimits.core: soft is 2, more than hard, 1",
  ],
  [
    "ulimits: {nofil: 3}",
    "2:11: ulimits.nofil: unknown limit, did you mean nofile?; allowed: cpu, fsize, data, stack, core, rss, nproc, nofile, memlock, as, locks, sigpending, msgqueue, nice, rtprio, rttime",
  ],
  [
    "sysctls: {vm.swappiness: '1'}",
    '2:11: sysctls["vm.swappiness"]: expected a kernel parameter of a namespace (net.*, kernel.shm*, kernel.msg*, kernel.sem*, fs.mqueue.*, kernel.hostname, kernel.domainname or user.*) as the name',
  ],
  [
    "network: container:web\nsysctls: {net.core.somaxconn: '1'}",
    '3:31: sysctls["net.core.somaxconn"]: would change another container with network: container:web',
  ],
  [
    "ipc: container:web\nsysctls: {kernel.shmmax: '1'}",
    '3:26: sysctls["kernel.shmmax"]: would change another container with ipc: container:web',
  ],
  [
    "user: a\nsecurityContext: {runAsUser: 1}",
    "3:30: securityContext.runAsUser: cannot be set beside user, which says the same",
  ],
  [
    "memorySwap: 1Mi",
    "2:13: memorySwap: needs resources.limits.memory, which it includes",
  ],
  [
    "resources: {limits: {cpu: 1}}\ncpuQuota: 5000",
    "3:11: cpuQuota: cannot be set beside resources.limits.cpu, which is both period and quota",
  ],
  [
    "cpuRtPeriod: 2000\ncpuRtRuntime: 3000",
    "3:15: cpuRtRuntime: is more than cpuRtPeriod, 2000",
  ],
  [
    "ipc: none\nshmSize: 1Mi",
    "3:10: shmSize: cannot be set with ipc: none",
  ],
  [
    "devices: [dev]",
    '2:11: devices[0]: expected HOST[:CONTAINER[:rwm]], such as /dev/fuse:/dev/fuse:rw, got "dev"',
  ],
  [
    "blockIO: {weigth: 10}",
    "2:11: blockIO.weigth: unknown field, did you mean weight?; allowed: weight, weightDevice, deviceReadBps, deviceWriteBps, deviceReadIops, deviceWriteIops",
  ],
  [
    "group_add: [1]",
    "2:1: group_add: is called groups here",
  ],
  [
    "network: host\nsysctls: {net.core.somaxconn: '1'}",
    '3:31: sysctls["net.core.somaxconn"]: would change the host with network: host',
  ],
];

Deno.test("parseSpecification() says where YAML is broken", () => {
  for (const [text, message] of BAD_YAML) {
    const run = () => parseSpecification(text, "single.yaml");
    assert.equal(messageOf(run), `single.yaml:${message}`);
  }
});

Deno.test("parseSpecification() says where a field is wrong, and what is right", () => {
  for (const [lines, message] of BAD_FIELDS) {
    const text = `image: b\n${lines}\n`;
    const run = () => parseSpecification(text, "single.yaml");
    assert.equal(messageOf(run), `single.yaml:${message}`);
  }
  assert.match(
    messageOf(() => parseSpecification("image: b\nstopSignal: X\n", "x")),
    /^x:2:13: stopSignal: "X" is no signal; use /,
  );
});

Deno.test("parseSpecification() tells three problems and counts the rest", () => {
  assert.equal(
    messageOf(() =>
      parseSpecification("image: 1\ntty: 1\nstdin: 1\nlabels: 1\n", "x")
    ),
    "x:1:8: image: expected a bundle or rootfs directory, got 1; " +
      "x:2:6: tty: expected true or false, got 1; " +
      "x:3:8: stdin: expected true or false, got 1; and 1 more",
  );
});

Deno.test("validateSpecification() names a field in the words of who gave it", () => {
  const value = { image: "b", resources: { limits: { memory: "5x" } } };
  assert.equal(
    messageOf(() => validateSpecification(value, () => "--memory")),
    `--memory: "5x" ${QUANTITY}`,
  );
  assert.equal(
    messageOf(() => validateSpecification({ ...value, image: "" })),
    'image: expected a bundle or rootfs directory, got ""; ' +
      `resources.limits.memory: "5x" ${QUANTITY}`,
  );
});
