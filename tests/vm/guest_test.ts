import assert from "node:assert/strict";
import { initScript, jobScript, shellQuote } from "./guest.ts";

Deno.test("shellQuote() keeps a word one word", async () => {
  const words = ["plain/word-1", "two words", "it's $HOME", "a\nb", "", '"*"'];
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `printf '%s|' ${words.map(shellQuote).join(" ")}`],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), words.join("|") + "|");
});

Deno.test("jobScript() shows paths that a tmpfs of the VM would hide", () => {
  const script = jobScript({
    args: ["/bin/true"],
    cwd: "/tmp/a project",
    env: {},
    paths: ["/tmp/a project", "/srv/deno", "/tmpfile"],
    timeout: 60,
  });
  assert.match(
    script,
    /mount --bind '\/run\/vm\/below\/tmp\/a project' '\/tmp/,
  );
  assert.doesNotMatch(script, /below\/srv|below\/tmpfile/);
});

Deno.test("the scripts are good shell", async () => {
  const job = { args: ["/bin/true"], cwd: "/tmp/it's", env: { A: "b c" } };
  const scripts = [
    initScript(["virtio.ko"], "/srv/my project/modules"),
    jobScript({ ...job, paths: ["/tmp/it's"], timeout: 60 }),
  ];
  for (const script of scripts) {
    const { stderr } = await new Deno.Command("sh", {
      args: ["-n", "-c", script],
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
  }
});
