import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { check } from "../../sys/schema.ts";
import { Specification } from "./specification.ts";
import { specificationSchema } from "./schema.ts";

const accepts = new Ajv2020({
  strict: true, // unknown keywords are errors
  strictTypes: false,
  strictRequired: false,
})
  .compile(specificationSchema());

/** What the reader says of fields, whether they agree left aside. */
function reads(fields: object): boolean {
  return "value" in check(Specification, { image: "x", ...fields });
}

const GOOD: object[] = [
  {},
  { name: "web.1", command: ["a"], args: [], init: true, tty: false },
  { env: [{ name: "A", value: "1" }, { name: "B" }] },
  { env: { A: "1" } },
  { mounts: [{ type: "volume", destination: "/a" }] },
  { mounts: [{ name: "data", mountPath: "/a", subPath: "b" }] },
  { restart: "on-failure:3", healthcheck: { test: ["CMD", "true"] } },
  { healthcheck: { test: "true", interval: "1m30s", retries: 2 } },
  {
    logging: { driver: "local", options: { "max-size": "1m", "max-file": 2 } },
  },
  { workingDir: "/srv", user: "nobody:adm", stdin: true },
  { securityContext: { runAsUser: 0, capabilities: { add: ["ALL"] } } },
  {
    securityContext: {
      capabilities: { add: ["NET_ADMIN"], drop: ["cap_kill"] },
    },
  },
  { securityContext: { seccompProfile: { type: "Unconfined" } } },
  { resources: { limits: { cpu: "500m", memory: "64Mi" } } },
  { resources: { limits: { cpu: 0.5 }, requests: { memory: 100 } } },
  { memorySwap: -1, memorySwappiness: 0, oomKillDisable: false },
  { memorySwap: "1.5Gi", cpuShares: 2, cpuPeriod: 1000, cpuQuota: -1 },
  { cpuQuota: 1000, cpusetCpus: "0-2,5", cpusetMems: "0", pidsLimit: -1 },
  { blockIO: { weight: 10, deviceReadBps: [{ path: "/dev/a", rate: "1Mi" }] } },
  { blockIO: { weightDevice: [{ path: "/dev/a", weight: 1000 }] } },
  { shmSize: "64Mi", devices: ["/dev/a", "/dev/a:/dev/b", "/dev/a:r"] },
  { devices: ["/dev/a:/b:rwm", { source: "/dev/a", permissions: "w" }] },
  { deviceCgroupRules: ["c 1:3 rwm", "b *:* r", "a 1:* m"] },
  { ports: [{ containerPort: 80, hostPort: 0, hostIP: "::1" }] },
  { ports: [{ containerPort: 1, hostPort: "8000-8010", protocol: "UDP" }] },
  { publishAll: true, publishFrom: ["192.0.2.0/24"], writeImage: true },
  { mounts: [{ source: "a", destination: "/a" }] },
  { mounts: [{ type: "tmpfs", mountPath: "/a", readonly: true }] },
  { hostname: "a.b-c", labels: { a: "b" }, annotations: {}, autoRemove: true },
  { stopSignal: "SIGTERM", stopTimeout: 0 },
  { stopSignal: 9, umask: "022", oomScoreAdj: -1000 },
  { stopSignal: "RTMIN+3" },
  { ulimits: { nofile: 5, core: { soft: 0, hard: -1 } } },
  { sysctls: { "net.core.somaxconn": "1" } },
  { sysctls: [{ name: "kernel.shmmax", value: "1" }] },
  { groups: [1, "adm"], cgroupParent: "/a/b" },
  { network: "none" },
  { network: "container:web" },
  { network: ["a", { name: "b", ip: "10.0.0.1", aliases: ["c"] }] },
  { network: { name: "b", mac: "02:00:00:00:00:01", interface: "eth1" } },
  { hostAliases: [{ ip: "host-gateway", hostnames: ["a"] }] },
  { dnsConfig: { nameservers: ["::1"], options: [{ name: "rotate" }] } },
  { pid: "container:a", ipc: "shareable", uts: "host", cgroupns: "private" },
];

const BAD: object[] = [
  { image: "" },
  { image: 1 },
  { comand: ["a"] },
  { name: "a/b" },
  { command: "a" },
  { init: "yes" },
  { env: { A: 1 } },
  { env: { "": "a" } },
  { env: [{ value: "1" }] },
  { env: [{ name: "A=", value: "1" }] },
  { workingDir: "srv" },
  { user: "a:b:c" },
  { securityContext: { runAsUser: -1 } },
  { securityContext: { runAsUsr: 1 } },
  { securityContext: { capabilities: { add: ["FLY"] } } },
  { securityContext: { procMount: "default" } },
  { securityContext: { seccompProfile: {} } },
  { resources: { limits: { memory: "64Mb" } } },
  { resources: { limits: { cpus: 1 } } },
  { resources: { limits: { cpu: -1 } } },
  { memorySwap: -2 },
  { memorySwappiness: 101 },
  { cpuShares: 1 },
  { cpuPeriod: 999 },
  { cpuQuota: 5 },
  { cpusetCpus: "0-" },
  { pidsLimit: 0 },
  { blockIO: { weight: 1 } },
  { blockIO: { deviceReadBps: [{ path: "a", rate: 1 }] } },
  { blockIO: { deviceReadIops: [{ path: "/a", rate: "1Mi" }] } },
  { devices: ["dev"] },
  { devices: [{ target: "/dev/a" }] },
  { devices: [{ source: "/dev/a", permissions: "x" }] },
  { deviceCgroupRules: ["c 1 rwm"] },
  { ports: [{ hostPort: 1 }] },
  { ports: [{ containerPort: 0 }] },
  { ports: [{ containerPort: 1, hostIP: "::1" }] },
  { ports: [{ containerPort: 1, protocol: "tcp" }] },
  { mounts: [{ source: "a" }] },
  { mounts: [{ source: "a", destination: "/a", target: "/b" }] },
  { mounts: [{ type: "nfs", destination: "/a" }] },
  { restart: "sometimes" },
  { healthcheck: {} },
  { healthcheck: { interval: "30" } },
  { logging: { driver: "journald" } },
  { logging: { options: { "max-sizes": "1m" } } },
  { mounts: [{ source: "a", destination: "a" }] },
  { hostname: "a b" },
  { labels: { a: 1 } },
  { stopSignal: 65 },
  { stopSignal: true },
  { stopTimeout: -1 },
  { ulimits: { nofiles: 1 } },
  { ulimits: { nofile: -2 } },
  { ulimits: { nofile: { hard: 1 } } },
  { sysctls: { x: "1" } },
  { groups: [-1] },
  { groups: ["a b"] },
  { umask: "9" },
  { umask: 22 },
  { oomScoreAdj: 1001 },
  { cgroupParent: "a" },
  { cgroupParent: "/a/../b" },
  { network: "a b" },
  { network: ["none:x"] },
  { network: [] },
  { network: { ip: "10.0.0.1" } },
  { hostAliases: [{ ip: "::1" }] },
  { dnsConfig: { search: ["a"] } },
  { pid: "container:" },
  { ipc: "shared" },
  { uts: "none" },
];

Deno.test("the JSON Schema accepts what the reader reads, and nothing else", () => {
  for (
    const [fields, good] of [
      ...GOOD.map((fields) => [fields, true] as const),
      ...BAD.map((fields) => [fields, false] as const),
    ]
  ) {
    const text = JSON.stringify(fields);
    assert.equal(reads(fields), good, `the reader: ${text}`);
    const accepted = accepts({ image: "x", ...fields });
    const why = JSON.stringify(accepts.errors);
    assert.equal(accepted, good, `the JSON Schema: ${text} ${why}`);
  }
});

Deno.test("an image is all that a specification needs", () => {
  assert.ok(!accepts({}));
  assert.ok("problems" in check(Specification, {}));
});
