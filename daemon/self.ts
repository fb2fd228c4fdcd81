/**
 * How this program runs rkl once more, with other words.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { exists } from "../sys/entry.ts";
import { isOwn } from "./own.ts";

/** The words that say which store a command is about. */
export function placesOf({ root, dataRoot, cni }: Store): string[] {
  return [
    ...["--root", root, "--data-root", dataRoot],
    ...(cni?.conf === undefined ? [] : ["--cni-conf-dir", cni.conf]),
    ...(cni?.plugins ? ["--cni-path", cni.plugins.join(":")] : []),
  ];
}

/** What makes an rkl of this process's executable: its first arguments. */
export function selfArguments(): string[] {
  // A bundle has no URL: it is in the executable, whose start adds the rest.
  const url: string | undefined = import.meta.url;
  const within = url === undefined || Deno.build.standalone;
  if (isOwn() && within) return ["rkl"];
  const main = within ? undefined : fileNear(url, "../cli/main.ts");
  if (!main) {
    throw new Error(
      "this program uses rkl's library in a form that has no cli/main.ts to " +
        "run; start it by `rkl daemon start`",
    );
  }
  const config = fileNear(url, "../deno.json");
  return [
    "rkl",
    "run",
    "--allow-all",
    "--no-prompt",
    ...(config ? [`--config=${config}`] : []),
    main,
  ];
}

function fileNear(url: string, path: string): string | undefined {
  const { protocol, pathname } = new URL(path, url);
  const file = decodeURIComponent(pathname);
  return protocol === "file:" && exists(file) ? file : undefined;
}
