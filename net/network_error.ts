/**
 * What can be wrong with a network, as errors.
 *
 * @module
 */

/** A network that cannot be had as it was asked for. */
export class NetworkError extends Error {
  /** Tells it from other errors. */
  override readonly name: string = "NetworkError";
}

/** A network that is not there. */
export class NoSuchNetworkError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "NoSuchNetworkError";

  /** Says how to make it. */
  constructor(
    /** What it would be called. */
    readonly network: string,
    /** Where it was looked for. */
    readonly directory: string,
  ) {
    super(
      `network "${network}" does not exist in ${directory}; make it with ` +
        `"rkl network create ${network}"`,
    );
  }
}

/** A network that is there already. */
export class DuplicateNetworkError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "DuplicateNetworkError";

  /** Names what can be done. */
  constructor(
    /** What both would be called. */
    readonly network: string,
  ) {
    super(
      `network "${network}" already exists; choose another name or remove it`,
    );
  }
}

/** A network that somebody uses. */
export class NetworkInUseError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "NetworkInUseError";

  /** Names the users. */
  constructor(
    /** What it is called. */
    readonly network: string,
    /** The containers that have addresses in it. */
    readonly users: readonly string[],
  ) {
    const shown = users.slice(0, 5).join(", ");
    const more = users.length > 5 ? ` and ${users.length - 5} more` : "";
    super(
      `cannot remove network "${network}": in use by ${shown}${more}; delete ` +
        `${users.length === 1 ? "it" : "them"} first`,
    );
  }
}

/** A network whose bridge cannot be brought up. */
export class BridgeError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name: string = "BridgeError";

  /** Says what stands in the way. */
  constructor(
    network: { readonly name: string; readonly interface: string },
    /** What stands in the way, and what helps. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `cannot bring up ${network.interface}, the bridge of network ` +
        `"${network.name}": ${reason}`,
      options,
    );
  }
}

/** An interface that has a network's name and is not the network's. */
export class InterfaceTakenError extends BridgeError {
  /** Tells it from other errors. */
  override readonly name = "InterfaceTakenError";
}
