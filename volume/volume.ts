/**
 * A volume: a directory that outlives containers, or a filesystem that is
 * mounted for each of them.
 *
 * @module
 */

/** What volume.json holds. */
export interface Volume {
  /** Unique on this host. */
  readonly name: string;
  /** The only one there is. */
  readonly driver: "local";
  /** RFC 3339. */
  readonly created: string;
  /** Made for a container that named none; it goes with that. */
  readonly anonymous: boolean;
  /** For those who list it. */
  readonly labels: { readonly [key: string]: string };
  /** As given: `type`, `device` and `o`. */
  readonly options: { readonly [key: string]: string };
}

/** What a volume is to be, where it is made. */
export interface VolumeWishes {
  /** Chosen where left out. */
  readonly name?: string;
  /** It is to go with its container; by default one without a name. */
  readonly anonymous?: boolean;
  /** For those who list it. */
  readonly labels?: { readonly [key: string]: string };
  /** Of docker's local driver: `type`, `device` and `o`. */
  readonly options?: { readonly [key: string]: string };
}

/** A volume that cannot be made, used or removed. */
export class VolumeError extends Error {
  /** Tells it from other errors. */
  override readonly name: string = "VolumeError";
}

/** There is no volume of that name. */
export class NoSuchVolumeError extends VolumeError {
  /** Tells it from other errors. */
  override readonly name = "NoSuchVolumeError";

  /** With where it was looked for. */
  constructor(
    /** Its name. */
    readonly volume: string,
    /** Where volumes are kept. */
    readonly directory: string,
  ) {
    super(`volume "${volume}" does not exist below ${directory}`);
  }
}

/** Docker's rule, with an end: a name becomes that of a directory. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/;

/** What a name may be, to complete "expected …". */
export const VOLUME_NAME_RULE =
  "2 to 255 letters, digits, _ . or -, the first a letter or digit";

/** Whether a text may name a volume. */
export function isVolumeName(text: string): boolean {
  return NAME.test(text);
}

/**
 * Returns a name that may be one.
 *
 * @throws {VolumeError}
 */
export function checkVolumeName(name: string): string {
  if (isVolumeName(name)) return name;
  throw new VolumeError(
    `"${name}" is no volume name; allowed: ${VOLUME_NAME_RULE}`,
  );
}

/** A name for a volume that was given none: 64 hexadecimal digits, as docker's. */
export function anonymousName(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** What is mounted where a volume is used. */
export type VolumeContent =
  /** A directory below that of the volume. */
  | { readonly kind: "own" }
  /** A directory of the host. */
  | {
    readonly kind: "bind";
    readonly device: string;
    readonly options: readonly string[];
  }
  /** A filesystem, mounted for each container. */
  | {
    readonly kind: "filesystem";
    readonly type: string;
    readonly device: string;
    readonly options: readonly string[];
  };

/** The options of docker's local driver that mean a mount. */
const KEYS: readonly string[] = ["type", "device", "o"];

/**
 * What the options of a volume mean, which are those of docker's local driver.
 *
 * @throws {VolumeError} that says what is allowed
 */
export function contentOf(
  options: Volume["options"],
): VolumeContent {
  for (const key of Object.keys(options)) {
    if (KEYS.includes(key)) continue;
    throw new VolumeError(
      key === "size"
        ? 'option "size" needs project quotas, which rkl does not set; for a ' +
          "volume in memory write -o type=tmpfs -o device=tmpfs -o o=size=100m"
        : `unknown option "${key}"; allowed: ${KEYS.join(", ")}`,
    );
  }
  const { type = "", device = "", o = "" } = options;
  if (Object.keys(options).length === 0) return { kind: "own" };
  const words = o.split(",").filter((word) => word !== "");
  const isBind = words.some((word) => word === "bind" || word === "rbind");
  if (!device) throw missing("device", isBind ? "/srv/data" : "tmpfs");
  if (!type && !isBind) throw missing("type", "tmpfs");
  if (!isBind) {
    if (type.startsWith("nfs")) checkAddress(words);
    return { kind: "filesystem", type, device, options: words };
  }
  if (!device.startsWith("/")) {
    throw new VolumeError(`option device=${device} must be an absolute path`);
  }
  return { kind: "bind", device, options: words };
}

/** The kernel knows no names, and no mount.nfs(8) looks them up. */
function checkAddress(words: readonly string[]): void {
  const address = words.find((word) => word.startsWith("addr="))?.slice(5);
  if (address !== undefined && /^[\d.]+$|:/.test(address)) return;
  throw new VolumeError(
    "option o needs addr=IP, the address of the NFS server" +
      (address ? `; ${address} is a name` : ""),
  );
}

function missing(key: string, example: string): VolumeError {
  return new VolumeError(
    `option "${key}" is missing, such as ${key}=${example}`,
  );
}
