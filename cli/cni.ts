/**
 * rkl as a CNI plugin, which it is when CNI_COMMAND is set, whatever it is
 * called and with whatever words.
 *
 * @module
 */
import { runPlugin } from "../net/cni/plugin/plugin.ts";
import { read } from "../sys/fd.ts";
import { printJson } from "./output.ts";

/** Does what CNI_COMMAND says, and returns the exit code. */
export async function main(): Promise<number> {
  const { code, stdout } = await runPlugin(Deno.env.toObject(), readStdin);
  if (stdout) printJson(stdout);
  return code;
}

function readStdin(): string {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 << 10);
  let text = "";
  for (;;) {
    const length = read(0, buffer) ?? 0;
    if (length === 0) return text + decoder.decode();
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}
