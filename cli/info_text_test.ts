import assert from "node:assert/strict";
import { formatInfo, type Info } from "./info_text.ts";

const STORAGE = {
  place: "/",
  fileSystem: "ext4",
  mount: "/",
  size: 20_000_000_000,
  free: 5_500_000_000,
};

const INFO: Info = {
  rkl: {
    version: "1.2.3",
    specVersion: "1.2.1",
    deno: "2.9.6",
    binary: "/usr/bin/rkl",
  },
  kernel: "5.15.90.1-microsoft-standard-WSL2",
  architecture: "x86_64",
  wsl: 2,
  cgroup: {
    mode: "hybrid",
    controllers: [
      { name: "cpu", version: "v1", mount: "/sys/fs/cgroup/cpu" },
      { name: "memory", version: "v2", mount: "/sys/fs/cgroup/unified" },
      { name: "pids", version: "v1", mount: "/sys/fs/cgroup/pids" },
    ],
  },
  storage: {
    root: { path: "/run/rkl", ...STORAGE },
    dataRoot: { path: "/var/lib/rkl", ...STORAGE },
  },
  containers: {
    total: 3,
    creating: 0,
    created: 0,
    running: 1,
    paused: 0,
    stopped: 2,
  },
  features: [
    { name: "veth", status: "ok", detail: "", why: "connects" },
    {
      name: "vlan",
      status: "missing",
      detail: "EOPNOTSUPP",
      why: "splits an interface",
      remedy: "CONFIG_VLAN_8021Q; networks work without",
    },
    {
      name: "overlay",
      status: "unknown",
      detail: "only root can try",
      why: "gives layers",
      remedy: "CONFIG_OVERLAY_FS",
    },
  ],
};

Deno.test("formatInfo() tells of the host, its features, and what helps", () => {
  assert.deepEqual(formatInfo(INFO), [
    "rkl:          1.2.3, /usr/bin/rkl",
    "kernel:       5.15.90.1-microsoft-standard-WSL2 x86_64, WSL 2",
    "cgroup:       hybrid; v2 memory; v1 cpu pids",
    "root:         /run/rkl, ext4, 5.5GB of 20GB free",
    "data root:    /var/lib/rkl, ext4, 5.5GB of 20GB free",
    "containers:   3: 1 running, 2 stopped",
    "networks:     unknown",
    "",
    "FEATURE   STATUS    DETAIL",
    "veth      ok",
    "vlan      missing   EOPNOTSUPP",
    "overlay   unknown   only root can try",
    "",
    "vlan is missing: it splits an interface. CONFIG_VLAN_8021Q; networks " +
    "work without.",
  ]);
});

Deno.test("formatInfo() has no advice where all is well", () => {
  const lines = formatInfo({ ...INFO, features: INFO.features.slice(0, 1) });
  assert.equal(lines.at(-1), "veth      ok");
});
