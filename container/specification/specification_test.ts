import assert from "node:assert/strict";
import type { Input } from "../../sys/schema.ts";
import {
  type Specification,
  type SpecificationFields,
  validateSpecification,
} from "./specification.ts";
import { parseSpecification, readSpecification } from "./file.ts";
import { messageOf } from "./testing.ts";

Deno.test("parseSpecification() fills in defaults and counts in cgroup units", () => {
  const spec = parseSpecification(
    "name: single-container-test\n" +
      "image: ./bundles/busybox\n" +
      'args: [sleep, "100"]\n' +
      "resources: { limits: { cpu: 500m, memory: 233Mi } }\n",
    "single.yaml",
  );
  assert.deepEqual(spec, {
    name: "single-container-test",
    image: "./bundles/busybox",
    args: ["sleep", "100"],
    env: [],
    tty: false,
    stdin: false,
    securityContext: {
      runAsNonRoot: false,
      privileged: false,
      capabilities: { add: [], drop: [] },
      maskedPaths: [],
      procMount: "Default",
      unmaskedPaths: [],
    },
    resources: {
      limits: {
        cpu: { quota: 50000, period: 100000, shares: 512 },
        memory: 244318208,
      },
      requests: {},
    },
    ports: [],
    mounts: [],
    volumesFrom: [],
    labels: {},
    annotations: {},
    ulimits: [],
    sysctls: [],
    groups: [],
    hostAliases: [],
    dnsConfig: { nameservers: [], searches: [], options: [] },
    devices: [],
    deviceCgroupRules: [],
  });
});

Deno.test("parseSpecification() settles other spellings", () => {
  const spec = parseSpecification(
    `
image: x
env: { A: "1", B: b }
mounts: [{ mountPath: /a, source: c, readonly: true }]
sysctls: [{ name: net.core.somaxconn, value: "9" }]
securityContext: { capabilities: { add: [net_admin], drop: [CAP_KILL, all] } }
stopSignal: term
umask: "022"
ulimits: { nofile: 5, core: { soft: 0, hard: -1 } }
`,
    "x.yaml",
  );
  assert.deepEqual(spec.env, [
    { name: "A", value: "1" },
    { name: "B", value: "b" },
  ]);
  assert.deepEqual(spec.mounts, [{
    type: "bind",
    source: "c",
    destination: "/a",
    readOnly: true,
    options: [],
  }]);
  assert.deepEqual(spec.sysctls, [
    { name: "net.core.somaxconn", value: "9" },
  ]);
  assert.deepEqual(spec.securityContext.capabilities, {
    add: ["CAP_NET_ADMIN"],
    drop: ["CAP_KILL", "ALL"],
  });
  assert.equal(spec.stopSignal, 15);
  assert.equal(spec.umask, 0o022);
  assert.deepEqual(spec.ulimits, [
    { type: "RLIMIT_NOFILE", soft: 5, hard: 5 },
    { type: "RLIMIT_CORE", soft: 0, hard: 2 ** 64 },
  ]);
});

/** Texts that are no YAML, or not one object. */
Deno.test("readSpecification() resolves paths against the file", () => {
  const dir = Deno.makeTempDirSync();
  try {
    const file = `${dir}/a.yaml`;
    assert.equal(
      messageOf(() => readSpecification(file)),
      `${file}: no such file; expected the YAML specification of a container`,
    );
    assert.equal(
      messageOf(() => readSpecification(dir)),
      `${dir}: is a directory; expected the YAML specification of a container`,
    );
    Deno.writeTextFileSync(
      file,
      "image: ./x/../b\nmounts: [{source: ../c, target: /c}, " +
        "{type: tmpfs, target: /t}]\n",
    );
    const { image, mounts } = readSpecification(file);
    assert.equal(image, `${dir}/b`);
    assert.equal(mounts[0]!.source, `${dir.slice(0, dir.lastIndexOf("/"))}/c`);
    assert.equal(mounts[1]!.source, undefined);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("SpecificationFields says what the schema takes", () => {
  type Taken = Input<typeof Specification>;
  const fields: SpecificationFields = { image: "x" };
  const taken: Taken = fields; // each field's type fits the schema's
  type Missing = Exclude<keyof Taken, keyof SpecificationFields>;
  const missing: Missing[] = [];
  assert.deepEqual(missing, []);
  assert.equal(validateSpecification(taken).image, "x");
});
