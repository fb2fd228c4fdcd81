/**
 * Terminals: sent over a console socket, or tied to the user's own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { leaveRunning, startSleeper } from "./oci.ts";
import {
  command,
  eventually,
  exists,
  makeBundle,
  RKL,
  type Sandbox,
  sandbox,
} from "./rkl.ts";

/**
 * Takes one terminal from the console socket at argv[1], types argv[2] into it
 * and prints what it shows until its last user is gone.
 */
const LISTENER = `
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
peer, _ = server.accept()
data, control, flags, _ = peer.recvmsg(4096, socket.CMSG_SPACE(4))
(level, kind, fds), = control
assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
master = array.array("i", fds[:4])[0]
os.write(1, b"name " + data + b"\\n")
os.write(master, sys.argv[2].encode())
try:
    while True:
        shown = os.read(master, 4096)
        if not shown: break
        os.write(1, shown)
except OSError:
    pass
`;

/** Listens at a socket in the sandbox; the output is what was shown. */
function listen(box: Sandbox, typed: string) {
  const path = `${box.directory}/console`;
  const process = new Deno.Command("python3", {
    args: ["-c", LISTENER, path, typed],
    stdout: "piped",
  }).spawn();
  const output = process.output()
    .then(({ stdout }) => new TextDecoder().decode(stdout));
  const ready = eventually("it listens", () => exists(path));
  return { path, ready, output };
}

/** What script(1) shows, less carriage returns and the end of its input. */
function plain(shown: string): string {
  return shown.replaceAll("\r", "").replaceAll("^@", "");
}

Deno.test({
  name: "create sends the terminal of the process to the console socket",
  ...needs("root", "tool:python3"),
  async fn() {
    await using box = sandbox();
    const { path, ready, output } = listen(box, "typed\n");
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.terminal = true;
      config.process.consoleSize = { width: 91, height: 37 };
      config.process.args = [
        "sh",
        "-c",
        `read line; echo "got $line"; tty; stty size
         stat -c '%n %t:%T' /dev/console
         cut -d' ' -f6,7 /proc/1/stat; ls /dev/pts; echo end`,
      ];
    });
    await ready;
    const created = await leaveRunning(
      box,
      ...["create", "--bundle", bundle, "--console-socket", path, "it"],
    );
    assert.deepEqual(created, { code: 0, output: "" });
    assert.equal((await box.rkl("start", "it")).stderr, "");
    const lines = (await output).split(/\r?\n/);
    assert.equal(lines[0], "name /dev/ptmx");
    assert.deepEqual(lines.slice(1, 6), [
      "typed", // the terminal's echo
      "got typed",
      "/dev/pts/0",
      "37 91",
      "/dev/console 88:0",
    ]);
    const [session, terminal] = lines[6]!.split(" ");
    assert.equal(session, "1");
    assert.notEqual(terminal, "0"); // it is the controlling terminal
    assert.deepEqual(lines.slice(7).join(" ").split(/ +/), [
      "0",
      "ptmx",
      "end",
      "",
    ]);
  },
});

Deno.test({
  name: "exec --tty sends a terminal of its own to the console socket",
  ...needs("root", "native", "tool:python3"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const { path, ready, output } = listen(box, "");
    await ready;
    const { code } = await leaveRunning(
      box,
      ...["exec", "--tty", "--detach", "--console-socket", path, "it"],
      ...["sh", "-c", "tty; [ -e /dev/console ] || echo no console"],
    );
    assert.equal(code, 0);
    assert.deepEqual((await output).split(/\r?\n/), [
      "name /dev/ptmx",
      "/dev/pts/0",
      "no console",
      "",
    ]);
  },
});

Deno.test({
  name: "the terminal belongs to the process's user",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.terminal = true;
      config.process.user = { uid: 1000, gid: 1000 };
      config.process.args = [
        "sh",
        "-c",
        "stat -c '%u %g' $(tty); echo > /dev/tty",
      ];
    });
    const { stdout, stderr, code } = await box.rkl("run", "-b", bundle, "it");
    assert.deepEqual({ stdout, stderr, code }, {
      stdout: "1000 5\r\n\r\n",
      stderr: "",
      code: 0,
    });
  },
});

Deno.test({
  name: "run's terminal has the size of the user's, and is as the user left it",
  ...needs("root", "tool:script"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.terminal = true;
      config.process.args = ["sh", "-c", "stty size; exit 5"];
    });
    const words = [RKL, ...box.roots, "run", "--bundle", bundle, "it"];
    const script = `stty rows 33 cols 77; ${words.join(" ")}; echo "code $?"
      stty -a | grep -o -- '-\\?\\(icanon\\|echo\\)\\b'`;
    const { stdout } = await command("script", ["-qefc", script, "/dev/null"], {
      stdin: "",
    });
    assert.match(
      plain(stdout),
      /33 77\ncode 5\n(icanon\necho|echo\nicanon)\n/,
    );
  },
});

Deno.test({
  name: "exec --tty ties the user's terminal to the process's",
  ...needs("root", "native", "tool:script"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const words = [RKL, ...box.roots, "exec", "-t", "it", "sh", "-c"];
    const script = `stty rows 20 cols 55; ${words.join(" ")} 'tty; stty size'`;
    const { stdout } = await command("script", ["-qefc", script, "/dev/null"], {
      stdin: "",
    });
    assert.match(plain(stdout), /\/dev\/pts\/0\n20 55\n/);
  },
});

Deno.test({
  name: "a terminal and no one to take it, or the reverse, is refused",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [yes, no] = await Promise.all(
      [true, false].map((terminal) =>
        makeBundle(`${box.directory}/${terminal}`, (config) => {
          config.process.terminal = terminal;
        })
      ),
    );
    const results = await Promise.all([
      box.rkl("create", "--bundle", yes!, "it"),
      box.rkl("run", "-d", "--bundle", yes!, "it"),
      box.rkl("create", "--bundle", no!, "--console-socket", "/x", "it"),
      box.rkl(
        ...["create", "--bundle", yes!, "--console-socket"],
        ...[`${box.directory}/nobody`, "it"],
      ),
    ]);
    const messages = results.map(({ stderr }) => stderr);
    assert.match(messages[0]!, /^rkl: config.json: process.terminal is true, /);
    assert.match(messages[1]!, /^rkl: config.json: process.terminal is true, /);
    assert.match(
      messages[2]!,
      /^rkl: --console-socket: config.json asks for no/,
    );
    assert.match(messages[3]!, /^rkl: cannot connect .*\/nobody: ENOENT .*\n$/);
    assert(results.every(({ code }) => code === 125));
  },
});
