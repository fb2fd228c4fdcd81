/**
 * Bad input: one line that says what is wrong, where, and what would be right;
 * an exit code; and nothing left behind.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  failed,
  IMAGE,
  nameIn,
  ROOTFS,
  startSleeper,
} from "./container.ts";
import { Specification } from "../container/specification/specification.ts";
import { jsonSchema } from "../sys/schema.ts";
import { needs } from "./facts.ts";
import { sandbox } from "./rkl.ts";

/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** The fields of a container, as messages list them. */
const FIELDS = Object.keys(jsonSchema(Specification).properties as object)
  .join(", ");

/** What a quantity may be. */
const QUANTITY = "is not a quantity: write a number, such as 2 or 0.5, and " +
  "after it nothing or one of m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent " +
  "like e3";

/** Bad specification files: what is in them, and what rkl says of them. */
const FILES: { what: string; text: string; message: string }[] = [
  {
    what: "unreadable YAML",
    text: `name: web\nimage: "x\n`,
    message: `FILE:3:1: not valid YAML: Missing closing "quote`,
  },
  {
    what: "a tab",
    text: `image: x\nresources:\n\tlimits: {}\n`,
    message: "FILE:3:1: a tab cannot indent; use spaces",
  },
  {
    what: "nothing",
    text: "",
    message: "FILE:1:1: the file is empty; expected an object",
  },
  {
    what: "an unknown field",
    text: `image: x\ncomand: [a]\n`,
    message: `FILE:2:1: comand: unknown field, did you mean command?; ` +
      `allowed: ${FIELDS}`,
  },
  {
    what: "an unknown field of an object in it",
    text: `image: x\nresources:\n  limits: { cpus: 1 }\n`,
    message: "FILE:3:13: resources.limits.cpus: unknown field, " +
      "did you mean cpu?; allowed: cpu, memory",
  },
  {
    what: "a wrong quantity",
    text: `image: x\nresources: { limits: { memory: 64Mb } }\n`,
    message: `FILE:2:32: resources.limits.memory: "64Mb" ${QUANTITY}; ` +
      "did you mean 64Mi?",
  },
  {
    what: "no image",
    text: `args: [a]\n`,
    message: "FILE:1:1: image: missing; expected a bundle or rootfs directory",
  },
  {
    what: "an image that is not there",
    text: `image: ./none\nargs: [a]\n`,
    message: "image: DIR/none does not exist; give the directory of a bundle " +
      "or of a root filesystem",
  },
  {
    what: "a name that cannot be one",
    text: `name: a/b\nimage: x\n`,
    message: "FILE:1:7: name: expected 1 to 128 letters, digits, _ . or -, " +
      'the first a letter or digit, got "a/b"',
  },
];

for (const { what, text, message } of FILES) {
  Deno.test({
    name: `a specification file with ${what} is refused`,
    ...native,
    async fn() {
      await using box = sandbox();
      const file = `${box.directory}/bad.yaml`;
      await Deno.writeTextFile(file, text);
      const expected = message.replace("FILE", file)
        .replace("DIR", box.directory);
      failed(await box.rkl("container", "run", file), 125, expected);
      assertNothingLeft(box);
    },
  });
}

/** Bad command lines: words, and what rkl says of them. */
const WORDS: {
  what: string;
  words: string[];
  message: string;
  code?: number;
}[] = [
  {
    what: "an unknown flag",
    words: ["--nam", "x", ROOTFS, "true"],
    message: "container run: unknown flag --nam, did you mean --name?",
  },
  {
    what: "a flag of docker's that rkl does not have",
    words: ["--link", "db", ROOTFS, "true"],
    message: "container run: --link is not supported: it is docker's old " +
      "way; containers on one network find each other by name, and " +
      "--network-alias gives further names",
  },
  {
    what: "a port where the usual network is none",
    words: ["-p", "80:80", ROOTFS, "true"],
    message: "cannot publish port 80/tcp: the container is on no network " +
      "(RKL_NETWORK, or its bundle, says so); name one with --network",
  },
  {
    what: "no image",
    words: [],
    message: "container run: IMAGE is missing; it takes IMAGE [ARGS...]",
  },
  {
    what: "an image that is not there",
    words: ["/no/such", "true"],
    message: "image: /no/such does not exist; give the directory of a " +
      "bundle or of a root filesystem",
  },
  {
    what: "a specification file that is not there",
    words: ["none.yaml"],
    message: "none.yaml: no such file; expected the YAML specification of " +
      "a container",
  },
  {
    what: "nothing to run",
    words: [ROOTFS],
    message: `args: nothing to run; ${ROOTFS} is a root filesystem, which ` +
      "names no program of its own",
  },
  {
    what: "a name that cannot be one",
    words: ["--name", ".", ROOTFS, "true"],
    message: "--name: expected 1 to 128 letters, digits, _ . or -, the " +
      'first a letter or digit, got "."',
  },
  {
    what: "a bind mount of what is not there",
    words: ["--mount", "type=bind,src=/no/such,dst=/x", ROOTFS, "true"],
    message: "the mount at /x: source /no/such does not exist",
  },
  {
    what: "a mount at no place",
    words: ["--tmpfs", "x", ROOTFS, "true"],
    message: "container run: --tmpfs x: the target x must be an absolute path",
  },
  {
    what: "a user the image does not have",
    words: ["--user", "ghost", ROOTFS, "true"],
    message: 'the image has no user "ghost" in /etc/passwd; give a numeric id',
  },
  {
    what: "a pid file that cannot be written",
    words: ["--pid-file", "/no/such/pid", ROOTFS, "true"],
    message: "cannot write the pid file /no/such/pid: ENOENT (no such file " +
      "or directory)",
  },
  {
    what: "a missing program",
    words: [ROOTFS, "no-such"],
    message: 'exec "no-such": executable file not found in $PATH',
    code: 127,
  },
  {
    what: "a missing program with a path",
    words: [ROOTFS, "/no/such"],
    message: 'exec "/no/such": no such file in the root filesystem',
    code: 127,
  },
  {
    what: "a program that is not executable",
    words: [ROOTFS, "/etc/passwd"],
    message: 'exec "/etc/passwd": permission denied: it is not an ' +
      "executable file, or its filesystem is mounted noexec",
    code: 126,
  },
  {
    what: "a directory as the program",
    words: [ROOTFS, "/etc"],
    message: 'exec "/etc": permission denied: it is a directory',
    code: 126,
  },
];

for (const { what, words, message, code = 125 } of WORDS) {
  Deno.test({
    name: `container run with ${what} is refused`,
    ...native,
    async fn() {
      await using box = sandbox();
      const name = words.includes("--name") ? [] : ["--name", nameIn(box)];
      const result = await box.rkl("container", "run", ...name, ...words);
      failed(result, code, message);
      assertNothingLeft(box);
    },
  });
}

Deno.test({
  name: "a bundle whose root filesystem is missing is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    const bundle = `${box.directory}/bundle`;
    await Deno.mkdir(bundle);
    await Deno.copyFile(`${IMAGE}/config.json`, `${bundle}/config.json`);
    failed(
      await box.rkl("container", "run", bundle),
      125,
      `root.path: the root filesystem ${bundle}/rootfs does not exist`,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a bundle whose config.json cannot be read is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    await Deno.writeTextFile(
      `${box.directory}/config.json`,
      `{\n  "a": tru\n}`,
    );
    failed(
      await box.rkl("container", "run", box.directory),
      125,
      /^rkl: \/.*\/config\.json:2:\d+: not valid JSON: .*\n$/,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a name that is taken is refused, and its owner left alone",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { name, pid } = await startSleeper(box);
    const words = ["--name", name, ROOTFS, "true"];
    const message = `container "${name}" already exists; choose another name ` +
      "or delete it";
    for (const verb of ["run", "create"]) {
      failed(await box.rkl("container", verb, ...words), 125, message);
    }
    assert.equal(Deno.readTextFileSync(`/proc/${pid}/comm`), "sleep\n");
  },
});

Deno.test({
  name: "a program that lacks its interpreter or its loader: that is said",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const script = `${box.directory}/script`;
    await Deno.writeTextFile(script, "#!/usr/bin/python3 -u\n", {
      mode: 0o755,
    });
    const ours = await Deno.realPath("/bin/sh");
    const run = (...words: string[]) => box.rkl("container", "run", ...words);
    const [interpreter, loader] = await Promise.all([
      run("-v", `${script}:/bin/script`, ROOTFS, "script"),
      run("-v", `${ours}:/bin/dynamic`, ROOTFS, "/bin/dynamic"),
    ]);
    failed(
      interpreter,
      127,
      'exec "script": /bin/script is there, but its interpreter ' +
        "/usr/bin/python3 is not in the root filesystem",
    );
    failed(
      loader,
      127,
      /^rkl: exec "\/bin\/dynamic": \/bin\/dynamic is there, but its loader \/lib.*ld-linux\S+ is not in the root filesystem\n$/,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name:
    "--debug adds what caused an error; --log keeps errors, as JSON if asked",
  ...needs("root", "cgroup-controllers:cpuset"),
  async fn() {
    await using box = sandbox();
    const words = ["container", "run", "--cpuset-cpus", "4000", ROOTFS, "true"];
    const run = ["--debug", "container", "run", ROOTFS, "no-such"];
    const log = ["--log", `${box.directory}/log`, "--log-format", "json"];
    const [plain, debug, logged, exec] = await Promise.all([
      box.rkl(...words),
      box.rkl("--debug", ...words),
      box.rkl(...log, ...words),
      box.rkl(...run),
    ]);
    failed(
      plain,
      125,
      /^rkl: --cpuset-cpus: cannot set cpus to 4000 in .*\.cpus: E/,
    );
    const [first, ...causes] = debug.stderr.trimEnd().split("\n");
    assert.match(first!, /^rkl: --cpuset-cpus: cannot set cpus to 4000 in /);
    assert.match(
      causes.join("\n"),
      /^rkl: caused by: cannot write "4000" to .*\.cpus: E/,
    );
    assert.match(
      exec.stderr,
      /\nrkl: caused by: cannot execve no-such: ENOENT/,
    );
    const { level, msg } = JSON.parse(
      await Deno.readTextFile(`${box.directory}/log`),
    );
    assert.equal(logged.code, 125);
    assert.equal(level, "error");
    assert.match(msg, /^--cpuset-cpus: cannot set cpus to 4000 in /);
    assertNothingLeft(box);
  },
});
