import assert from "node:assert/strict";
import type { Details } from "../../container/describe.ts";
import { planContainer } from "../../container/plan.ts";
import { validateSpecification } from "../../container/specification/specification.ts";
import { inspectorOf, parseLineFormat } from "../format.ts";
import { CONTAINER_DESCRIPTION, inspectFields } from "./inspect_fields.ts";

const IMAGE = new URL("../../bundles/busybox", import.meta.url).pathname;

const { id, config } = planContainer(validateSpecification({
  name: "web",
  image: IMAGE,
  args: ["httpd", "-f"],
  hostname: "www",
  env: { A: "1" },
  resources: { limits: { cpu: "1500m", memory: "64Mi" } },
  pidsLimit: 9,
  shmSize: "1Mi",
  devices: ["/dev/null:/dev/nothing:r"],
  cgroupns: "host",
  ulimits: { nofile: { soft: 10, hard: 20 } },
}));

const WEB: Details = {
  id,
  name: "web",
  status: "running",
  pid: 7,
  image: IMAGE,
  command: ["httpd", "-f"],
  created: "2026-01-01T00:00:00Z",
  started: "2026-01-01T00:00:01Z",
  labels: { "a.b": "c" },
  ports: [{
    protocol: "tcp",
    hostIP: "0.0.0.0",
    hostPort: 8080,
    containerIP: "10.0.0.2",
    containerPort: 80,
  }],
  mounts: [{
    type: "volume",
    name: "files",
    source: "/data/volumes/files/_data",
    destination: "/srv",
    driver: "local",
    mode: "rbind,rprivate",
    rw: true,
    propagation: "",
  }, {
    type: "tmpfs",
    source: "",
    destination: "/tmp",
    mode: "size=1m",
    rw: false,
    propagation: "",
  }],
  networkNames: ["front"],
  networkMode: "front",
  init: true,
  pidMode: "private",
  ipcMode: "shareable",
  networks: {
    front: {
      addresses: ["10.0.0.2", "fd00::2"],
      gateways: ["10.0.0.1", "fd00::1"],
      mac: "02:42:0a:00:00:02",
      aliases: ["www"],
    },
  },
  restart: { name: "on-failure", maximumRetryCount: 3 },
  restartCount: 2,
  error: "no image",
  healthcheck: {
    test: ["true"],
    interval: 5_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5_000,
    retries: 3,
    onFailure: "none",
  },
  health: "healthy",
  healthState: { Status: "healthy", FailingStreak: 0, Log: [] },
  oomKilled: false,
  autoRemove: true,
  stdin: false,
  stopSignal: 15,
  stopTimeout: 10,
  logPath: "/data/containers/x/log",
  logging: { driver: "local", options: { "max-size": "20m" } },
  cgroups: {},
  config,
};

async function say(template: string, details = WEB): Promise<string> {
  const format = parseLineFormat(template);
  const inspector = await inspectorOf(format, CONTAINER_DESCRIPTION);
  return inspector([inspectFields(details)])[0]!;
}

/** What people write in scripts. */
const TEMPLATES: [template: string, text: string][] = [
  ["{{.Id}} {{.Name}}", `${id} web`],
  ["{{.State.Status}} {{.State.Running}} {{.State.Pid}}", "running true 7"],
  ["{{.State.StartedAt}}", "2026-01-01T00:00:01Z"],
  ["{{.State.FinishedAt}}", "0001-01-01T00:00:00Z"],
  ["{{.RestartCount}} {{.State.Error}}", "2 no image"],
  [
    "{{json .HostConfig.RestartPolicy}}",
    '{"Name":"on-failure","MaximumRetryCount":3}',
  ],
  ["{{.State.Health.Status}} {{.State.Health.FailingStreak}}", "healthy 0"],
  [
    "{{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}}",
    '["CMD","true"] 5000000000',
  ],
  ["{{.Path}} {{json .Args}}", 'httpd ["-f"]'],
  ["{{.NetworkSettings.IPAddress}}", "10.0.0.2"],
  [
    "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}",
    "10.0.0.2 fd00::2",
  ],
  [
    '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}',
    "8080",
  ],
  [
    "{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}};{{end}}",
    "volume files /srv true;tmpfs  /tmp false;",
  ],
  ['{{index .Config.Labels "a.b"}}', "c"],
  ["{{.Config.Hostname}}", "www"],
  ["{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}", "67108864 1500000000"],
  ["{{.HostConfig.PidsLimit}} {{.HostConfig.AutoRemove}}", "9 true"],
  [
    "{{json .HostConfig.SecurityOpt}}",
    '["seccomp=unconfined","no-new-privileges"]',
  ],
  [
    "{{range .HostConfig.Ulimits}}{{.Name}}={{.Soft}}:{{.Hard}}{{end}}",
    "nofile=10:20",
  ],
  ["{{.HostConfig.Init}} {{.HostConfig.ShmSize}}", "true 1048576"],
  ["{{json .HostConfig.PidMode}} {{.HostConfig.IpcMode}}", '"" shareable'],
  ["{{json .HostConfig.UTSMode}} {{.HostConfig.CgroupnsMode}}", '"" host'],
  [
    "{{range .HostConfig.Devices}}{{.PathInContainer}} {{.CgroupPermissions}}{{end}}",
    "/dev/nothing r",
  ],
  ["{{.HostConfig.Privileged}}", "false"],
  [
    '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}',
    "local 20m",
  ],
  ["{{.LogPath}}", "/data/containers/x/log"],
  ["{{.HostsPath}}", "/data/containers/x/hosts"],
  ["{{.rkl.config.root.path}}", `${IMAGE}/rootfs`],
];

for (const [template, text] of TEMPLATES) {
  Deno.test(`inspect -f '${template}'`, async () => {
    assert.equal(await say(template), text);
  });
}

Deno.test("inspect: a container that has ended has its exit code, and no pid", async () => {
  const { pid: _, ...rest } = WEB;
  const ended: Details = { ...rest, status: "stopped", exitCode: 137 };
  const template = "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}";
  assert.equal(await say(template, ended), "exited 137 0");
});
