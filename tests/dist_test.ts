/**
 * `dist/rkl` alone: in a root with nothing but libc, where there is no Deno and
 * no home.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { COMPILED } from "../tasks/build/image.ts";
import { needs } from "./facts.ts";

const rkl = new URL("../dist/rkl", import.meta.url).pathname;

/** The libraries that `dist/rkl` asks the dynamic loader for, and the loader. */
async function libraries(): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: [rkl] }).output();
  const paths = new TextDecoder().decode(stdout).matchAll(/\/\S+\.so\S*/g);
  return Array.from(paths, ([path]) => path);
}

/** A root directory with `dist/rkl`, what it is linked with, and nothing else. */
async function makeRoot(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "rkl-dist-" });
  for (const library of await libraries()) {
    const directory = library.slice(0, library.lastIndexOf("/"));
    await Deno.mkdir(path + directory, { recursive: true });
    await Deno.copyFile(library, path + library);
  }
  await Deno.mkdir(`${path}/proc`);
  await Deno.copyFile(rkl, `${path}/rkl`);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Runs `words` in the root, with an empty environment. */
async function runIn(
  root: string,
  words: string[],
  { proc }: { proc: boolean },
): Promise<{ code: number; out: string; err: string }> {
  const mount = proc ? 'mount -t proc proc "$1/proc" &&' : "";
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    // the mount is in a namespace that ends with the command
    args: [
      "--mount",
      "sh",
      "-c",
      `${mount} exec env -i "$(command -v chroot)" "$@"`,
      "sh",
    ]
      .concat(root, words),
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), err: decode(stderr) };
}

/** All paths below `root`. */
function listing(root: string): string[] {
  return [...Deno.readDirSync(root)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [name, ...listing(`${root}/${name}`)] : [name]
  ).sort();
}

for (const proc of [true, false]) {
  const where = proc ? "with /proc" : "without /proc";
  Deno.test({
    name: `dist/rkl runs in an empty root ${where}`,
    ...needs("root", "tool:ldd", "tool:unshare"),
    async fn() {
      await using root = await makeRoot();
      const before = listing(root.path);

      const version = await runIn(root.path, ["/rkl", "--version"], { proc });
      assert.equal(version.err, "");
      assert.match(version.out, /^rkl version \d+\.\d+\.\d+\n/);
      assert.equal(version.code, 0);
      await Deno.remove(`${root.path}/var`, { recursive: true });
      assert.deepEqual(listing(root.path), before, "it leaves files behind");

      const spec = await runIn(root.path, ["/rkl", "spec"], { proc });
      assert.deepEqual(spec, { code: 0, out: "", err: "" });
      const config = await Deno.readTextFile(`${root.path}/config.json`);
      assert.deepEqual(JSON.parse(config).process.args, ["sh"]);

      const wrong = await runIn(root.path, ["/rkl", "spce"], { proc });
      assert.match(wrong.err, /^rkl: .*did you mean spec\?\n$/);
      assert.equal(wrong.code, 125);
    },
  });
}

/** How many parts of rkl are kept in a root, compiled. */
function countCompiled(root: string): number {
  const path = `${root}${COMPILED}/v8_code_cache_v2`;
  using database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare(
    "SELECT count(*) AS n FROM codecache WHERE specifier LIKE 'file:///rkl/%'",
  ).get();
  return Number(row?.n);
}

Deno.test({
  name: "dist/rkl keeps what it has compiled where root alone can write",
  ...needs("root", "tool:ldd", "tool:unshare", "native"),
  async fn() {
    await using root = await makeRoot();
    const directory = root.path + COMPILED;
    const run = async () => {
      const shown = await runIn(root.path, ["/rkl", "--version"], {
        proc: true,
      });
      assert.equal(shown.err, "");
      assert.match(shown.out, /^rkl version/);
    };
    const clear = () => {
      for (const { name } of Deno.readDirSync(directory)) {
        Deno.removeSync(`${directory}/${name}`, { recursive: true });
      }
    };
    await run();
    const parts = countCompiled(root.path);
    assert.ok(parts >= 2, `${parts} parts`);
    await run();
    assert.equal(countCompiled(root.path), parts, "they are made anew");

    const log = `${directory}/v8_code_cache_v2-wal`;
    {
      using database = new DatabaseSync(log.replace(/-wal$/, ""));
      // Of another build, of which there is too much.
      database.exec(
        "INSERT INTO codecache VALUES " +
          "('file:///rkl/0123456789abcdef-1', 0, 1, zeroblob(65 << 20))",
      );
      assert.equal(countCompiled(root.path), parts + 1);
      assert.ok(Deno.statSync(log).size > 65 << 20);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.exec("CREATE TABLE filling AS SELECT zeroblob(1 << 20)");
      await run();
      assert.equal(Deno.statSync(log).size, 0, "each start reads it");
    }
    assert.equal(countCompiled(root.path), parts);

    clear();
    Deno.writeTextFileSync(`${directory}/v8_code_cache_v2`, "no database");
    await run();

    for (const [mode, owner] of [[0o777, 0], [0o755, 65534]] as const) {
      clear();
      Deno.chmodSync(directory, mode);
      Deno.chownSync(directory, owner, owner);
      await run();
      assert.equal(countCompiled(root.path), 0);
    }

    // Whatever the umask, nobody else can write there; and it stays what it was.
    Deno.removeSync(directory, { recursive: true });
    const previous = Deno.umask(0);
    const spec = await runIn(root.path, ["/rkl", "spec"], { proc: true })
      .finally(() => Deno.umask(previous));
    assert.equal(spec.code, 0);
    assert.equal(Deno.statSync(directory).mode! & 0o777, 0o755);
    const config = Deno.statSync(`${root.path}/config.json`);
    assert.equal(config.mode! & 0o777, 0o666);
  },
});

Deno.test("dist/rkl takes no notice of a project around it", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "rkl-dist-" });
  try {
    for (const name of ["deno.json", "package.json", "deno.lock", ".npmrc"]) {
      await Deno.writeTextFile(`${cwd}/${name}`, "{ not a project");
    }
    const before = listing(cwd);
    const { success, stderr } = await new Deno.Command(rkl, {
      args: ["--version"],
      cwd,
      clearEnv: true,
      env: { HOME: cwd },
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert(success);
    assert.deepEqual(listing(cwd), before);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("dist/rkl passes words that look like Deno's own on", async () => {
  for (const words of [["--v8-flags"], ["--", "--version"], ["-A", "run"]]) {
    const { code, stderr } = await new Deno.Command(rkl, { args: words })
      .output();
    const message = new TextDecoder().decode(stderr);
    assert.match(message, new RegExp(`^rkl: .*${words[0]}`));
    assert.equal(code, 125);
  }
});

Deno.test({
  name: "dist/rkl prints on a terminal what it prints elsewhere",
  ...needs("tool:script"),
  async fn() {
    const { stdout } = await new Deno.Command("script", {
      args: ["-qefc", `${rkl} --version`, "/dev/null"],
      stdin: "null",
    }).output();
    const shown = new TextDecoder().decode(stdout).replaceAll("\r", "");
    assert.match(shown, /^rkl version \S+\nspec: \S+\ndeno: \S+\n$/);
  },
});
