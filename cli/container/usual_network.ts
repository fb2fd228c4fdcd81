/**
 * `RKL_NETWORK`: what `--network` is where neither a flag nor a file says.
 *
 * @module
 */
import { check } from "../../sys/schema.ts";
import { type NetworkMode, networkMode } from "../../container/network/mode.ts";
import { UsageError } from "../usage.ts";

/**
 * The network that the environment names, if it names one.
 *
 * @throws {UsageError}
 */
export function usualNetwork(
  value = Deno.env.get("RKL_NETWORK"),
): NetworkMode | undefined {
  if (!value) return undefined;
  const result = check(networkMode, value);
  if ("value" in result) return result.value;
  const [problem] = result.problems;
  throw new UsageError(`the variable RKL_NETWORK: ${problem!.message}`);
}
