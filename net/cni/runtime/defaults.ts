/**
 * Where CNI's files are on a host that says nothing else.
 *
 * @module
 */

/** Where administrators and installers put networks. */
export const DEFAULT_CONF_DIRECTORY = "/etc/cni/net.d";

/** Where CNI's own releases and Debian's package put plugins. */
export const DEFAULT_PLUGIN_DIRECTORIES: readonly string[] = [
  "/opt/cni/bin",
  "/usr/lib/cni",
];

/** Where libcni keeps what is attached. */
export const DEFAULT_CACHE_DIRECTORY = "/var/lib/cni";
