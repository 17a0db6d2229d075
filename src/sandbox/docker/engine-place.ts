/**
 * Why sockets and folders of this host cannot be brought into the engine's containers, decided by how the
 * engine is connected; undefined: nothing speaks against it. A socket may still lead to another machine (ssh
 * can forward one), which shows only when a container looks for what it was given.
 */
export function whyElsewhere(
  socketPath: string | undefined,
  dockerHost: string | undefined,
): string | undefined {
  const isSocket = socketPath !== undefined || dockerHost === undefined || dockerHost.startsWith('unix://');
  if (isSocket) return undefined;
  return `the engine is reached through ${dockerHost}, and sockets and folders of this host do not reach its containers`;
}
