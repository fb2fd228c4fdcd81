/**
 * Containers whose files are copied or told of, and what is on the host.
 *
 * @module
 */
import { launch, nameIn, ROOTFS, succeeded } from "./container.ts";
import { command, type Sandbox } from "./rkl.ts";

/** A container that runs `script` and then sleeps, and the words of its verbs. */
export async function container(
  box: Sandbox,
  script: string,
  flags: string[] = [],
) {
  const name = nameIn(box);
  const ready = `${script}; touch /ready; sleep 1000`;
  await launch(box, ["--name", name, ...flags, ROOTFS, "sh", "-c", ready]);
  const exec = (script: string) =>
    box.rkl("container", "exec", name, "sh", "-c", script);
  while ((await exec("ls /ready")).code !== 0);
  const cp = (from: string, to: string, ...flags: string[]) => {
    const [source, target] = [from, to].map((end) =>
      end.replace(/^c:/, `${name}:`)
    );
    return box.run(["container", "cp", ...flags, source!, target!], {
      cwd: box.directory,
    });
  };
  return { name, exec, cp };
}

/** Makes files in a directory of the sandbox, and asks about them. */
export async function sh(box: Sandbox, script: string): Promise<string> {
  const cwd = `${box.directory}/here`;
  Deno.mkdirSync(cwd, { recursive: true });
  return succeeded(await command("sh", ["-ec", script], { cwd }));
}
