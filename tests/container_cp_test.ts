/**
 * `rkl container cp`, `diff` and `export`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { command, exists, RKL, sandbox } from "./rkl.ts";
import { container, sh } from "./copied.ts";

const root = needs("root");
const native = needs("root", "native");

Deno.test({
  name: "cp has docker's rules for what is there and what is not",
  ...native,
  async fn() {
    await using box = sandbox();
    const { name, cp } = await container(
      box,
      "mkdir -p /d/e; echo 1 >/d/f; echo 2 >/d/e/g; ln -s d /link; ln -s none /dead",
    );
    await sh(box, "mkdir dir; echo host > file");
    const good: [from: string, to: string, check: string, printed: string][] = [
      ["c:/d/f", "here/new", "cat new", "1\n"],
      ["c:/d/f", "here/dir", "cat dir/f", "1\n"],
      ["c:/d/f", "here/dir/", "cat dir/f", "1\n"],
      ["c:/d/f", "here/file", "cat file", "1\n"],
      ["c:/d", "here/copy", "ls copy copy/e", "copy:\ne\nf\n\ncopy/e:\ng\n"],
      ["c:/d", "here/dir", "cat dir/d/e/g", "2\n"],
      ["c:/d/.", "here/dir", "cat dir/e/g", "2\n"],
      ["c:/d/.", "here/other", "cat other/e/g", "2\n"],
      ["c:/link", "here/l", "readlink l", "d\n"],
      ["c:/link/", "here/followed", "ls followed", "e\nf\n"],
      ["c:/dead", "here/dead", "readlink dead", "none\n"],
      ["c:d/../d/f", "here/relative", "cat relative", "1\n"],
    ];
    for (const [from, to, check, printed] of good) {
      assert.equal(succeeded(await cp(from, to)), "", `${from} ${to}`);
      assert.equal(await sh(box, check), printed, `${from} ${to}`);
    }
    succeeded(await cp("c:/link", "here/real", "-L"));
    assert.equal(await sh(box, "ls real"), "e\nf\n");
    const bad: [from: string, to: string, RegExp][] = [
      ["c:/none", "here", /^rkl: there is no \S+:\/none$/m],
      ["here/none", "c:/", /^rkl: there is no here\/none$/m],
      ["c:/d/f/", "here", /^rkl: \S+:\/d\/f\/ is not a directory$/m],
      ["c:/d/f", "here/no/", /^rkl: there is no directory here\/no\/$/m],
      ["c:/d/f", "here/no/f", /there is no directory \S+\/here\/no$/m],
      ["c:/d/f", "here/file/", /^rkl: here\/file\/ is not a directory$/m],
      [
        "c:/d",
        "here/file",
        /cannot copy the directory \S+:\/d over here\/file/,
      ],
      [
        "c:/d/f",
        "here/dead",
        /^rkl: here\/dead is a link to what is not there$/m,
      ],
      ["here/file", "c:/d/f/x", /\/d\/f/],
      ["here/file", "c:/dead", /is a link to what is not there/],
      ["here/a", "here/b", /SRC or DST must be CONTAINER:PATH/],
      ["-", "-", /SRC or DST must be CONTAINER:PATH/],
      ["none:/a", "here", /container "none" does not exist/],
      ["c:", "here", /must be CONTAINER:PATH; for a file of that name write/],
    ];
    for (const [from, to, message] of bad) {
      failed(await cp(from, to), 125, message);
    }
    await sh(box, "echo a > c:d");
    succeeded(await cp("./here/c:d", "c:/"));
    assert.equal(
      succeeded(await box.rkl("container", "exec", name, "cat", "/c:d")),
      "a\n",
    );
    const devices = await cp("c:/dev/null", "here/null");
    assert.match(devices.stderr, /warning: left out "null", a character node/);
    failed(
      await cp("c:/d/f", "/dev/null"),
      125,
      /\/dev\/null is a character device/,
    );
  },
});

Deno.test({
  name: "cp refuses to copy onto itself what is mounted in the container",
  ...native,
  async fn() {
    await using box = sandbox();
    await sh(box, "echo host > file; mkdir site; echo 1 > site/f");
    const here = `${box.directory}/here`;
    const flags = ["-v", `${here}/file:/etc/file`, "-v", `${here}/site:/www`];
    const { cp } = await container(box, "true", flags);
    const bad: [from: string, to: string, RegExp][] = [
      ["here/file", "c:/etc/file", /here\/file and \S+ are the same file$/m],
      ["c:/etc/file", "here/file", /\S+ and here\/file are the same file$/m],
      [
        "here/file",
        "c:/etc",
        /cannot copy "file": it and what is there are the same file/,
      ],
      ["here/site", "c:/www", /and \S+:\/www are the same directory$/m],
      ["here/site/.", "c:/www", /and \S+:\/www are the same directory$/m],
      ["here", "c:/www/", /"here\/site": cannot copy a directory into itself/],
      ["here/.", "c:/www", /"site": cannot copy a directory into itself/],
    ];
    for (const [from, to, message] of bad) {
      failed(await cp(from, to), 125, message);
    }
    assert.equal(await sh(box, "cat file site/f"), "host\n1\n");
  },
});

for (const state of ["running", "stopped"] as const) {
  Deno.test({
    name: `cp reaches a container that is ${state}, its volumes too`,
    ...root,
    async fn() {
      await using box = sandbox();
      const bind = `${box.directory}/bind`;
      const flags = [
        "-v",
        "files:/vol",
        "-v",
        `${bind}:/bind`,
        "-v",
        "files:/ro:ro",
      ];
      const script =
        "echo v > /vol/f; echo b > /bind/f; echo o > /own; rm /etc/group";
      const { name, cp } = await container(box, script, flags);
      if (state === "stopped") {
        succeeded(await box.rkl("container", "kill", name));
        succeeded(await box.rkl("container", "wait", name));
      }
      for (const path of ["vol/f", "bind/f", "own"]) {
        succeeded(await cp(`c:/${path}`, "out"));
        const text = Deno.readTextFileSync(`${box.directory}/out`);
        assert.equal(text, `${path[0]}\n`);
        succeeded(await cp("out", `c:/${path}2`));
      }
      failed(await cp("c:/etc/group", "out"), 125, /there is no/);
      failed(await cp("out", "c:/ro/x"), 125, /read-only file system/);
      assert.ok(exists(`${box.directory}/data/volumes/files/_data/f2`));
      assert.ok(exists(`${bind}/f2`));
      if (state === "stopped") {
        succeeded(await box.rkl("container", "start", name));
      }
      assert.equal(
        succeeded(await box.rkl("container", "exec", name, "cat", "/own2")),
        "o\n",
      );
      const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
      assert.ok(!mounts.includes(box.directory));
    },
  });
}

Deno.test({
  name: "owners, set-id bits and devices stay with --archive alone",
  ...native,
  async fn() {
    await using box = sandbox();
    const { cp, exec } = await container(
      box,
      "mkdir /d; echo 1 >/d/f; chown -R 5:6 /d; chmod 6711 /d/f; mkfifo /d/p\n" +
        "touch -t 200102030000.00 /d/f",
    );
    const list = async (directory: string) => {
      const cwd = `${box.directory}/${directory}`;
      const format = "%n %F %a %u:%g %y";
      return succeeded(
        await command("sh", ["-c", `stat -c '${format}' *`], { cwd }),
      );
    };
    succeeded(await cp("c:/d", "kept", "-a"));
    assert.match(
      await list("kept"),
      /^f regular file 6711 5:6 2001-02-03 .*\np fifo 644 0:0 /,
    );
    const plain = await cp("c:/d", "plain");
    assert.match(plain.stderr, /left out "\S*p", a fifo node/);
    assert.match(
      await list("plain"),
      /^f regular file 711 0:0 2001-02-03 .*\n$/,
    );
    await command("chown", ["-R", "7:8", `${box.directory}/plain`]);
    succeeded(await cp("plain", "c:/root-s"));
    succeeded(await cp("plain", "c:/theirs", "-a"));
    const owners = "stat -c '%u:%g' /root-s/f /theirs/f /theirs";
    assert.equal(succeeded(await exec(owners)), "0:0\n7:8\n7:8\n");
  },
});

Deno.test({
  name: "cp passes archives on",
  ...native,
  async fn() {
    await using box = sandbox();
    const { name, cp, exec } = await container(
      box,
      "mkdir -p /d/e /into; echo 1 >/d/e/f; ln -s /into /alias",
    );
    const listed = await command("sh", [
      "-c",
      `${RKL} ${box.roots.join(" ")} container cp ${name}:/d - | tar t; ` +
      `${RKL} ${box.roots.join(" ")} container cp ${name}:/d/. - | tar t`,
    ]);
    assert.equal(succeeded(listed), "d/\nd/e/\nd/e/f\ne/\ne/f\n");
    await sh(
      box,
      "mkdir -p x/y; echo 2 > x/y/z; chown 5:6 x/y/z; tar cf ../t.tar x",
    );
    const stdin = Deno.readFileSync(`${box.directory}/t.tar`);
    const unpack = (to: string, bytes = stdin) =>
      box.run(["container", "cp", "-", `${name}:${to}`], { stdin: bytes });
    succeeded(await unpack("/alias"));
    assert.equal(
      succeeded(await exec("stat -c %u:%g /into/x/y/z; cat /into/x/y/z")),
      "5:6\n2\n",
    );
    failed(await unpack("/none"), 125, /none must be a directory to unpack/);
    failed(await unpack("/d/e/f"), 125, /must be a directory/);
    failed(
      await unpack("/d", new TextEncoder().encode("x".repeat(600))),
      125,
      /no tar archive/,
    );
    // From one container to another, and within one.
    succeeded(await cp("c:/d", "c:/copy"));
    assert.equal(succeeded(await exec("cat /copy/e/f")), "1\n");
  },
});

Deno.test({
  name: "links that a container swaps lead a copy nowhere else",
  ...native,
  async fn() {
    await using box = sandbox();
    const outside = `${box.directory}/outside`;
    Deno.mkdirSync(outside);
    Deno.writeTextFileSync(`${outside}/secret`, "host\n");
    // `part` is a directory, then a link to the host's path, all the time.
    const swap = `mkdir -p /a/real ${outside}; echo own > /a/real/secret
      echo inside > ${outside}/secret; ln -s ${outside} /a/evil
      ln -s /../../../../../../../..${outside} /a/evil2; cd /a
      (while :; do mv real part; mv part real; cp -P evil part; rm part
        cp -P evil2 part; rm part; done) & true`;
    const { cp } = await container(box, swap);
    const before = [...Deno.readDirSync(outside)].map(({ name }) => name);
    Deno.writeTextFileSync(`${box.directory}/mine`, "mine\n");
    const seen = new Set<string>();
    for (let i = 0; i < 12; i++) {
      for (const from of ["c:/a/part/secret", "c:/a"]) {
        await Deno.remove(`${box.directory}/got`, { recursive: true }).catch(
          () => {},
        );
        await cp(from, "got");
        for (const path of ["got", "got/part/secret", "got/real/secret"]) {
          const text = await Deno.readTextFile(`${box.directory}/${path}`)
            .catch(() => "");
          // A copied link leads to the host's file once it is here: look at none.
          const link = await Deno.lstat(`${box.directory}/got/part`).catch(() =>
            undefined
          );
          if (!link?.isSymlink) seen.add(text);
        }
      }
      await cp("mine", "c:/a/part/planted");
      await cp("mine", "c:/a/part/secret");
    }
    assert.ok(!seen.has("host\n"), [...seen].join());
    assert.equal(Deno.readTextFileSync(`${outside}/secret`), "host\n");
    assert.deepEqual(
      [...Deno.readDirSync(outside)].map(({ name }) => name),
      before,
    );
  },
});
