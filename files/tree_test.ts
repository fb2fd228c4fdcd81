import assert from "node:assert/strict";
import { O, open } from "../sys/fd.ts";
import { copyContent } from "./content.ts";
import { copyInside, type CopyRules } from "./copy_tree.ts";
import { nameOf, openDirectory } from "./directory.ts";
import { unpackTar } from "./tar_read.ts";
import { TarError } from "./tar_header.ts";
import { TarWriter } from "./tar_write.ts";
import { readXattrs, writeXattrs } from "./xattr.ts";
import { needs } from "../tests/facts.ts";

const ALL: CopyRules = { special: true };

/** A tree with one of everything; what of it `list()` tells has to stay. */
const MAKE = `set -e
mkdir -p sub/deep empty; printf hello > sub/file; chmod 4751 sub/file
chown 12:34 sub/file; ln sub/file sub/deep/again; ln -s ../sub/file link
ln -s /etc/shadow out; mkfifo -m 620 fifo; mknod null c 1 3; mknod disk b 300 70000
truncate -s 5M holes; printf x | dd of=holes bs=1 seek=3000000 conv=notrunc status=none
printf '\\377' > "$(printf 'name\\351')"; chown -h 7:8 link; head -c 300000 /dev/urandom > big
touch -h -d 2001-02-03T04:05:06.123456789Z link sub/file sub empty holes
touch -d 1960-01-01T00:00:00.5Z fifo; chmod 1777 sub; chmod 2750 empty
mkdir -p $(printf 'long%.0s' $(seq 40)); ln -s $(printf 'l%.0s' $(seq 200)) $(printf 'n%.0s' $(seq 150))`;

/** All that tells one tree from another. */
const LIST = `find . -mindepth 1 -printf '%P %y %m %U %G %n %T@ %l\\n' | sort
find . -type f | sort | xargs -d '\\n' sha256sum
stat -c '%n %t %T' null disk`;

/** Values that are no text, of a user's and of the kernel's. */
const XATTRS = new Map([
  ["user.note", new Uint8Array([0xff, 0, 0xfe, 10])],
  // struct vfs_ns_cap_data: CAP_NET_BIND_SERVICE, effective
  [
    "security.capability",
    new Uint8Array([1, 0, 0, 2, 0, 4, ...Array(14).fill(0)]),
  ],
]);

/** What {@linkcode XATTRS} have become. */
function xattrsOf(path: string) {
  using file = open(path);
  return new Map([...readXattrs(file.number)].sort().reverse());
}

/** Fills a directory with one of everything. */
async function make(directory: string) {
  await sh(directory, MAKE);
  using file = open(`${directory}/big`);
  writeXattrs(file.number, XATTRS);
}

async function sh(directory: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd: directory,
    env: { LC_ALL: "C" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  assert.equal(code, 0, text(stderr));
  return text(stdout);
}

/** Directories of a test's own, removed at its end. */
async function inDirectories(
  test: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  try {
    const [from, to] = [`${directory}/from`, `${directory}/to`];
    for (const path of [from, to]) Deno.mkdirSync(path);
    await test(from, to);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function openPath(path: string) {
  return open(path, O.RDONLY | O.DIRECTORY);
}

const blocksOf = (path: string) => Deno.statSync(path).blocks ?? 0;

Deno.test({
  name: "copyInside() keeps all that files are",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await make(from);
      using source = openPath(from);
      using target = openPath(to);
      copyInside(source, target, ALL);
      assert.equal(await sh(to, LIST), await sh(from, LIST));
      assert.deepEqual(xattrsOf(`${to}/big`), XATTRS);
      assert.ok(blocksOf(`${to}/holes`) * 512 < 1e6, "holes are not filled");
    }),
});

Deno.test({
  name: "copyInside() without `special` gives files to their new owner",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await sh(from, "echo a > f; chown 5:6 f; chmod 6755 f; mknod null c 1 3");
      using source = openPath(from);
      using target = openPath(to);
      const told: string[] = [];
      const warn = (message: string) => told.push(message);
      const owner = { uid: 1, gid: 2 };
      copyInside(source, target, { special: false, owner, warn });
      assert.equal(await sh(to, "stat -c '%n %u %g %a' *"), "f 1 2 755\n");
      assert.deepEqual(told, ['left out "null", a character node']);
    }),
});

Deno.test({
  name: "copyInside() never copies a file or a directory onto itself",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await sh(from, "echo a > f; ln f ../to/f");
      using source = openPath(from);
      using target = openPath(to);
      assert.throws(
        () => copyInside(source, target, ALL),
        /cannot copy "f": it and what is there are the same file/,
      );
      await sh(from, "rm f; mkdir -p a/b d; echo a > a/b/f");
      using inner = openPath(`${from}/a/b`);
      assert.throws(
        () => copyInside(source, inner, ALL),
        /cannot copy "a\/b": cannot copy a directory into itself/,
      );
      assert.equal(
        await sh(from, "find . | sort"),
        ".\n./a\n./a/b\n./a/b/a\n./a/b/f\n./d\n",
      );
    }),
});

Deno.test("copyContent() copies no more than was there, but all of a file of proc", () =>
  inDirectories((from, to) => {
    for (const size of [0, 3]) {
      Deno.writeTextFileSync(`${from}/f`, "grown");
      using source = open(`${from}/f`);
      using target = open(`${to}/f`, O.WRONLY | O.CREAT | O.TRUNC);
      copyContent(source, target, { size, blocks: 8 });
      assert.equal(Deno.readTextFileSync(`${to}/f`), "grown".slice(0, size));
    }
    using source = open("/proc/version");
    using target = open(`${to}/version`, O.WRONLY | O.CREAT);
    copyContent(source, target, { size: 0, blocks: 0 });
    assert.equal(
      Deno.readTextFileSync(`${to}/version`),
      Deno.readTextFileSync("/proc/version"),
    );
    return Promise.resolve();
  }));

Deno.test({
  name: "copyInside() adds to directories, and replaces the rest",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await sh(
        from,
        "mkdir d; echo new > d/f; ln -s elsewhere d/l; echo x > o",
      );
      await sh(
        to,
        "mkdir -m 700 d; echo old > ../outside; ln -s ../../outside d/f; echo k > d/k; echo l > d/l",
      );
      using source = openPath(from);
      using target = openPath(to);
      copyInside(source, target, ALL);
      assert.equal(
        await sh(to, "stat -c %a d; cat d/f d/k ../outside; readlink d/l; ls"),
        "700\nnew\nk\nold\nelsewhere\nd\no\n",
      );
      await sh(to, "rm o; mkdir o");
      assert.throws(
        () => copyInside(source, target, ALL),
        /cannot copy "o": cannot put anything but a directory over the directory "o"/,
      );
      await sh(to, "rm -r d o; ln -s ../from d");
      assert.throws(
        () => copyInside(source, target, ALL),
        /cannot copy "d": cannot put a directory over "d", which is none/,
      );
    }),
});

Deno.test({
  name: "TarWriter writes what GNU tar and unpackTar() read",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await make(from);
      const file = `${to}.tar`;
      {
        using out = open(file, O.RDWR | O.CREAT | O.TRUNC);
        using source = openPath(from);
        const writer = new TarWriter(out);
        writer.addInside(source);
        writer.end();
      }
      const said = await sh(from, LIST);
      await sh(to, "tar -xp --xattrs --xattrs-include='*' -f ../to.tar");
      assert.equal(await sh(to, LIST), said);
      await sh(to, 'rm -r * && [ -z "$(ls)" ]');
      using root = openPath(to);
      using input = open(file);
      unpackTar(input, { root, directory: "/" });
      assert.equal(await sh(to, LIST), said);
      assert.deepEqual(xattrsOf(`${to}/big`), XATTRS);
    }),
});

for (const format of ["gnu", "ustar", "posix"]) {
  Deno.test({
    name: `unpackTar() reads what GNU tar writes as ${format}`,
    ...needs("root", "native"),
    fn: () =>
      inDirectories(async (from, to) => {
        await sh(
          from,
          "mkdir -p a/b; echo x > a/b/f; ln a/b/f g; ln -s f a/b/l; mkfifo p\n" +
            "n=$(printf 'd%.0s' $(seq 90)); mkdir -p $n/$n; echo y > $n/$n/f",
        );
        await sh(from, `tar -c --format=${format} -f ../from.tar .`);
        using root = openPath(to);
        using input = open(`${from}.tar`);
        unpackTar(input, { root, directory: "/" });
        const list =
          "find . -printf '%P %y %m %n %Ts %l\\n' | tail -n +2 | sort";
        assert.equal(await sh(to, list), await sh(from, list));
      }),
  });
}

Deno.test({
  name: "unpackTar() does not leave its root",
  ...needs("root", "native"),
  fn: () =>
    inDirectories(async (from, to) => {
      await sh(
        from,
        "mkdir in root; ln -s ../../../from/in l; tar -cf ../a.tar l; rm l\n" +
          "mkdir l; echo evil > l/f; tar -rf ../a.tar l/f\n" +
          "echo evil > f; tar -cPf ../b.tar ../from/f; tar -czf ../c.tar f",
      );
      using root = openPath(to);
      const unpack = (name: string) => {
        using input = open(`${from}/../${name}`);
        unpackTar(input, { root, directory: "/" });
      };
      // In the root the link leads to what is not there.
      assert.throws(
        () => unpack("a.tar"),
        /no such file|cannot put a directory/,
      );
      assert.equal(await sh(from, "ls in"), "");
      assert.throws(
        () => unpack("b.tar"),
        new TarError(
          '"../from/f" leads out of where it is unpacked',
        ),
      );
      assert.throws(() => unpack("c.tar"), /compressed by gzip/);
    }),
});

Deno.test("unpackTar() tells an archive that is cut short", async () => {
  await inDirectories(async (from, to) => {
    await sh(
      from,
      "head -c 5000 /dev/zero > f; tar -cf - f | head -c 2000 > ../t",
    );
    using root = openPath(to);
    using input = open(`${from}/../t`);
    assert.throws(
      () => unpackTar(input, { root, directory: "/" }),
      new TarError("it ends in the middle of a file"),
    );
    using directory = openDirectory(root.number, nameOf("."));
    assert.ok(directory);
  });
});
