/**
 * Images that try to lead rkl out of their root filesystem by links. Whatever
 * becomes of the container, the host stays as it is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { assertNothingLeft, type Edit, makeRootfs, runIn } from "./oci.ts";
import { type Result, sandbox } from "./rkl.ts";

/** What an image is like, and what is done with it. */
interface Attack {
  /** Makes links in `rootfs`; `victim` is a directory of the host. */
  links(rootfs: string, victim: string): Record<string, string>;
  edit?: (victim: string) => Edit;
}

/**
 * Runs `true` in a hostile image, and asserts that the directory of the host
 * that the image aims at, and the host's mounts, are untouched.
 */
async function attack({ links, edit = () => () => {} }: Attack): Promise<
  Result
> {
  await using box = sandbox();
  const victim = `${box.directory}/victim`;
  await Deno.mkdir(`${victim}/etc`, { recursive: true });
  await Deno.writeTextFile(`${victim}/file`, "precious");
  const rootfs = await makeRootfs(`${box.directory}/rootfs`);
  for (const [path, target] of Object.entries(links(rootfs, victim))) {
    await Deno.remove(`${rootfs}${path}`, { recursive: true }).catch(() => {});
    await Deno.symlink(target, `${rootfs}${path}`);
  }
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
  const result = await runIn(box, (config) => {
    config.root.path = rootfs;
    config.process.args = ["/bin/busybox", "true"];
    edit(victim)(config);
  });
  assert.deepEqual(list(victim), ["etc", "file"]);
  assert.deepEqual(list(`${victim}/etc`), []);
  assert.equal(Deno.readTextFileSync(`${victim}/file`), "precious");
  assert.equal(Deno.statSync(`${victim}/file`).uid, Deno.uid());
  assert.equal(Deno.readTextFileSync("/proc/self/mountinfo"), mounts);
  assertNothingLeft(box);
  return result;
}

function list(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** Adds a mount of a new tmpfs. */
const tmpfsAt = (destination: string): Edit => (config) => {
  config.mounts.push({ destination, type: "tmpfs", source: "tmpfs" });
};
const bindAt = (source: string, destination: string): Edit => (config) => {
  config.mounts.push({ destination, source, options: ["bind"] });
};

for (
  const [link, target] of [
    ["/proc", "/etc"],
    ["/proc", "../../../../../../proc"],
    ["/sys", "/bin"],
  ] as const
) {
  Deno.test({
    name: `${link} -> ${target} is refused: no link on the way to it`,
    ...needs("root"),
    async fn() {
      const { code, stderr } = await attack({
        links: () => ({ [link]: target }),
      });
      assert.match(
        stderr,
        new RegExp(`^rkl: cannot mount .*${link}: ELOOP .*\n$`),
      );
      assert.equal(code, 125);
    },
  });
}

Deno.test({
  name: "/dev -> up and out ends inside the root, where there is none",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: (_, victim) => ({ "/dev": `../../../../../..${victim}` }),
    });
    assert.match(stderr, /^rkl: cannot mount .* \/dev: \w+ .*\n$/);
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "/dev -> another directory of the image has its devices there",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: () => ({ "/dev": "/tmp" }),
    });
    assert.equal(stderr, "");
    assert.equal(code, 0);
  },
});

Deno.test({
  name: "a destination below an absolute link stays in the root",
  ...needs("root"),
  async fn() {
    const { stderr, code } = await attack({
      links: () => ({ "/etc": "/" }),
      edit: () => tmpfsAt("/etc/etc/etc/tmp"),
    });
    assert.equal(stderr, "");
    assert.equal(code, 0);
  },
});

for (
  const [name, target] of [
    ["an absolute", (victim: string) => victim],
    ["a relative", (victim: string) => `../../../../..${victim}`],
  ] as const
) {
  Deno.test({
    name: `a mount at ${name} link to the host's directory does not get there`,
    ...needs("root"),
    async fn() {
      const { code, stderr } = await attack({
        links: (_, victim) => ({ "/etc": target(victim) }),
        edit: () => tmpfsAt("/etc"),
      });
      assert.match(stderr, /^rkl: cannot mount .* \/etc: \w+ .*\n$/);
      assert.equal(code, 125);
    },
  });

  Deno.test({
    name: `a directory is not made through ${name} link to the host's`,
    ...needs("root"),
    async fn() {
      const { code, stderr } = await attack({
        links: (_, victim) => ({ "/etc": target(victim) }),
        edit: () => tmpfsAt("/etc/new/directory"),
      });
      assert.match(
        stderr,
        /^rkl: cannot mount .*\/etc\/new\/directory: \w+ .*\n$/,
      );
      assert.equal(code, 125);
    },
  });

  Deno.test({
    name: `a file is not bound over the host's through ${name} link`,
    ...needs("root"),
    async fn() {
      const { code, stderr } = await attack({
        links: (_, victim) => ({ "/etc/passwd": target(`${victim}/file`) }),
        edit: () => bindAt("/etc/hostname", "/etc/passwd"),
      });
      assert.match(stderr, /^rkl: cannot bind .*\/etc\/passwd: \w+ .*\n$/);
      assert.equal(code, 125);
    },
  });

  Deno.test({
    name: `a device is not made in the host's directory by ${name} link`,
    ...needs("root"),
    async fn() {
      const { code } = await attack({
        links: (_, victim) => ({ "/etc": target(victim) }),
        edit: () => (config) => {
          config.linux.devices = [
            { path: "/etc/zero", type: "c", major: 1, minor: 5 },
          ];
        },
      });
      assert.equal(code, 125);
    },
  });

  Deno.test({
    name: `a working directory is not made by ${name} link`,
    ...needs("root"),
    async fn() {
      const { code } = await attack({
        links: (_, victim) => ({ "/tmp": target(victim) }),
        edit: () => (config) => {
          config.process.cwd = "/tmp/work";
        },
      });
      assert.equal(code, 125);
    },
  });

  Deno.test({
    name: `masked and read-only paths at ${name} link leave the host's alone`,
    ...needs("root"),
    async fn() {
      const { code, stderr } = await attack({
        links: (_, victim) => ({ "/etc": target(victim) }),
        edit: () => (config) => {
          config.linux.maskedPaths = ["/etc", "/etc/file"];
          config.linux.readonlyPaths = ["/etc", "/etc/etc"];
        },
      });
      assert.equal(stderr, "");
      assert.equal(code, 0);
    },
  });
}

Deno.test({
  name: "a device's owner does not get what a link in its place leads to",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: (_, victim) => ({ "/etc": `${victim}/file` }),
      edit: () => (config) => {
        config.linux.devices = [
          { path: "/etc", type: "c", major: 1, minor: 5, uid: 1000, gid: 1000 },
        ];
      },
    });
    assert.equal(code, 0, stderr);
  },
});

Deno.test({
  name: "links that go round in circles are refused",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: () => ({ "/tmp": "/etc/round", "/etc/round": "/tmp" }),
      edit: () => tmpfsAt("/tmp/there"),
    });
    assert.match(stderr, /^rkl: cannot mount .*\/tmp\/there: \w+ .*\n$/);
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "a magic link of a bound /proc is not followed to the host's root",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: () => ({ "/tmp": "/etc/host/self/root" }),
      edit: () => (config) => {
        config.mounts.push(
          { destination: "/etc/host", source: "/proc", options: ["bind"] },
          { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
        );
      },
    });
    assert.match(stderr, /^rkl: cannot mount .*\/tmp: ELOOP .*\n$/);
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "..s in a destination end at the root",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: () => ({}),
      edit: () => tmpfsAt("/../../tmp/../tmp"),
    });
    assert.equal(stderr, "");
    assert.equal(code, 0);
  },
});

Deno.test({
  name: "a program that is a link to the host's file is not found",
  ...needs("root"),
  async fn() {
    const { code, stderr } = await attack({
      links: (_, victim) => ({ "/bin/tool": `${victim}/file` }),
      edit: () => (config) => {
        config.process.args = ["/bin/tool"];
      },
    });
    assert.equal(
      stderr,
      'rkl: exec "/bin/tool": no such file in the root filesystem\n',
    );
    assert.equal(code, 127);
  },
});

Deno.test({
  name: "a terminal's /dev/console and /dev/pts do not follow links out",
  ...needs("root"),
  async fn() {
    const { code } = await attack({
      links: (_, victim) => ({ "/dev/console": `${victim}/file` }),
      edit: () => (config) => {
        config.process.terminal = true;
        config.mounts = config.mounts.filter(
          ({ destination }: { destination: string }) => destination !== "/dev",
        );
      },
    });
    assert.notEqual(code, 0);
  },
});
