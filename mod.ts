/**
 * rkl as a library: containers run in this process's care, no `rkl` is
 * started. It needs Linux, root, and `deno run --allow-all`.
 *
 * Containers, from rkl's own specification, each with a monitor that keeps its
 * output and its exit code. A name, an id or the beginning of one tells which
 * is meant:
 *
 * @example
 * ```ts
 * import { DEFAULT_STORE, readLogs, runContainer, waitContainer } from "rkl";
 * import { validateSpecification } from "rkl";
 *
 * const spec = validateSpecification({
 *   name: "hello",
 *   image: "./bundles/busybox",
 *   args: ["echo", "hello"],
 *   resources: { limits: { cpu: "500m", memory: "64Mi" } },
 * });
 * await runContainer(DEFAULT_STORE, spec, { detach: true });
 * console.log(await waitContainer(DEFAULT_STORE, "hello")); // 0
 * for await (const { bytes } of readLogs(DEFAULT_STORE, "hello")) {
 *   Deno.stdout.writeSync(bytes);
 * }
 * ```
 *
 * The OCI runtime's operations, on bundles:
 *
 * @example
 * ```ts
 * import { create, DEFAULT_STORE, remove, start } from "rkl";
 *
 * using container = await create(DEFAULT_STORE, "web", { bundle: "./bundle" });
 * await start(DEFAULT_STORE, "web");
 * console.log(await container.wait());
 * await remove(DEFAULT_STORE, "web");
 * ```
 *
 * @module
 */
export {
  create,
  type CreateOptions,
  planCreate,
  run,
} from "./runtime/bundle.ts";
export { kill } from "./runtime/kill.ts";
export { list, processes, state } from "./runtime/status.ts";
export { OptionError, StatusError } from "./runtime/refusals.ts";
export { pause, resume } from "./runtime/pause.ts";
export { remove } from "./runtime/delete.ts";
export { start } from "./runtime/start.ts";
export { followJournal } from "./container/journal/follow.ts";
export { type Period, readJournal } from "./container/journal/read.ts";
export type { Happening, JournalEvent } from "./container/journal/record.ts";
export {
  type MemoryUsage,
  type Usage,
  type UsageSelection,
  UsageWatch,
} from "./container/usage.ts";
export type { Traffic } from "./container/traffic.ts";
export { exec, type ExecOptions } from "./runtime/exec.ts";
export type { Created } from "./runtime/create.ts";
export type { Launched } from "./runtime/launch.ts";
export type { State, Status } from "./runtime/status.ts";
export { ExecError, InitError } from "./runtime/init_failure.ts";
export { PlanError } from "./runtime/plan_error.ts";
export { SpecError } from "./runtime/spec/error.ts";
export type { Config, ConfigInput, Resources } from "./runtime/spec.ts";
export type { Place, Problem } from "./sys/problem.ts";
export type { Input, JsonSchema, Output, Schema } from "./sys/schema.ts";
export { CgroupError } from "./runtime/cgroup/errors.ts";
export {
  type CniDirectories,
  DEFAULT_STORE,
  DuplicateContainerError,
  InvalidIdError,
  NoSuchContainerError,
  type Record,
  type Store,
} from "./runtime/store.ts";
export {
  defaultConfig,
  type DefaultConfigOptions,
} from "./runtime/default_config.ts";
export {
  type Details,
  inspectContainer,
  listContainers,
  portsOf,
  type Summary,
} from "./container/describe.ts";
export type { Failed } from "./container/find.ts";
export { killContainer } from "./container/kill.ts";
export { removeContainer } from "./container/remove.ts";
export { stopContainer, type StopOptions } from "./container/stop.ts";
export { restartContainer, startContainer } from "./container/start.ts";
export { waitContainer } from "./container/wait.ts";
export type { Limits } from "./container/specification/resource_fields.ts";
export { updateContainer } from "./container/update.ts";
export { type ResourceChange, update } from "./runtime/update.ts";
export { pauseContainer, unpauseContainer } from "./container/pausing.ts";
export { renameContainer } from "./container/rename.ts";
export {
  type PruneCandidate,
  pruneContainers,
  type PrunedContainers,
} from "./container/prune_containers.ts";
export type { Warn } from "./container/network/ending.ts";
export { AmbiguousIdError } from "./container/name_index.ts";
export {
  createContainer,
  planRun,
  runContainer,
  type RunOptions,
} from "./container/run.ts";
export {
  execContainer,
  type ExecOptions as ContainerExecOptions,
} from "./container/exec.ts";
export type { ExecWishes } from "./container/exec_plan.ts";
export { attachContainer, startAttached } from "./container/join.ts";
export type { AttachOptions } from "./container/attach.ts";
export type { StayOptions } from "./container/stay.ts";
export type { StreamName } from "./container/streams.ts";
export { type DetachKeys, parseDetachKeys } from "./runtime/detach_keys.ts";
export {
  type LogFormat,
  type LogOptions,
  type LogPiece,
  NoLogError,
  readLogs,
} from "./container/logs.ts";
export type { Range } from "./container/log/lines.ts";
export type { Driver, Logging } from "./container/log/logging.ts";
export type { Stream } from "./container/log/record.ts";
export type { Wishes } from "./container/plan.ts";
export { setRestartPolicy } from "./container/restart/set.ts";
export {
  parseRestartPolicy,
  type RestartPolicy,
} from "./container/restart/policy.ts";
export type {
  Health,
  HealthResult,
  HealthStatus,
} from "./container/health/state.ts";
export type {
  HEALTH_ACTIONS,
  Healthcheck,
} from "./container/health/healthcheck.ts";
export type { Attachment } from "./container/network/attachment.ts";
export {
  connectContainer,
  type ConnectWishes,
  disconnectContainer,
} from "./container/network/connect.ts";
export { ConnectError } from "./container/network/connect_error.ts";
export type {
  AttachmentDetails,
  SiteDetails,
} from "./container/network/details.ts";
export type { MountDetails } from "./container/mount/details.ts";
export type {
  MountSpecification,
  SettledMount,
  VolumesFrom,
} from "./container/mount/fields.ts";
export {
  type CopyEnd,
  copyFiles,
  copyFromArchive,
  type CopyOptions,
  CopyRefusal,
  copyToArchive,
} from "./container/cp.ts";
export { type Change, diffContainer } from "./container/diff.ts";
export { exportContainer } from "./container/export.ts";
export { CopyError } from "./files/copy_tree.ts";
export { TarError } from "./files/tar_header.ts";
export {
  type PrunedVolumes,
  pruneVolumes,
  removeVolume,
} from "./container/mount/volume_users.ts";
export { createVolume, findVolume, listVolumes } from "./volume/store.ts";
export {
  NoSuchVolumeError,
  type Volume,
  VolumeError,
  type VolumeWishes,
} from "./volume/volume.ts";
export type { NetworkMode } from "./container/network/mode.ts";
export type { Publication } from "./container/network/publication.ts";
export type { Transport } from "./sys/inet.ts";
export {
  createNetwork,
  pruneNetworks,
  removeNetwork,
} from "./net/network_making.ts";
export { findNetwork, listNetworks } from "./net/network_store.ts";
export type {
  Network,
  NetworkVlan,
  SpoofCheck,
  Subnet,
} from "./net/network.ts";
export type { NetworkWishes } from "./net/network_plan.ts";
export type { Membership, VlanRange } from "./net/vlan.ts";
export { parseNetwork, type Prefix } from "./net/prefix.ts";
export { type Address, type Family, parseAddress } from "./net/address.ts";
export { NetworkError } from "./net/network_error.ts";
export {
  type Complaint,
  type Specification,
  SpecificationError,
  validateSpecification,
} from "./container/specification/specification.ts";
export type {
  Amount,
  Amounts,
  AttachmentFields,
  BlockIOFields,
  CapabilityFields,
  DeviceByteRate,
  DeviceField,
  DeviceFields,
  DeviceOperationRate,
  DeviceWeight,
  DnsConfigFields,
  HealthcheckFields,
  HostAliasFields,
  LoggingFields,
  MountFields,
  NameValue,
  NetworkField,
  PortFields,
  ResourceFields,
  SecurityContextFields,
  SecurityProfileFields,
  SpecificationFields,
  Ulimit,
} from "./container/specification/fields.ts";
export { specificationSchema } from "./container/specification/schema.ts";
export { readSpecification } from "./container/specification/file.ts";
export { SyscallError } from "./sys/errors.ts";
export type { Fd } from "./sys/fd.ts";
export type { ProcessId } from "./sys/process.ts";
