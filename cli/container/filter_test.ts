import assert from "node:assert/strict";
import type { Summary } from "../../container/describe.ts";
import { passes } from "../filter.ts";
import { FILTER } from "./filter.ts";

const [parse] = FILTER.type;

const WEB: Summary = {
  id: `abc1${"0".repeat(60)}`,
  name: "web-1",
  status: "running",
  image: "/srv/busybox",
  command: ["httpd"],
  created: "2026-01-02T00:00:00Z",
  labels: { app: "shop" },
  mounts: [],
  networkNames: ["front"],
  ports: [{
    protocol: "tcp",
    hostIP: "0.0.0.0",
    hostPort: 8080,
    containerIP: "10.0.0.2",
    containerPort: 80,
  }],
};
const JOB: Summary = {
  ...WEB,
  id: `abd1${"0".repeat(60)}`,
  name: "job",
  status: "stopped",
  exitCode: 3,
  created: "2026-01-01T00:00:00Z",
};
delete JOB.ports;

const CASES: [web: boolean, job: boolean, ...filters: string[]][] = [
  [true, true],
  [true, false, "id=abc"],
  [true, false, "name=^web"],
  [true, false, "name=^/web-1$"],
  [true, true, "name=web", "name=job"],
  [true, false, "status=running"],
  [false, true, "status=exited"],
  [false, true, "exited=3"],
  [false, false, "exited=0"],
  [true, true, "ancestor=/srv/busybox"],
  [false, false, "ancestor=busybox"],
  [false, true, "before=web-1"],
  [true, false, "since=abd1"],
  [true, true, "network=front"],
  [true, false, "publish=8080"],
  [true, false, "publish=8000-8090/tcp"],
  [false, false, "publish=8080/udp"],
  [true, false, "expose=80"],
  [true, true, "label=app=shop"],
  [true, false, "label=app", "status=running"],
];

for (const [web, job, ...filters] of CASES) {
  Deno.test(`containers that pass --filter ${filters.join(" ")}`, () => {
    const read = filters.map((text) => parse(text));
    const of = (container: Summary) =>
      passes({ container, all: [WEB, JOB] }, read);
    assert.deepEqual([of(WEB), of(JOB)], [web, job]);
  });
}

Deno.test("a filter that makes no sense is refused, with what does", () => {
  const refused: [text: string, message: RegExp][] = [
    ["nosuch=1", /^must be id=TEXT, name=TEXT, status=STATE,/],
    ["status=up", /^status must be created, running,/],
    ["exited=x", /^exited must be an exit code/],
    ["name=(", /^name is no regular expression/],
    ["publish=http", /^must be a port/],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => parse(text), { message });
  }
  const before = [parse("before=none")];
  assert.throws(
    () => passes({ container: WEB, all: [WEB] }, before),
    /there is no container "none"/,
  );
});
