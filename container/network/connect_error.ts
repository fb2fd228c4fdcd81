/**
 * What can be wrong with connecting a container to a network.
 *
 * @module
 */
import { NetworkError } from "../../net/network_error.ts";

/** A container that cannot join a network, or leave it. */
export class ConnectError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "ConnectError";

  /** Says what was attempted, and what stands in the way. */
  constructor(
    action: "connect" | "disconnect",
    /** The container. */
    readonly container: string,
    /** The network. */
    readonly network: string,
    reason: string,
  ) {
    const way = action === "connect" ? "to" : "from";
    super(
      `cannot ${action} container "${container}" ${way} network ` +
        `"${network}": ${reason}`,
    );
  }
}
