/**
 * `rkl container diff` and `export`: what became of a container's files.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, launch, nameIn, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { command, exists, RKL, sandbox } from "./rkl.ts";
import { line, Terminal } from "./tmux.ts";
import { container, sh } from "./copied.ts";

const native = needs("root", "native");

Deno.test({
  name: "diff tells what was changed, added and deleted",
  ...native,
  async fn() {
    await using box = sandbox();
    const script =
      "mkdir -p /new/d; touch /new/d/f; rm /etc/group; echo x >> /etc/passwd\n" +
      "rm -r /bin/../root; mkdir /root; touch /root/mine; chmod 700 /tmp";
    const { name } = await container(box, script);
    const changes = succeeded(await box.rkl("container", "diff", name)).split(
      "\n",
    );
    for (
      const line of [
        "C /etc",
        "D /etc/group",
        "C /etc/passwd",
        "A /new",
        "A /new/d",
        "A /new/d/f",
        "A /ready",
        "A /root/mine",
        "C /tmp",
      ]
    ) assert.ok(changes.includes(line), `${line} in ${changes}`);
    assert.deepEqual(
      changes.slice(0, -1),
      changes.slice(0, -1).toSorted((a, b) => a.slice(2) < b.slice(2) ? -1 : 1),
    );
    const rw = `${box.directory}/image`;
    succeeded(await command("cp", ["-a", ROOTFS, rw]));
    await launch(box, [
      "--name",
      nameIn(box, "rw"),
      "--rw",
      rw,
      "sleep",
      "100",
    ]);
    failed(
      await box.rkl("container", "diff", nameIn(box, "rw")),
      125,
      /\(--rw\)/,
    );
  },
});

Deno.test({
  name: "names that a container chose are no orders to a terminal",
  ...needs("root", "native", "tmux"),
  async fn() {
    await using box = sandbox();
    const red = "$(printf '/d/\\033[31mred')";
    const { name, cp } = await container(box, `mkdir /d; mkfifo "${red}"`);
    const warned = await cp("c:/d", "here");
    assert.match(warned.stderr, /left out "here\/\?\[31mred", a fifo/);
    const changes = succeeded(await box.rkl("container", "diff", name));
    assert.ok(changes.split("\n").includes("A /d/\x1b[31mred"));
    await using terminal = await Terminal.open(box.directory);
    await terminal.enter(line(box, "diff", name));
    await terminal.shows(/^A \/d\/\?\[31mred$/m);
  },
});

for (const state of ["running", "stopped"] as const) {
  Deno.test({
    name: `export writes the root filesystem of a container that is ${state}`,
    ...native,
    async fn() {
      await using box = sandbox();
      const script =
        "mkdir /d; echo 1 >/d/f; ln /d/f /d/g; chown 5:6 /d/f; rm /etc/group; echo v >/vol/f; mkfifo /d/p\n" +
        "dd if=/dev/zero of=/d/holes bs=1 count=1 seek=100M 2>/dev/null";
      const { name } = await container(box, script, [
        "-v",
        "files:/vol",
        "--tmpfs",
        "/t",
      ]);
      if (state === "stopped") {
        succeeded(await box.rkl("container", "kill", name));
        succeeded(await box.rkl("container", "wait", name));
      }
      const file = `${box.directory}/c.tar`;
      succeeded(await box.rkl("container", "export", "-o", file, name));
      const unpacked = `${box.directory}/here`;
      await sh(box, "tar xpf ../c.tar");
      const told = await sh(
        box,
        "stat -c '%n %F %a %u:%g %h %s' d/f d/g d/p d/holes",
      );
      assert.equal(
        told,
        "d/f regular file 644 5:6 2 2\nd/g regular file 644 5:6 2 2\n" +
          "d/p fifo 644 0:0 1 0\nd/holes regular file 644 0:0 1 104857601\n",
      );
      assert.ok(
        !exists(`${unpacked}/etc/group`) && !exists(`${unpacked}/vol/f`),
      );
      assert.deepEqual([...Deno.readDirSync(`${unpacked}/proc`)], []);
      // It is an image again.
      const words = ["container", "run", "--rm", unpacked, "cat", "/d/f"];
      assert.equal(succeeded(await box.rkl(...words)), "1\n");
      const cut = `${RKL} ${
        box.roots.join(" ")
      } container export ${name} | head -c 1000 | wc -c`;
      assert.equal(succeeded(await command("sh", ["-c", cut])), "1000\n");
      failed(
        await box.rkl(
          "container",
          "export",
          "-o",
          `${box.directory}/no/x`,
          name,
        ),
        125,
        /no such file/,
      );
    },
  });
}
